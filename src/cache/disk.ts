import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError } from '../common/asrError';
import { writeFileAtomically } from '../common/atomicFile';
import { type Clock, systemClock } from '../common/clock';
import { errnoOf } from '../common/fileErrors';
import { isRefusal, removeWhenFree, retryInUse, systemFlags } from '../common/fileInUse';
import { localized } from '../common/localizedMessage';
import { isInside, isSamePath, isTop } from '../common/paths';
import { type CopyOptions, copySparse } from './copySparse';

/** `retry: false`: fails at once where another program has the file open, instead of waiting for it. */
interface RetryOption {
  readonly retry?: boolean;
}

/** Called before every change of the disk, so that a test can end the process between any two of them. */
export type DiskStep = (operation: string, path: string) => void;

/**
 * The only code that changes the disk. Every change names a path below one of the roots, whose parent folder must be
 * a real folder there: a link planted in the cache can't lead a write or a deletion out of it. A file that another
 * program has open is waited for. Rejections are the operating system's.
 */
export class Disk {
  readonly #roots: readonly string[];
  readonly #clock: Clock;
  readonly #step: DiskStep;
  readonly #realRoots = new Map<string, string>();

  constructor(
    roots: readonly string[],
    clock: Clock = systemClock,
    step: DiskStep = () => undefined,
  ) {
    this.#roots = roots.map((root) => path.resolve(root));
    this.#clock = clock;
    this.#step = step;
  }

  async makeFolder(folder: string): Promise<void> {
    await this.#before('mkdir', folder);
    await makeFolders(folder);
  }

  /**
   * Writes a small file as a whole: a temporary file in `tempFolder` (same file system), then renamed over the target.
   * `flush: false`: not forced onto the disk before.
   */
  async writeWhole(
    target: string,
    text: string,
    tempFolder: string,
    options: { readonly flush?: boolean } = {},
  ): Promise<void> {
    await writeFileAtomically(target, text, {
      ...options,
      clock: this.#clock,
      temporary: path.join(tempFolder, `${randomUUID()}.tmp`),
      beforeChange: (operation, changed) => this.#before(operation, changed),
    });
  }

