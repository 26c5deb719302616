import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import path from 'node:path';
import { AsrError, isAsrError } from '../common/asrError';
import { type Clock, pause } from '../common/clock';
import { deferred } from '../common/deferred';
import { errnoOf, isDiskFull } from '../common/fileErrors';
import { isExplained, isRefusal, retryInUse } from '../common/fileInUse';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import { Disk, type DiskStep, exists } from './disk';
import { FolderLedger } from './folderLedger';
import {
  cacheTagName,
  cacheTagSignature,
  cacheTagText,
  locksFolderName,
  repoFolderName,
  type RepoPaths,
  repoPathsAt,
  sharedFolder,
  stagingName,
} from './layout';
import { type OwnerLiveness, silenceLimitMs } from './lockFile';
import { type Lock, Locks } from './locks';
import { readRegularFile } from './regularFile';
import type { CachedRepo } from './repoReader';
import { CacheScanner } from './scan';
import { VerifiedLedger } from './verifiedLedger';

/** A disk that spins up, or a share that is looked for, answers well within this. */
const answerMs = 60_000;
/** How long, and how often, a download's lock is looked at that may be about to be let go. */
const [cancelPatienceMs, cancelPollMs] = [2_000, 50];
/** How long one window waits for another's short change of the same repository: longer than for one that is gone. */
const repoLockPatienceMs = 1.5 * silenceLimitMs;

/** Locks and notes of an earlier version that nothing has changed for so long are not in use. */
const oldStateMs = 60 * 60_000;

/** The lock under which the whole cache is being moved. */
export const moveLockName = 'move';
/** Its purpose while everything is being removed. */
export const removalPurpose = 'remove';

/** Failures of the probe for links that say nothing about links. */
const notAboutLinks = new Set(['EROFS', 'ENOENT', 'ENOTDIR', 'EMFILE', 'ENFILE']);

export interface ModelStoreOptions {
  /** The hub cache itself, in which the `models--…` folders lie. Created when first written to. */
  readonly hubRoot: string;
  readonly stateRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Whether everything below `hubRoot` is ours to clear (the extension's own storage). Absent or false: a person's
   * folder, in which only what we put there is.
   */
  readonly ownsRoot?: boolean;
  /** The bundle of the thread that unpacks archives; absent: they are refused. */
  readonly unpackWorkerPath?: string;
  /** The parts of the system that tests replace. */
  readonly ports?: StoreOverrides;
}

/** The parts of the system that a test can replace. */
interface StoreOverrides {
  /** Runs before every change of the disk; throwing ends the work there as a kill would. */
  readonly step?: DiskStep;
  readonly isAlive?: OwnerLiveness;
  /** False: as on a file system without symbolic links. Absent: found out. */
  readonly canSymlink?: boolean;
  /** As on a file system on which names that differ in case only are one. Absent: found out. */
  readonly ignoresCase?: boolean;
  /** Which names the file system takes. Absent: as the system has it. */
  readonly names?: 'windows' | 'any';
}

/** Which names this system takes. */
export const systemNames = process.platform === 'win32' ? 'windows' : 'any';

/** The locks and the disk that the cache works with, for others who share its folder (windows/). */
export interface StateAccess {
  /** The folder of what all programs on this cache share. */
  readonly sharedRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: Disk;
  readonly locks: Locks;
}

/** The shared state of all operations of the cache. */
export class CacheContext implements StateAccess {
  readonly hubRoot: string;
  /** The folder that belongs to this editor alone. */
  readonly stateRoot: string;
  readonly sharedRoot: string;
  readonly ownsRoot: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: Disk;
  readonly locks: Locks;
  readonly ledger: VerifiedLedger;
  readonly folders: FolderLedger;
  readonly scanner: CacheScanner;
  readonly ports: StoreOverrides;
  readonly unpackWorkerPath: string | undefined;
  readonly #options: ModelStoreOptions;
  readonly #turns = new Map<string, Promise<unknown>>();
  #canSymlink: boolean | undefined;
  #ignoresCase: boolean | undefined;

