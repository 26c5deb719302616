// The esbuild of tests under wine: it is asked of the run (buildServer.ts), since wine does not start Go's programs.
const http = require('node:http');

exports.build = (options) =>
  new Promise((resolve, reject) => {
    const request = http.request(process.env.ASR_TEST_BUILD ?? '', { method: 'POST' });
    request.on('error', reject).on('response', (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (text) => (said += text));
      response.on('end', () => {
        if (response.statusCode === 200) resolve({});
        else reject(new Error(said));
      });
    });
    request.end(JSON.stringify(options));
  });