  /** Creates a small file, which must not exist yet. */
  async createFile(target: string, text: string, { retry }: RetryOption = {}): Promise<void> {
    await this.#before('create', target);
    const create = (): Promise<void> => fs.writeFile(target, text, { flag: 'wx' });
    await (retry === false ? create() : retryInUse(this.#clock, [target], create));
  }

  /** Adds whole lines to a file in one write. */
  async append(target: string, text: string): Promise<void> {
    await this.#before('append', target);
    // A link in the place of the file must not lead the text elsewhere.
    const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0 } = systemFlags;
    const flag = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW;
    await retryInUse(this.#clock, [target], () => fs.appendFile(target, text, { flag }));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#before('rename', to);
    await this.#check(from);
    await retryInUse(this.#clock, [to, from], async () => {
      try {
        await fs.rename(from, to);
      } catch (error) {
        // Windows says of a folder that is in the way what it says of a file in use.
        if (isRefusal(error) && (await isFolder(to))) throw inTheWay(to, error);
        throw error;
      }
    });
  }

  async symlink(target: string, link: string, type: 'file' | 'dir' = 'file'): Promise<void> {
    await this.#before('symlink', link);
    await fs.symlink(target, link, type);
  }

  async hardLink(from: string, to: string): Promise<void> {
    await this.#before('link', to);
    await fs.link(from, to);
  }

  /** The same; false when the system refuses it, for whatever reason. */
  async tryHardLink(from: string, to: string): Promise<boolean> {
    try {
      await this.hardLink(from, to);
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }

  /** Copies by sharing the blocks where the file system can; false when it can't. */
  async clone(from: string, to: string): Promise<boolean> {
    await this.#before('clone', to);
    try {
      const mode = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
      await fs.copyFile(from, to, mode);
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ENOSPC' || errno === 'EDQUOT' || errno === 'EEXIST') throw error;
      await removeWhenFree(to, this.#clock);
      return false;
    }
  }

  /** Copies bytes, leaving holes where there were holes, flushed at the end; `to` must not exist. */
  async copy(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    await this.#before('copy', to);
    await copySparse(from, to, {
      ...options,
      onBytes: (bytes) => {
        this.#step('copied', to);
        options.onBytes?.(bytes);
      },
    });
  }

  /** Makes a new file of what `fillIn` writes, in order; flushed at the end. */
  async fill(
    to: string,
    fillIn: (write: (part: Uint8Array) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    await this.#before('fill', to);
    const file = await retryInUse(this.#clock, [to], () => fs.open(to, 'wx'));
    try {
      await fillIn(async (part) => {
        this.#step('filled', to);
        await file.writeFile(part);
      });
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Sets when a file or folder last changed, milliseconds since 1970, where the file system takes it. */
  async setTime(target: string, modifiedMs: number): Promise<void> {
    await this.#before('utimes', target);
    await fs.utimes(target, modifiedMs / 1000, modifiedMs / 1000).catch(() => undefined);
  }

  /** Removes a file or a link (never what it leads to). False when it was not there. */
  async remove(target: string, { retry }: RetryOption = {}): Promise<boolean> {
    await this.#before('unlink', target);
    const remove = (): Promise<boolean> => wasThere(fs.unlink(target));
    return await (retry === false ? remove() : retryInUse(this.#clock, [target], remove));
  }

  /** Removes a folder if it is empty; false when it is not, or is not there. */
  async removeEmptyFolder(folder: string): Promise<boolean> {
    await this.#before('rmdir', folder);
    try {
      await retryInUse(this.#clock, [folder], () => fs.rmdir(folder));
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ENOTEMPTY' || errno === 'EEXIST' || errno === 'ENOENT') return false;
      throw error;
    }
  }

  /** Removes a folder with everything in it; links in it are removed, not followed. */
  async removeTree(folder: string): Promise<void> {
    const stats = await fs.lstat(folder).catch(() => undefined);
    if (stats === undefined) return;
    if (!stats.isDirectory()) {
      await this.remove(folder);
      return;
    }
    for (const name of await fs.readdir(folder)) await this.removeTree(path.join(folder, name));
    await this.removeEmptyFolder(folder);
  }

  /** Makes renames in a folder survive a power cut, where the system has a way to say so. */
  async flushFolder(folder: string): Promise<void> {
    const handle = await fs.open(folder, 'r').catch(() => undefined);
    if (handle === undefined) return;
    await handle.sync().catch(() => undefined);
    await handle.close();
  }

  /** Has a file's bytes on the disk itself. A system that can't say so is believed. */
  async flushFile(file: string): Promise<void> {
    this.#step('flush', file);
    // Windows flushes only what may be written.
    const flags = process.platform === 'win32' ? 'r+' : 'r';
    const handle = await retryInUse(this.#clock, [file], () => fs.open(file, flags));
    try {
      await handle.sync();
    } catch (error) {
      if (!['EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error;
    } finally {
      await handle.close();
    }
  }

  /** The same for everything in a folder, and for its names. */
  async flushTree(folder: string): Promise<void> {
    for (const item of await fs.readdir(folder, { withFileTypes: true })) {
      const inner = path.join(folder, item.name);
      if (item.isDirectory()) await this.flushTree(inner);
      else if (item.isFile()) await this.flushFile(inner);
    }
    await this.flushFolder(folder);
  }

  async #before(operation: string, target: string): Promise<void> {
    this.#step(operation, target);
    await this.#check(target);
  }

  async #check(target: string): Promise<void> {
    const resolved = path.resolve(target);
    const root = this.#roots.find((one) => isInside(resolved, one));
    if (root === undefined) throw outside(target);
    if (isSamePath(resolved, root)) return;
    const [realRoot, realParent] = await Promise.all([
      this.#realRoot(root),
      nearestReal(path.dirname(resolved)),
    ]);
    const expected = path.join(realRoot, path.relative(root, realParent.lexical));
    if (isInside(realParent.lexical, root) && !isSamePath(realParent.real, expected))
      throw outside(target);
  }

  async #realRoot(root: string): Promise<string> {
    const known = this.#realRoots.get(root);
    if (known !== undefined) return known;
    const real = await fs.realpath(root).catch(() => undefined);
    if (real === undefined) return root;
    this.#realRoots.set(root, real);
    return real;
  }
}

/**
 * One folder after the other: Node's own way of making several never ends where a folder is there and takes none
 * (`/proc`), and calls a read-only disk ENOENT.
 */
async function makeFolders(folder: string): Promise<void> {
  const make = async (): Promise<string | undefined> => {
    try {
      await fs.mkdir(folder);
    } catch (error) {
      const isFolder = await fs.stat(folder).then(
        (stats) => stats.isDirectory(),
        () => false,
      );
      if (isFolder) return undefined;
      if (errnoOf(error) === 'ENOENT' && !isTop(folder)) return 'ENOENT';
      throw error;
    }
    return undefined;
  };
  if ((await make()) === undefined) return;
  await makeFolders(path.dirname(folder));
  await fs.mkdir(folder).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw error;
  });
}

/** The real path of the nearest folder that exists, going up. */
async function nearestReal(folder: string): Promise<{ lexical: string; real: string }> {
  for (let lexical = folder; ; lexical = path.dirname(lexical)) {
    try {
      return { lexical, real: await fs.realpath(lexical) };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || isTop(lexical)) throw error;
    }
  }
}

async function wasThere(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function isFolder(target: string): Promise<boolean> {
  return (await fs.lstat(target).catch(() => undefined))?.isDirectory() === true;
}

function inTheWay(target: string, cause: unknown): Error {
  const error = new Error(`ENOTEMPTY: a folder is in the way: ${target}`, { cause });
  return Object.assign(error, { code: 'ENOTEMPTY', path: target });
}

function outside(target: string): AsrError {
  return new AsrError(
    'diskPermission',
    localized(
      '{0} leads out of the model folder through a link, so nothing was changed there. Remove the link, then try again.',
      target,
    ),
  );
}

/** Whether there is anything at a path, a link to nothing included. */
export async function exists(file: string): Promise<boolean> {
  return await fs.lstat(file).then(
    () => true,
    () => false,
  );
}
