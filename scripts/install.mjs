// The first step of `npm start` and `npm test`: the packages of the lock file. Uses nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const oldestNode = [20, 19];

/** Ends the process with a sentence when this Node is too old; runs `npm ci` when node_modules is absent or outdated. */
export function installDependencies() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    console.error(`This needs Node ${oldestNode.join('.')} or newer; this is ${process.version}.`);
    process.exit(1);
  }
  if (isInstalled()) return;
  console.log('Installing what is missing (npm ci)');
  const options = { stdio: 'inherit', shell: process.platform === 'win32' };
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], options);
  if (npm.error) console.error(npm.error.message);
  if (npm.status !== 0) process.exit(npm.status ?? 1);
}

/** npm writes node_modules/.package-lock.json last, so a lock file newer than it has not been installed yet. */
function isInstalled() {
  const installed = 'node_modules/.package-lock.json';
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs
  );
}
