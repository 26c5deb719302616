// Loaded before the tests under wine. Their temporary files are where the run says. Where wine says that it made a link and made none, a link is refused as Windows
// refuses it to a user without Developer Mode.
const lacks = (process.env.ASR_TEST_LACKS ?? '').split(',');
const fs = require('node:fs');

const temporary = process.env.ASR_TEST_TEMP ?? '';
// wine does not take these two from the environment that it is started with.
if (temporary !== '') Object.assign(process.env, { TEMP: temporary, TMP: temporary });

function refusal(target, name) {
  const error = new Error(`EPERM: operation not permitted, symlink '${target}' -> '${name}'`);
  return Object.assign(error, { code: 'EPERM', syscall: 'symlink', path: target, dest: name });
}

if (lacks.includes('links')) {
  fs.promises.symlink = (target, name) => Promise.reject(refusal(target, name));
  fs.symlinkSync = (target, name) => {
    throw refusal(target, name);
  };
}
