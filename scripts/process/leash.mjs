/**
 * Runs a command in a process group of its own, and ends that whole group as soon as the standard input of this
 * process closes. The input is a pipe that the starting process holds, so nothing is left running even when that
 * process is killed. `node leash.mjs command [argument…]`; the exit code is the command's.
 */
import { spawn, spawnSync } from 'node:child_process';
import { windowsCommand } from './windowsCommand.mjs';

const onWindows = process.platform === 'win32';
const msUntilKilled = 3000;

const [command, ...args] = process.argv.slice(2);
const started = onWindows ? windowsCommand(command, args) : { command, args, verbatim: false };
const child = spawn(started.command, started.args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: !onWindows,
  windowsVerbatimArguments: started.verbatim,
});

function signalGroup(signal) {
  if (child.pid === undefined) return;
  try {
    if (onWindows) spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F']);
    else process.kill(-child.pid, signal);
  } catch {
    // The group is already empty.
  }
}

function end() {
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), msUntilKilled).unref();
}

process.stdin.on('end', end).on('error', end).resume();
process.on('SIGTERM', end);
// A Ctrl-C in the terminal is for the process that started this one: it closes the pipe when it wants to.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);

child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  // Children of the command that outlived it.
  signalGroup('SIGKILL');
  process.exit(code ?? (signal === null ? 1 : 128));
});
