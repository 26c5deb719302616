import { Worker } from 'node:worker_threads';
import { isProcessRunning } from '../../common/process';

/**
 * Ends this process when its parent is gone, even while the main thread is stuck in native code and can't notice
 * that the channel closed. Runs `entryPath` again as a worker thread, which calls {@link watchParent}.
 */
export function startParentWatch(entryPath: string): void {
  const worker = new Worker(entryPath, {
    workerData: { parentPid: process.ppid },
    stdout: false,
    stderr: false,
  });
  worker.unref();
  worker.on('error', () => undefined);
}

const stepMs = 1000;

/** The worker thread's side: checks once a second whether the parent is alive. */
export function watchParent(parentPid: number): void {
  setInterval(() => {
    if (!isAlive(parentPid)) process.kill(process.pid, 'SIGKILL');
  }, stepMs);
}

/** On POSIX an orphan gets another parent; on Windows the id stays, so the parent itself is checked. */
function isAlive(parentPid: number): boolean {
  const isOrphan = process.platform !== 'win32' && process.ppid !== parentPid;
  return !isOrphan && isProcessRunning(parentPid);
}