  constructor(options: ModelStoreOptions) {
    this.#options = options;
    this.ports = options.ports ?? {};
    this.unpackWorkerPath = options.unpackWorkerPath;
    this.hubRoot = path.resolve(options.hubRoot);
    this.stateRoot = path.resolve(options.stateRoot);
    this.ownsRoot = options.ownsRoot ?? false;
    this.clock = options.clock;
    this.logger = options.logger;
    this.sharedRoot = sharedFolder(this.hubRoot);
    this.disk = new Disk([this.hubRoot, this.stateRoot], this.clock, this.ports.step);
    const { isAlive } = this.ports;
    this.locks = new Locks(this.sharedRoot, this.disk, this.clock, this.logger, isAlive);
    this.ledger = new VerifiedLedger(this.hubRoot, this.stateRoot, this.disk, this.clock);
    this.folders = new FolderLedger(this.stateRoot, this.disk, this.clock);
    this.scanner = new CacheScanner(this.hubRoot, this.ledger, this.clock);
    this.#canSymlink = this.ports.canSymlink;
  }

  /** The same state over another cache folder. */
  at(hubRoot: string, ownsRoot: boolean): CacheContext {
    return new CacheContext({ ...this.#options, hubRoot, ownsRoot });
  }

  pathsOf(repo: string): RepoPaths {
    return repoPathsAt(path.join(this.hubRoot, this.#folderName(repo)));
  }

  /**
   * Where case does not count, a repository's folder may be there in another spelling than its name's: it is the same
   * folder, and everything known of it is known under the spelling that is on the disk.
   */
  #folderName(repo: string): string {
    const name = repoFolderName(repo);
    if (!this.ignoresCase) return name;
    const folded = name.toLowerCase();
    try {
      const there = readdirSync(this.hubRoot).filter((one) => one.toLowerCase() === folded);
      return there.includes(name) ? name : (there[0] ?? name);
    } catch {
      return name;
    }
  }

  /** Whether names that differ in case only are one on this disk. Asked of its tag, which has capital letters. */
  get ignoresCase(): boolean {
    if (this.ports.ignoresCase !== undefined) return this.ports.ignoresCase;
    if (this.#ignoresCase !== undefined) return this.#ignoresCase;
    const isThere = (name: string): boolean => existsSync(path.join(this.hubRoot, name));
    if (!isThere(cacheTagName)) return false;
    return (this.#ignoresCase = isThere(cacheTagName.toLowerCase()));
  }

  find(repo: string): CachedRepo {
    this.ledger.refresh();
    return this.scanner.find(this.#folderName(repo), repo);
  }

  /** Makes the root with its tag, and remembers that we wrote here. */
  async makeRoot(): Promise<void> {
    await this.folders.remember({
      path: this.hubRoot,
      sinceMs: this.clock.wallMs(),
      isOurs: this.ownsRoot,
    });
    await this.#answering(async () => {
      if (await exists(this.hubRoot)) return;
      await this.disk.makeFolder(this.hubRoot);
      await this.disk.flushFolder(path.dirname(this.hubRoot));
    });
    await this.#removeOldState();
    const tag = path.join(this.hubRoot, cacheTagName);
    if (readRegularFile(tag)?.startsWith(cacheTagSignature) === true) return;
    await this.disk
      .remove(tag)
      .then(() => this.disk.createFile(tag, cacheTagText))
      .catch((error: unknown) =>
        this.logger.debug(`The cache's tag was not written: ${String(error)}`),
      );
  }

  /** The same work, unless the disk does not answer at all (a network drive that is gone): then an error says so. */
  async #answering(work: () => Promise<void>): Promise<void> {
    const silence = deferred<undefined>();
    const timer = this.clock.after(answerMs, () => silence.reject(silentDisk(this.hubRoot)));
    try {
      await Promise.race([work(), silence.promise]);
    } finally {
      timer.dispose();
    }
  }

  /** Removes locks and notes that earlier versions kept in the editor's own state, unless a window still uses them. */
  async #removeOldState(): Promise<void> {
    const old = ['locks', 'windows'].map((name) => path.join(this.stateRoot, name));
    const usedMs = old.map(async (folder) => (await lstat(folder).catch(() => undefined))?.mtimeMs);
    const newestMs = Math.max(...(await Promise.all(usedMs)).map((ms) => ms ?? 0));
    if (newestMs === 0 || Math.abs(this.clock.wallMs() - newestMs) < oldStateMs) return;
    for (const folder of old) await this.disk.removeTree(folder).catch(() => undefined);
  }

  /**
   * Runs work that needs a folder for what is put together or taken apart, in a folder that scanners skip. It is made
   * by the work and removed after it, if it is still there; after a kill, by the next process.
   */
  async withStaging<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const name = stagingName(randomUUID());
    const folder = path.join(this.hubRoot, locksFolderName, name);
    const attempt = await this.locks.tryTake(name, 'staging');
    if ('owner' in attempt) throw new Error(`${name} is taken`);
    try {
      return await work(folder);
    } finally {
      try {
        await this.disk.removeTree(folder);
      } finally {
        await attempt.lock.release();
      }
    }
  }

  /** Runs a short change of one repository under its lock, which no other process or call can hold. Not nested. */
  async changing<T>(repo: string, work: () => Promise<T>): Promise<T> {
    const name = `repo-${this.#folderName(repo)}`;
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(
      () => this.#underLock(name, repo, work),
      () => this.#underLock(name, repo, work),
    );
    this.#turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }

  async #underLock<T>(name: string, repo: string, work: () => Promise<T>): Promise<T> {
    const lock = await this.locks.take(name, 'change', repoLockPatienceMs);
    if (lock === undefined) {
      throw new AsrError(
        'unknown',
        localized(
          'Another window is still changing {0}. Wait for it to finish, then try again.',
          repo,
        ),
      );
    }
    try {
      await this.#readWhenFree(repo);
      return await work();
    } finally {
      await lock.release();
    }
  }

  /**
   * Has the ledger and a repository read as they are. What another program holds at the moment would seem not to be
   * there: a revision without its ref is an old one, a file that is not in the ledger is another's. What permissions
   * forbid stays unread.
   */
  async #readWhenFree(repo: string): Promise<void> {
    await this.ledger.refreshWhenFree().catch(this.#unlessHeld);
    const file = this.find(repo).refusal?.file;
    if (file === undefined) return;
    const read = (): Promise<void> => {
      const { refusal } = this.find(repo);
      return refusal === undefined
        ? Promise.resolve()
        : Promise.reject(refusal.error instanceof Error ? refusal.error : new Error(refusal.file));
    };
    await retryInUse(this.clock, [file], read).catch(this.#unlessHeld);
  }

  /** Passes over a refusal that stays, and rethrows that a program did not let go of a file in time. */
  readonly #unlessHeld = (error: unknown): void => {
    if (!isRefusal(error) || errnoOf(error) === 'EBUSY') throw error;
  };

  /**
   * Whether links can be made in this cache; tried once and remembered, because it depends on the file system and, on
   * Windows, on the user's rights (docs/hub-protocol.md section 5.4). Systems say it with many errors, and some say
   * that they made a link and made none.
   */
  async canSymlink(folder: string): Promise<boolean> {
    if (this.#canSymlink !== undefined) return this.#canSymlink;
    const probe = path.join(folder, `${randomUUID()}.tmp`);
    try {
      await this.disk.symlink('nothing', probe);
      this.#canSymlink = (await readlink(probe).catch(() => '')) === 'nothing';
    } catch (error) {
      const errno = errnoOf(error);
      const isAboutLinks = errno !== undefined && !isAsrError(error) && !notAboutLinks.has(errno);
      if (!isAboutLinks || isDiskFull(error) || (await isExplained(error, [probe]))) throw error;
      this.#canSymlink = false;
    }
    await this.disk.remove(probe);
    return this.#canSymlink;
  }

  /**
   * Takes the lock on the whole cache, for a move or a removal of everything. Rejects with `taken` when another process
   * holds it, and with `downloading(repo)` while a file is being downloaded. A download that another window has just
   * cancelled lets its lock go a moment after it says so.
   */
  async takeCacheLock(
    purpose: string,
    taken: LocalizedMessage,
    downloading: (repo: string) => LocalizedMessage,
  ): Promise<Lock> {
    const attempt = await this.locks.tryTake(moveLockName, purpose);
    if ('owner' in attempt) throw new AsrError('unknown', taken);
    for (let waitedMs = 0; ; waitedMs += cancelPollMs) {
      const [download] = await this.locks.ownersOfSets();
      if (download === undefined) return attempt.lock;
      if (waitedMs >= cancelPatienceMs) {
        await attempt.lock.release();
        throw new AsrError('unknown', downloading(download.purpose));
      }
      await pause(this.clock, cancelPollMs);
    }
  }

  /** Whether a living process downloads into this repository. */
  async isDownloading(repo: string): Promise<boolean> {
    const owners = await this.locks.ownersOfSets();
    return owners.some((owner) => owner.purpose.toLowerCase() === repo.toLowerCase());
  }
}

function silentDisk(folder: string): AsrError {
  return new AsrError(
    'diskPermission',
    localized('{0} does not answer. Connect its disk, or choose another folder.', folder),
  );
}
