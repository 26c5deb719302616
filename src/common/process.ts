import { errnoOf } from './fileErrors';

/** Whether a process with this id runs on this computer, whichever user it belongs to. */
export function isProcessRunning(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The system refuses a signal only to a process that exists: it belongs to another user.
    return errnoOf(error) === 'EPERM';
  }
}
