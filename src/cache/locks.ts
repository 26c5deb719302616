import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { causeText } from '../common/asrError';
import { type Clock, pause } from '../common/clock';
import { errnoOf } from '../common/fileErrors';
import { isExplained, isRefusal, retryInUse } from '../common/fileInUse';
import type { Logger } from '../common/logger';
import type { Disk } from './disk';
import {
  type FoundLock,
  type Lock,
  type LockAttempt,
  type LockOwner,
  type OwnerLiveness,
  readLock,
  signOf,
  silenceLimitMs,
  Silences,
  systemLiveness,
  thisProcess,
  unknownOwner,
  unwrittenLimitMs,
} from './lockFile';

export type { Lock, LockAttempt } from './lockFile';

/*
 * Locks between processes, on one computer or on several that share a folder. A lock is a small file that is created
 * only if it does not exist. It names its owner, and its time of change is the owner's sign of life, renewed every ten
 * seconds.
 *
 *   alive   the sign of life has changed within the last minute, by the clock of the process that asks
 *   gone    it has not, or the process of the owner is known to have ended
 *
 * Only changes count, never the time itself: another computer's clock may have written it. An owner that slept for longer
 * than a minute learns from its next sign of life that the lock has another owner: `Lock.lost` is aborted.
 */

const signOfLifeMs = 10_000;
/** How often a silent lock that another process waits for is read again. */
const watchMs = 5_000;
const createPatienceMs = 60_000;
/** How deep owners may have died while clearing away a dead owner's lock. */
const maxDepth = 4;
/** Small sets are compared under this lock, for some milliseconds. */
const setsLock = 'sets';
const setsPatienceMs = 2 * silenceLimitMs;
const lockSuffix = '.lock';
const setPrefix = 'set-';

interface HeldLock {
  readonly name: string;
  readonly owner: LockOwner;
  readonly lost: AbortController;
}

/** The locks in one folder. */
export class Locks {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #isAlive: OwnerLiveness;
  readonly #self = thisProcess();
  /** By token. */
  readonly #held = new Map<string, HeldLock>();
  /** Tokens of locks that were given up and whose files could not be removed yet. */
  readonly #released = new Set<string>();
  /** Tokens of other processes' locks that a person has declared gone. */
  readonly #disowned = new Set<string>();
  /** Silent locks, by name. */
  readonly #silences: Silences;
  #isGivingSigns = false;
  #isWatching = false;
  /** The removal of what others have left behind, before this process's first lock. */
  #swept: Promise<void> | undefined;

  constructor(
    folder: string,
    disk: Disk,
    clock: Clock,
    logger: Logger,
    isAlive: OwnerLiveness = systemLiveness,
  ) {
    this.#folder = folder;
    this.#disk = disk;
    this.#clock = clock;
    this.#logger = logger;
    this.#isAlive = isAlive;
    this.#silences = new Silences(clock);
  }

