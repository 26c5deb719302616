// Loaded before the tests under wine: where wine says that it made a link and made none, a link is refused as Windows
// refuses it to a user without Developer Mode.
const lacks = (process.env.ASR_TEST_LACKS ?? '').split(',');
const fs = require('node:fs');

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
