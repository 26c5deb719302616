import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import { defined } from '../protocol/defined';
import type { Clock } from '../common/clock';
import { errnoOf } from '../common/fileErrors';
import { openForReading } from '../common/fileInUse';
import { isObject, parseJson } from '../common/json';
import { isProcessRunning, processSpace, processStart } from '../common/process';

/** A set of names is about 70 bytes a name. */
const maxLockBytes = 8_000_000;
/** The owner of a lock, as the lock's file says it to other processes. */
export interface LockOwner {
  /** Unique for this taking of the lock; never used again. */
  readonly token: string;
  readonly pid: number;
  /** For a person who looks into the file. */
  readonly host: string;
  /** The set of process ids that `pid` is one of; see {@link processSpace}. */
  readonly space: string;
  /** When the process started, in the system's own words; absent where it can't be asked. */
  readonly processStart?: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** The purpose, in English. */
  readonly purpose: string;
  /** The names that {@link Locks.tryTakeAll} has taken; absent for a lock of one name. */
  readonly names?: readonly string[];
}

/** A lock that this process holds. */
export interface Lock {
  readonly name: string;
  /** Aborted when another process has taken the lock over: whatever it protects must not be changed any more. */
  readonly lost: AbortSignal;
  /** Releases the lock; where the file can't be removed at once, retries in the background. Never rejects. */
  release(): Promise<void>;
}

/** The result of an attempt to take a lock: the lock, or the owner that has it. */
export type LockAttempt = { readonly lock: Lock } | { readonly owner: LockOwner };

/** Whether the process that took a lock still runs; undefined where only its signs of life can tell. */
export type OwnerLiveness = (owner: LockOwner) => boolean | undefined;

/** The facts about a lock that exists. */
export interface FoundLock {
  /** Undefined when the file names no owner: it is being written, or is damaged. */
  readonly owner: LockOwner | undefined;
  /** It was created, and its owner is not in it: within milliseconds, unless its process was ended at that moment. */
  readonly isUnwritten?: true;
  /** Changes with each sign of life. */
  readonly sign: string;
}

/** An owner without a sign of life for so long is gone. */
export const silenceLimitMs = 60_000;
/** An owner writes itself into its lock within milliseconds of creating it; one that has not by then was ended before. */
export const unwrittenLimitMs = 5_000;
/** Time between two readings counts up to this: this process may have slept meanwhile, and the owner with it. */
const longestStepMs = 10_000;

/** For how long locks have been without a sign of life, as this process has seen it on its own clock. */
export class Silences {
  readonly #clock: Clock;
  readonly #byName = new Map<
    string,
    { readonly sign: string; readonly silentMs: number; readonly readAtMs: number }
  >();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long a lock is known to be silent that has this sign now. */
  #measureMs(name: string, sign: string): number {
    const nowMs = this.#clock.nowMs();
    const known = this.#byName.get(name);
    const isSilent = known?.sign === sign;
    const silentMs = isSilent
      ? known.silentMs + Math.min(longestStepMs, nowMs - known.readAtMs)
      : 0;
    this.#byName.set(name, { sign, silentMs, readAtMs: nowMs });
    return silentMs;
  }

  /** Whether a lock is known to be silent for longer than an owner that lives would leave it. */
  isTooLong(name: string, { sign, isUnwritten }: FoundLock): boolean {
    const limitMs = isUnwritten === true ? unwrittenLimitMs : silenceLimitMs;
    return this.#measureMs(name, sign) >= limitMs;
  }

  forget(name: string): void {
    this.#byName.delete(name);
  }

  /** Every lock that is measured, with its last sign. */
  signs(): readonly (readonly [name: string, sign: string])[] {
    return [...this.#byName].map(([name, { sign }]) => [name, sign]);
  }
}

/** A lock as its file says it. One that can't be read (a folder, a link, another user's file) has an unknown owner. */
export async function readLock(file: string): Promise<FoundLock | undefined> {
  const seen = await fs.lstat(file).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (seen === undefined) return undefined;
  if (!seen.isFile() || seen.size > maxLockBytes) return { owner: undefined, sign: signOf(seen) };
  // Opened, because a network's file system may answer from memory about a file that it only looks at.
  const handle = await openForReading(file);
  if (handle === undefined) return undefined;
  try {
    const text = await handle.readFile('utf8');
    const sign = signOf(await handle.stat());
    return text === ''
      ? { owner: undefined, isUnwritten: true, sign }
      : { owner: parseOwner(text), sign };
  } finally {
    await handle.close();
  }
}

/** Changes with each sign of life. */
export function signOf({ ino, mtimeMs }: Stats): string {
  return `${String(ino)} ${String(mtimeMs)}`;
}

/** Asks the operating system: a process of this computer that has ended is gone at once, whatever it left. */
export const systemLiveness: OwnerLiveness = ({ space, pid, processStart: start }) => {
  if (space !== processSpace()) return undefined;
  if (!isProcessRunning(pid)) return false;
  // A process id that was given out again is recognised by its start time, where that is known.
  return start !== undefined && start !== processStart(pid) ? false : undefined;
};

/** This process as an owner. */
export function thisProcess(): Pick<LockOwner, 'pid' | 'host' | 'space' | 'processStart'> {
  return {
    pid: process.pid,
    host: os.hostname(),
    space: processSpace(),
    ...defined({ processStart: processStart(process.pid) }),
  };
}

/** Stands for an owner that a lock does not name. */
export const unknownOwner: LockOwner = {
  token: '',
  pid: 0,
  host: '',
  space: '',
  sinceMs: 0,
  purpose: '',
};

/** Reads a lock's file; undefined when it names no owner. */
function parseOwner(text: string): LockOwner | undefined {
  const json = parseJson(text);
  if (!isObject(json)) return undefined;
  const { token, pid, host, space, processStart: start, sinceMs, purpose, names } = json;
  if (typeof token !== 'string' || !/^[0-9a-f]{12}$/.test(token)) return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof host !== 'string' || typeof sinceMs !== 'number') return undefined;
  return {
    token,
    pid,
    host,
    space: typeof space === 'string' ? space : '',
    sinceMs,
    purpose: typeof purpose === 'string' ? purpose : '',
    ...(typeof start === 'string' ? { processStart: start } : {}),
    ...(Array.isArray(names) ? { names: names.filter((one) => typeof one === 'string') } : {}),
  };
}
