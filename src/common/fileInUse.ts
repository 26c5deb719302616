import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { type Clock, pause, systemClock } from './clock';
import { errnoOf } from './fileErrors';

/**
 * For so long a refused rename, removal or opening is tried again: as long as VS Code's own file service tries.
 */
const patienceMs = 60_000;
/** The waits between two tries grow by this, up to {@link longestWaitMs}. */
const waitStepMs = 10;
const longestWaitMs = 100;

/** How systems refuse work on a file that another program has open. Windows says so as if it were a permission. */
const refusals: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES', 'EBUSY', 'ETXTBSY']);

/** Whether a failure may be another program's hold on a file, or a missing permission: systems say the same of both. */
export function isRefusal(error: unknown): boolean {
  return refusals.has(errnoOf(error));
}

/** Another program has had a file open for longer than it was waited for. The cause is the system's refusal. */
class FileInUse extends Error {
  readonly code = 'EBUSY';
  readonly path: string | undefined;

  constructor(path: string | undefined, cause: unknown) {
    super(`EBUSY: in use by another program: ${path ?? ''}`, { cause });
    this.path = path;
  }
}

/**
 * Does work on files that another program (a virus scanner, an indexer, a backup) may have open: on Windows the system
 * refuses to rename, remove or open them meanwhile. A refusal that the permissions of the files explain is final.
 * Every other one is tried again for a minute, on all systems alike: disks of Windows are used from Linux, too.
 *
 * @param files what the work opens, renames or removes; the first is named by the error
 * @returns what the work does; rejects with its error, or with `EBUSY` when the refusals have not ended in time
 */
export async function retryInUse<T>(
  clock: Clock,
  files: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const startMs = clock.nowMs();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (attempt === 1 && (await isExplained(error, files))) throw error;
      if (clock.nowMs() - startMs >= patienceMs) throw new FileInUse(files[0], error);
    }
    await pause(clock, Math.min(longestWaitMs, attempt * waitStepMs));
  }
}

/** Opens a file to read it, links followed, as soon as no other program keeps this one from it. */
export async function openWhenFree(
  file: string,
  clock: Clock = systemClock,
): Promise<fs.FileHandle> {
  return await retryInUse(clock, [file], () => fs.open(file, 'r'));
}

/** The text of a file, links followed, as soon as no other program keeps this one from it. */
export async function readTextWhenFree(file: string, clock: Clock = systemClock): Promise<string> {
  return await retryInUse(clock, [file], () => fs.readFile(file, 'utf8'));
}

/** Renames a file over whatever has the new name, as soon as no other program has one of the two open. */
export async function renameWhenFree(
  from: string,
  to: string,
  clock: Clock = systemClock,
): Promise<void> {
  await retryInUse(clock, [to, from], () => fs.rename(from, to));
}

/** Removes a file, or a folder with everything in it, as soon as no other program has it open. Nothing there is fine. */
export async function removeWhenFree(file: string, clock: Clock = systemClock): Promise<void> {
  await retryInUse(clock, [file], () => fs.rm(file, { recursive: true, force: true }));
}

/**
 * Opens a file to read it, unless it is a link, a pipe or a device, on which an opening could wait for ever. Undefined
 * when there is no such file.
 */
export async function openForReading(file: string): Promise<fs.FileHandle | undefined> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = systemFlags;
  let handle: fs.FileHandle;
  try {
    handle = await fs.open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP') return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** Whether a file belongs to this user, where the system knows owners. */
export function isOwn({ uid }: Pick<Stats, 'uid'>): boolean {
  return uid === (process.geteuid?.() ?? uid);
}

/** A file of this user with one name: no other user, and no program by another name, can change it later. */
export function isOwnFile(stats: Stats): boolean {
  return stats.isFile() && stats.nlink === 1 && isOwn(stats);
}

/** The flags to open a file with. Windows has none against links and pipes. */
export const systemFlags: Readonly<Partial<Record<'O_NOFOLLOW' | 'O_NONBLOCK', number>>> &
  Readonly<Record<'O_RDONLY' | 'O_RDWR' | 'O_CREAT' | 'O_WRONLY' | 'O_APPEND', number>> = constants;

/** Whether a refusal comes from permissions, or from a disk that is mounted there, so that waiting changes nothing. */
export async function isExplained(error: unknown, files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    if (errnoOf(error) === 'EBUSY' ? await isMount(file) : await isForbidden(file)) return true;
  }
  return false;
}

async function isMount(file: string): Promise<boolean> {
  const [folder, stats] = await Promise.all([statsOf(path.dirname(file)), statsOf(file)]);
  return folder !== undefined && stats !== undefined && folder.dev !== stats.dev;
}

async function isForbidden(file: string): Promise<boolean> {
  const parent = path.dirname(file);
  const [folder, stats] = await Promise.all([statsOf(parent), statsOf(file)]);
  if (folder === undefined || !(await permits(parent, folder))) return true;
  if (stats === undefined) return false;
  if (!stats.isSymbolicLink() && !(await permits(file, stats))) return true;
  // In a folder with the sticky bit only the owners of the file and of the folder may remove it.
  const isSticky = (folder.mode & 0o1000) !== 0;
  return isSticky && process.geteuid?.() !== 0 && !isOwn(stats) && !isOwn(folder);
}

async function statsOf(file: string): Promise<Stats | undefined> {
  return await fs.lstat(file).catch(() => undefined);
}

/** Whether a file or folder may be written to, by its mode and by what the system answers. */
async function permits(file: string, stats: Stats): Promise<boolean> {
  const userId = process.geteuid?.();
  if (userId !== undefined && userId !== 0) {
    const isInGroup =
      stats.gid === process.getegid?.() || process.getgroups?.().includes(stats.gid);
    const bits = stats.uid === userId ? 0o200 : isInGroup === true ? 0o020 : 0o002;
    if ((stats.mode & bits) === 0) return false;
  }
  return await fs.access(file, constants.W_OK).then(
    () => true,
    (error: unknown) => !isRefusal(error),
  );
}
