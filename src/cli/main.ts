import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { isObject, parseJson } from '../common/json';
import { runCli } from './index';

/**
 * The program `asr-models` (`dist/cli.js`). The first Ctrl-C lets the command end in order; the second ends the process
 * at once, as a kill does, which the cache survives.
 */
const interrupted = 130;
const abort = new AbortController();

function interrupt(): void {
  if (abort.signal.aborted) process.exit(interrupted);
  abort.abort();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);

function versionBeside(folder: string): string {
  const manifest = parseJson(readFileSync(path.join(folder, '..', 'package.json'), 'utf8'));
  return isObject(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : '0';
}

void runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  platform: process.platform,
  distPath: __dirname,
  version: versionBeside(__dirname),
  signal: abort.signal,
}).then((exitCode) => process.exit(exitCode));
