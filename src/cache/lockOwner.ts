import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { isObject, parseJson } from '../common/json';
import { defined } from '../protocol/defined';

/** Who holds a lock, as its `owner.json` tells other processes. */
export interface LockOwner {
  /** Unique for this taking of the lock; never used again. */
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the system's own words; absent where it can't be asked. */
  readonly processStart?: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** What for, in English. */
  readonly purpose: string;
}

/** Whether the process that took a lock still runs. `refreshedMs`: milliseconds since 1970 of its last sign of life. */
export type OwnerLiveness = (owner: LockOwner, refreshedMs: number) => boolean;

/** A lock taken on another computer (a shared folder) can't be asked about; it is held while it is refreshed. */
export const foreignHostPatienceMs = 10 * 60_000;

/** This computer, in eight hex digits. */
export function hostId(): string {
  return createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
}

/** This process as an owner. */
export function thisProcess(): Pick<LockOwner, 'pid' | 'host' | 'processStart'> {
  const start = processStartOf(process.pid);
  return {
    pid: process.pid,
    host: os.hostname(),
    ...defined({ processStart: start }),
  };
}

/** Asks the operating system. A process id that was given out again is told by its start time, where there is one. */
export function systemLiveness(wallMs: () => number): OwnerLiveness {
  return (owner, refreshedMs) => {
    if (owner.host !== os.hostname()) return wallMs() - refreshedMs < foreignHostPatienceMs;
    if (!isRunning(owner.pid)) return false;
    const start = processStartOf(owner.pid);
    return owner.processStart === undefined || start === undefined || start === owner.processStart;
  };
}

/** Whether a process with this id runs on this computer. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Linux: field 22 of `/proc/<pid>/stat`, counted after the name in brackets, which may contain anything. */
function processStartOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Reads `owner.json`; undefined when it is not one. */
export function parseOwner(text: string): LockOwner | undefined {
  const json = parseJson(text);
  if (!isObject(json)) return undefined;
  const { token, pid, host, processStart, sinceMs, purpose } = json;
  if (typeof token !== 'string' || !/^[0-9a-f]{12}$/.test(token)) return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof host !== 'string' || typeof sinceMs !== 'number') return undefined;
  return {
    token,
    pid,
    host,
    sinceMs,
    purpose: typeof purpose === 'string' ? purpose : '',
    ...(typeof processStart === 'string' ? { processStart } : {}),
  };
}
