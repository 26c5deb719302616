import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { defined } from '../protocol/defined';
import { causeText } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { errnoOf } from '../common/fileErrors';
import { isObject, parseJson } from '../common/json';
import type { Logger } from '../common/logger';
import { isProcessRunning } from '../common/process';
import { type Disk, exists } from './disk';

/** A lock that this process holds. Releasing never rejects. */
export interface Lock {
  readonly name: string;
  release(): Promise<void>;
}

/** What an attempt to take a lock came to: it, or the living owner that has it. */
export type LockAttempt = { readonly lock: Lock } | { readonly owner: LockOwner };

const refreshMs = 60_000;
const readAttempts = 20;
const releaseAttempts = 3;
/** How systems refuse to rename a folder over one that is there; Windows says so as if it were a permission. */
const takenErrors = new Set(['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES', 'EBUSY']);
/** A refusal that is repeated so often while the lock has no owner is not a race. */
const patientAttempts = 200;
/** How deep owners may have died while clearing away a dead owner's lock. */
const maxDepth = 4;

/**
 * Locks between processes: a folder per lock, renamed to its name with the owner's record already in it, so that a lock
 * has an owner at every moment. A dead owner's lock is cleared away under a lock named after that very
 * owner, so that no two processes can clear it, and none clears the lock of the next owner by mistake.
 */
export class Locks {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #isAlive: OwnerLiveness;

  constructor(folder: string, disk: Disk, clock: Clock, logger: Logger, isAlive: OwnerLiveness) {
    this.#logger = logger;
    this.#folder = folder;
    this.#disk = disk;
    this.#clock = clock;
    this.#isAlive = isAlive;
  }

  /** Takes a lock, or returns its owner. Never waits. */
  async tryTake(name: string, purpose: string, depth = 0): Promise<LockAttempt> {
    for (let attempt = 0; ; attempt++) {
      const taken = await this.#create(name, purpose, attempt < patientAttempts);
      if (taken !== undefined) return { lock: taken };
      const found = await this.#read(name);
      if (found === undefined) continue;
      if (this.#isAlive(found.owner, found.refreshedMs) || depth >= maxDepth) {
        return { owner: found.owner };
      }
      const clearing = await this.tryTake(`${name}.${found.owner.token}`, 'clearing', depth + 1);
      if ('owner' in clearing) return { owner: clearing.owner };
      try {
        const still = await this.#read(name);
        if (still?.owner.token === found.owner.token) await this.#takeAway(name);
      } finally {
        await clearing.lock.release();
      }
    }
  }

  /** Takes a lock, waiting for its owner up to `patienceMs`; undefined when that was not enough. */
  async take(name: string, purpose: string, patienceMs: number): Promise<Lock | undefined> {
    let waitedMs = 0;
    for (let pauseMs = 2; ; pauseMs = Math.min(100, pauseMs * 2)) {
      const attempt = await this.tryTake(name, purpose);
      if ('lock' in attempt) return attempt.lock;
      if (waitedMs >= patienceMs) return undefined;
      await pause(pauseMs);
      waitedMs += pauseMs;
    }
  }

  /** The living owner of a lock, if there is one. */
  async ownerOf(name: string): Promise<LockOwner | undefined> {
    const found = await this.#read(name);
    return found !== undefined && this.#isAlive(found.owner, found.refreshedMs)
      ? found.owner
      : undefined;
  }

  /** Living owners of all locks whose name starts so. */
  async ownersOf(prefix: string): Promise<readonly LockOwner[]> {
    const names = await fs.readdir(this.#folder).catch(() => []);
    const owners = await Promise.all(
      names
        .filter((name) => name.startsWith(prefix) && name.endsWith('.lock'))
        .map((name) => this.ownerOf(name.slice(0, -'.lock'.length))),
    );
    return owners.filter((owner) => owner !== undefined);
  }

  async #create(name: string, purpose: string, isPatient: boolean): Promise<Lock | undefined> {
    const owner: LockOwner = {
      ...thisProcess(),
      token: randomBytes(6).toString('hex'),
      sinceMs: this.#clock.wallMs(),
      purpose,
    };
    const draft = path.join(this.#folder, `${owner.token}.draft`);
    const lockFolder = this.#pathOf(name);
    try {
      await this.#disk.makeFolder(draft);
      await this.#disk.createFile(path.join(draft, 'owner.json'), JSON.stringify(owner));
      await this.#disk.rename(draft, lockFolder);
    } catch (error) {
      await this.#disk.removeTree(draft).catch(() => undefined);
      // Its owner may release it before it can be read, so the answer is another try and not a check whether it exists.
      if (isPatient && takenErrors.has(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
    const refresh = this.#keepFresh(path.join(lockFolder, 'owner.json'));
    return {
      name,
      release: async () => {
        refresh.dispose();
        await this.#letGo(name, owner.token);
      },
    };
  }

  async #letGo(name: string, token: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const found = await this.#read(name);
        if (found?.owner.token === token) await this.#takeAway(name);
        return;
      } catch (error) {
        if (attempt < releaseAttempts) continue;
        // It holds until this process ends, which is no reason to fail the work that it was taken for.
        this.#logger.warn(`The lock ${name} could not be removed: ${causeText(error)}`);
        return;
      }
    }
  }

  #keepFresh(file: string): Disposable {
    let next: Disposable | undefined;
    let ended = false;
    const schedule = (): void => {
      next = this.#clock.after(refreshMs, () => {
        const now = new Date(this.#clock.wallMs());
        void fs.utimes(file, now, now).catch(() => undefined);
        if (!ended) schedule();
      });
    };
    schedule();
    return {
      dispose() {
        ended = true;
        next?.dispose();
      },
    };
  }

  async #takeAway(name: string): Promise<void> {
    const gone = path.join(this.#folder, `${randomBytes(6).toString('hex')}.gone`);
    try {
      await this.#disk.rename(this.#pathOf(name), gone);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return;
      throw error;
    }
    await this.#disk.removeTree(gone);
  }

  async #read(name: string): Promise<{ owner: LockOwner; refreshedMs: number } | undefined> {
    const file = path.join(this.#pathOf(name), 'owner.json');
    for (let attempt = 0; attempt < readAttempts; attempt++) {
      try {
        const [text, stats] = await Promise.all([fs.readFile(file, 'utf8'), fs.stat(file)]);
        const owner = parseOwner(text);
        if (owner !== undefined) return { owner, refreshedMs: stats.mtimeMs };
      } catch {
        if (!(await exists(this.#pathOf(name)))) return undefined;
      }
      // A lock that changes owner between the two reads fails the same way, so it is read again.
      await pause(5);
    }
    // Only damage from outside leads here: there is no readable owner, so the lock is removed.
    await this.#takeAway(name);
    return undefined;
  }

  #pathOf(name: string): string {
    return path.join(this.#folder, `${name}.lock`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The owner of a lock, as its `owner.json` says it to other processes. */
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
const foreignHostPatienceMs = 10 * 60_000;

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

/** Asks the operating system. A process id that was given out again is recognised by its start time, if known. */
export function systemLiveness(wallMs: () => number): OwnerLiveness {
  return (owner, refreshedMs) => {
    if (owner.host !== os.hostname()) return wallMs() - refreshedMs < foreignHostPatienceMs;
    if (!isProcessRunning(owner.pid)) return false;
    const start = processStartOf(owner.pid);
    return owner.processStart === undefined || start === undefined || start === owner.processStart;
  };
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
function parseOwner(text: string): LockOwner | undefined {
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