  /** Takes a lock, or returns its owner. Waits only for the disk. */
  async tryTake(name: string, purpose: string): Promise<LockAttempt> {
    await (this.#swept ??= this.#sweep());
    return await this.#tryTake(name, this.#newOwner(purpose), 0);
  }

  /**
   * Takes many names at once, as one lock with one file: all of them, or none when another process has one of them.
   * They exclude each other only with the names of other such sets.
   */
  async tryTakeAll(names: readonly string[], purpose: string): Promise<LockAttempt> {
    const guard = await this.take(setsLock, purpose, setsPatienceMs);
    if (guard === undefined) throw new Error(`the lock ${setsLock} is held for too long`);
    try {
      const other = await this.#ownerOfAny(names);
      if (other !== undefined) return { owner: other };
      const owner = { ...this.#newOwner(purpose), names };
      return await this.#tryTake(setPrefix + owner.token, owner, 0);
    } finally {
      await guard.release();
    }
  }

  /** The owner of a set that has one of these names. Sets of owners that are gone are removed. */
  async #ownerOfAny(names: readonly string[]): Promise<LockOwner | undefined> {
    const wanted = new Set(names);
    for (const set of (await this.#names()).filter((name) => name.startsWith(setPrefix))) {
      const found = await this.#read(set);
      if (found?.owner?.names?.some((name) => wanted.has(name)) !== true) continue;
      if (!this.#isGone(set, found) || !(await this.#clear(set, found, 0))) return found.owner;
    }
    return undefined;
  }

  /** Takes a lock, waiting for its owner up to `patienceMs`; undefined when that was not enough. */
  async take(name: string, purpose: string, patienceMs: number): Promise<Lock | undefined> {
    const startMs = this.#clock.nowMs();
    for (let pauseMs = 2; ; pauseMs = Math.min(100, pauseMs * 2)) {
      const attempt = await this.tryTake(name, purpose);
      if ('lock' in attempt) return attempt.lock;
      if (this.#clock.nowMs() - startMs >= patienceMs) return undefined;
      await pause(this.#clock, pauseMs);
    }
  }

  /**
   * Takes a lock away from its owner, and all others that the same process has now: a person has said that it is gone.
   * If it lives, it learns it from its next sign of life.
   */
  async takeOver(name: string, purpose: string): Promise<LockAttempt> {
    const gone = (await this.#read(name))?.owner;
    for (const other of gone === undefined ? [] : await this.#names()) {
      const owner = (await this.#read(other))?.owner;
      const isSame = owner?.space === gone?.space && owner?.pid === gone?.pid;
      if (owner !== undefined && isSame && !this.#held.has(owner.token)) {
        this.#disowned.add(owner.token);
      }
    }
    return await this.tryTake(name, purpose);
  }

  /** The living owner of a lock. */
  async ownerOf(name: string): Promise<LockOwner | undefined> {
    const found = await this.#read(name);
    return found === undefined || this.#isGone(name, found) ? undefined : found.owner;
  }

  /** The living owners of sets: see {@link tryTakeAll}. */
  async ownersOfSets(): Promise<readonly LockOwner[]> {
    const owners = await Promise.all(
      (await this.#names()).flatMap((name) =>
        name.startsWith(setPrefix) ? [this.ownerOf(name)] : [],
      ),
    );
    return owners.filter((owner) => owner !== undefined);
  }

  async #tryTake(name: string, owner: LockOwner, depth: number): Promise<LockAttempt> {
    const startMs = this.#clock.nowMs();
    for (let attempt = 1; ; attempt++) {
      const refusal = await this.#create(name, owner);
      if (refusal === undefined) return { lock: this.#hold(name, owner) };
      const found = await this.#read(name);
      // Its owner has just removed it, the system has not finished removing it, or it is being written at this moment.
      if (found === undefined || (found.isUnwritten === true && !this.#isGone(name, found))) {
        if (this.#clock.nowMs() - startMs >= createPatienceMs) throw refusal;
        if (attempt > 1) await pause(this.#clock, Math.min(100, attempt * 10));
        continue;
      }
      const other = found.owner ?? { ...unknownOwner, purpose: name };
      if (!this.#isGone(name, found) || depth >= maxDepth) return { owner: other };
      if (!(await this.#clear(name, found, depth))) return { owner: other };
    }
  }

  /** Undefined when the lock is this process's now, else why not. */
  async #create(name: string, owner: LockOwner): Promise<Error | undefined> {
    const file = this.#pathOf(name);
    const startMs = this.#clock.nowMs();
    const create = (): Promise<void> =>
      this.#disk.createFile(file, JSON.stringify(owner), { retry: false });
    try {
      await create().catch(async (error: unknown) => {
        if (errnoOf(error) !== 'ENOENT') throw error;
        await this.#disk.makeFolder(this.#folder);
        await create();
      });
      // A process that slept between the creation and the writing may have been taken for gone.
      if (this.#clock.nowMs() - startMs < unwrittenLimitMs / 2) return undefined;
      if ((await this.#read(name))?.owner?.token === owner.token) return undefined;
      return Object.assign(new Error(`the lock ${name} is another's`), { code: 'EEXIST' });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (errnoOf(error) === 'EEXIST') return error;
      // Windows refuses a name whose file is being removed as if it were a permission.
      if (!isRefusal(error) || (await isExplained(error, [file]))) throw error;
      return error;
    }
  }

  /**
   * Removes the lock of an owner that is gone, under a lock that is named after that very owner: no two processes do
   * it, and none removes the lock of the next owner by mistake. False when another process is doing it.
   */
  async #clear(name: string, found: FoundLock, depth: number): Promise<boolean> {
    const token = found.owner?.token ?? 'unknown';
    const clearing = await this.#tryTake(`${name}.${token}`, this.#newOwner('clearing'), depth + 1);
    if ('owner' in clearing) return false;
    try {
      const still = await this.#read(name);
      if (still !== undefined && still.owner?.token === found.owner?.token) {
        this.#logger.info(`the owner of the lock ${name} is gone: ${JSON.stringify(found.owner)}`);
        await this.#disk.removeTree(this.#pathOf(name));
      }
      this.#silences.forget(name);
    } finally {
      await clearing.lock.release();
    }
    return true;
  }

  #hold(name: string, owner: LockOwner): Lock {
    const held: HeldLock = { name, owner, lost: new AbortController() };
    this.#held.set(owner.token, held);
    this.#giveSigns();
    let released: Promise<void> | undefined;
    return {
      name,
      lost: held.lost.signal,
      release: () => (released ??= this.#release(held)),
    };
  }

  async #release(held: HeldLock): Promise<void> {
    this.#held.delete(held.owner.token);
    if (held.lost.signal.aborted) return;
    this.#released.add(held.owner.token);
    try {
      await this.#removeOwn(held, { retry: false });
    } catch (error) {
      if (errnoOf(error) !== undefined) void this.#releaseLater(held);
    }
  }

  /** Other processes wait meanwhile, at most for a minute. */
  async #releaseLater(held: HeldLock): Promise<void> {
    for (;;) {
      try {
        await this.#removeOwn(held, { retry: true });
        return;
      } catch (error) {
        this.#logger.debug(`the lock ${held.name} could not be removed: ${causeText(error)}`);
        await pause(this.#clock, watchMs);
      }
    }
  }

  async #removeOwn({ name, owner }: HeldLock, options: { readonly retry: boolean }): Promise<void> {
    const found = await this.#read(name);
    if (found?.owner?.token === owner.token) await this.#disk.remove(this.#pathOf(name), options);
    this.#released.delete(owner.token);
  }

  /** Gives a sign of life on every lock that is held, from now on until none is. */
  #giveSigns(): void {
    if (this.#isGivingSigns) return;
    this.#isGivingSigns = true;
    this.#clock.after(signOfLifeMs, () => {
      this.#isGivingSigns = false;
      if (this.#held.size === 0) return;
      for (const held of this.#held.values()) void this.#giveSign(held);
      this.#giveSigns();
    });
  }

  async #giveSign(held: HeldLock): Promise<void> {
    const { name, owner } = held;
    const found = await this.#read(name).catch(() => undefined);
    if (!this.#held.has(owner.token)) return;
    if (found?.owner?.token === owner.token) {
      const now = new Date(this.#clock.wallMs());
      // One that fails is followed by another; a minute of failures makes this owner gone.
      await fs.utimes(this.#pathOf(name), now, now).catch(() => undefined);
      return;
    }
    // A person may have deleted the folder with the locks: it is still this process's, unless another has taken it.
    if (found === undefined) {
      const isTaken = await this.#createAgain(held).catch(() => false);
      if (!this.#held.has(owner.token))
        await this.#removeOwn(held, { retry: true }).catch(() => undefined);
      if (!isTaken) return;
    }
    if (!this.#held.delete(owner.token)) return;
    this.#logger.warn(`the lock ${name} was taken over by another process`);
    held.lost.abort();
  }

  /** Creates the file of a lock that this process has; true when another process has taken what it locks. */
  async #createAgain({ name, owner }: HeldLock): Promise<boolean> {
    if (owner.names === undefined) return errnoOf(await this.#create(name, owner)) === 'EEXIST';
    const guard = await this.take(setsLock, owner.purpose, setsPatienceMs);
    try {
      if ((await this.#ownerOfAny(owner.names)) !== undefined) return true;
      await this.#create(name, owner);
      return false;
    } finally {
      await guard?.release();
    }
  }

  /** Whether an owner is gone. A silent lock is watched from the first question about it. */
  #isGone(name: string, found: FoundLock): boolean {
    const { owner } = found;
    if (owner !== undefined && this.#released.has(owner.token)) return true;
    if (owner !== undefined && this.#held.has(owner.token)) return false;
    if (owner !== undefined && this.#disowned.has(owner.token)) return true;
    const isAlive = this.#isAlive(owner ?? unknownOwner);
    if (isAlive !== undefined) return !isAlive;
    this.#watchSilent();
    return this.#silences.isTooLong(name, found);
  }

  /**
   * Reads the silent locks now and then, so that the next question is answered at once; removes those of owners that
   * are gone.
   */
  #watchSilent(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#clock.after(watchMs, () => {
      this.#isWatching = false;
      void this.#readSilent();
    });
  }

  async #readSilent(): Promise<void> {
    for (const [name, sign] of this.#silences.signs()) {
      const found = await this.#read(name).catch(() => undefined);
      if (found?.sign !== sign) this.#silences.forget(name);
      else if (this.#isGone(name, found)) await this.#clear(name, found, 0).catch(() => undefined);
    }
    if (this.#silences.signs().length > 0) this.#watchSilent();
  }

  /** Removes the locks of owners that are gone. Those that only silence tells of are removed a minute later. */
  async #sweep(): Promise<void> {
    try {
      for (const name of await this.#names()) {
        const found = await this.#read(name);
        if (found !== undefined && this.#isGone(name, found)) await this.#clear(name, found, 0);
      }
    } catch (error) {
      this.#logger.debug(`old locks were not removed: ${causeText(error)}`);
    }
  }

  /** The names of all locks. */
  async #names(): Promise<readonly string[]> {
    const files = await fs.readdir(this.#folder).catch(() => []);
    const locks = files.filter((file) => file.endsWith(lockSuffix));
    return locks.map((file) => file.slice(0, -lockSuffix.length));
  }

  async #read(name: string): Promise<FoundLock | undefined> {
    const file = this.#pathOf(name);
    for (let attempt = 1; ; attempt++) {
      const found = await retryInUse(this.#clock, [file], () => readLock(file)).catch(
        async (error: unknown) => {
          if (!isRefusal(error)) throw error;
          return { owner: undefined, sign: signOf(await fs.lstat(file)) };
        },
      );
      // Its owner may be writing it at this very moment.
      if (found === undefined || found.owner !== undefined || attempt === 5) return found;
      await pause(this.#clock, 2 * attempt);
    }
  }

  #newOwner(purpose: string): LockOwner {
    const token = randomBytes(6).toString('hex');
    return { ...this.#self, token, sinceMs: this.#clock.wallMs(), purpose };
  }

  #pathOf(name: string): string {
    return path.join(this.#folder, name + lockSuffix);
  }
}
