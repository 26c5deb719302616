// The first step of `npm start`, `npm test` and `npm run package`: installs what is missing with Node alone.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

const oldestNode = [20, 19];

/** Installs the packages of the lock file when they are missing, then runs a TypeScript file of this folder. */
export async function installAndRun(program) {
  process.chdir(path.dirname(import.meta.dirname));
  installDependencies();
  await import('tsx');
  await import(program);
}

/** Ends the process with a message when this Node is too old; runs `npm ci` when node_modules is absent or outdated. */
function installDependencies() {
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
