import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { runCommand, CommandFailed } from '../../../scripts/process/runCommand';
import { startLeashed } from '../../../scripts/process/leashedProcess';

/** A shell that starts a child, says the child's process id, and waits for it. */
const shellWithChild = ['sh', '-c', 'sleep 1000 & echo "child $!"; wait'] as const;

/** False also for a process that has ended and only waits to be collected. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

describe('a leashed process', () => {
  before(function () {
    // The shell and the signals are those of POSIX.
    assert.notEqual(process.platform, 'win32', this.test?.fullTitle());
  });

  it('goes with everything that it started when it is stopped', async () => {
    const [command, ...args] = shellWithChild;
    const running = startLeashed(command, args);
    const [, pid] = await running.waitForLine(/child (\d+)/, 60_000);
    assert.equal(isRunning(Number(pid)), true);
    await running.stop();
    assert.equal(isRunning(Number(pid)), false);
  });

  it('goes with everything that it started when its holder is killed outright', async () => {
    const holder = spawn(
      process.execPath,
      [
        '--eval',
        `require('node:child_process').spawn(process.execPath, process.argv.slice(1),
          { stdio: ['pipe', 'inherit', 'inherit'], detached: true })`,
        'scripts/process/leash.mjs',
        ...shellWithChild,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [said] = (await once(holder.stdout, 'data')) as [Buffer];
    const pid = Number(/child (\d+)/.exec(said.toString())?.[1]);
    assert.equal(isRunning(pid), true);
    holder.kill('SIGKILL');
    // The pipe ends when the last process that could write to it is gone.
    holder.stdout.resume();
    await once(holder.stdout, 'end');
    assert.equal(isRunning(pid), false);
  });

  it('tells a line that was printed before anyone asked, and one that never comes', async () => {
    const running = startLeashed('sh', ['-c', 'echo ready 7; echo done']);
    await running.exited;
    assert.equal((await running.waitForLine(/ready (\d)/, 60_000))[1], '7');
    await assert.rejects(running.waitForLine(/never/, 60_000), /ended too early[^]*ready 7/);
  });

  it('reports the exit code and the output of a command that fails', async () =>
    await assert.rejects(runCommand('sh', ['-c', 'echo what went wrong; exit 3']), (error) => {
      assert.ok(error instanceof CommandFailed);
      assert.equal(error.exitCode, 3);
      assert.match(error.message, /what went wrong/);
      return true;
    }));

  it('reports a program that is not there', async () =>
    await assert.rejects(runCommand('no-such-program-of-ours', []), /exit code 127[^]*ENOENT/));
});
