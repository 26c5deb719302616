import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
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

/**
 * The set of process ids that this process can ask about, in 16 hex digits: those of this computer, since its start,
 * in this container. A computer's name does not tell: containers, a rebuilt one, WSL and its Windows can share one.
 * Elsewhere than on Linux the network cards' addresses tell computers of the same name apart.
 */
export function processSpace(): string {
  const parts =
    process.platform === 'linux'
      ? [
          tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
          tryRead(() => readlinkSync('/proc/self/ns/pid')),
        ]
      : Object.values(os.networkInterfaces()).flatMap((cards) => cards?.[0]?.mac ?? []);
  return createHash('sha256')
    .update([process.platform, os.hostname(), ...parts.sort()].join('\0'))
    .digest('hex')
    .slice(0, 16);
}

/** When a process started, in the system's own words; undefined where it can't be asked (outside of Linux). */
export function processStart(pid: number): string | undefined {
  // Field 22 of `/proc/<pid>/stat`, counted after the name in brackets, which may contain anything.
  const text = tryRead(() => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
