import fs from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../common/atomicFile';
import { systemClock } from '../../common/clock';
import { errnoOf, freeSpace } from '../../common/fileErrors';
import {
  isOwnFile,
  openForReading,
  removeWhenFree,
  retryInUse,
  systemFlags,
} from '../../common/fileInUse';

/** An open partial file. */
export interface PartialFile {
  /** Writes all the buffers at `position`, in order. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Fills the buffer from `position`; rejects when the file ends before. */
  read(buffer: Uint8Array, position: number): Promise<void>;
  /** Resolves when everything written before the call is on the disk itself. */
  flush(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** The file system as a transfer sees it: an interface, so that tests can simulate a full or broken disk. */
export interface PartialFiles {
  /** Opens for reading and writing, created when missing; nothing in it is changed. */
  open(filePath: string): Promise<PartialFile>;
  /** Bytes of a file; undefined when there is none. */
  sizeOf(filePath: string): Promise<number | undefined>;
  /** The text of a file of at most `maxBytes`; undefined when there is none, or a longer one. */
  readText(filePath: string, maxBytes: number): Promise<string | undefined>;
  /** Replaces a file's text so that a crash leaves either the old or the new one; flushed. */
  replaceText(filePath: string, text: string): Promise<void>;
  /** Removes a file; that there is none is fine. */
  remove(filePath: string): Promise<void>;
  /** Free bytes for this user where `folder` lies, and which file system that is; undefined when unknown. */
  freeSpace(folder: string): Promise<{ bytes: number; device: number } | undefined>;
}

/** Writes to one file at a time: one is done while the next is handed over; more only wait for the file's lock. */
const writesAtOnce = 2;

async function writeAll(
  handle: fs.FileHandle,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let at = position;
  for (const buffer of buffers) {
    let from = 0;
    while (from < buffer.byteLength) {
      const { bytesWritten } = await handle.write(buffer, from, buffer.byteLength - from, at);
      from += bytesWritten;
      at += bytesWritten;
    }
  }
}

async function readAll(handle: fs.FileHandle, buffer: Uint8Array, position: number): Promise<void> {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const { bytesRead } = await handle.read(
      buffer,
      filled,
      buffer.byteLength - filled,
      position + filled,
    );
    if (bytesRead === 0) throw new Error('the file is shorter than it was');
    filled += bytesRead;
  }
}

/**
 * Lets few writes run at a time: the file system locks a file for a write, and threads that wait for that lock spin on
 * it, which took more CPU than everything else together (test/bench/README.md).
 */
function inTurn(lanes: number): (work: () => Promise<void>) => Promise<void> {
  const last = Array.from({ length: lanes }, () => Promise.resolve());
  let turn = 0;
  return (work) => {
    const lane = turn++ % lanes;
    const mine = (last[lane] ?? Promise.resolve()).then(work);
    last[lane] = mine.catch(() => undefined);
    return mine;
  };
}

async function missingIsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The real file system. */
export const realPartialFiles: PartialFiles = {
  async open(filePath) {
    await fs.mkdir(path.dirname(filePath), { recursive: true });
    const handle = await openOwn(filePath);
    const few = inTurn(writesAtOnce);
    return {
      write: (buffers, position) => few(() => writeAll(handle, buffers, position)),
      read: (buffer, position) => readAll(handle, buffer, position),
      flush: () => handle.datasync(),
      truncate: (bytes) => handle.truncate(bytes),
      close: () => handle.close(),
    };
  },
  async sizeOf(filePath) {
    return (await missingIsUndefined(fs.stat(filePath)))?.size;
  },
  async readText(filePath, maxBytes) {
    const handle = await retryInUse(systemClock, [filePath], () => openForReading(filePath));
    try {
      const tooLong = handle !== undefined && (await handle.stat()).size > maxBytes;
      return tooLong ? undefined : await handle?.readFile('utf8');
    } finally {
      await handle?.close();
    }
  },
  replaceText: (filePath, text) => writeFileAtomically(filePath, text),
  async remove(filePath) {
    await removeWhenFree(filePath);
  },
  freeSpace,
};

/**
 * Opens a partial file, and refuses one that is a link, has a second name or belongs to another user: in a cache that
 * several users can write to, the bytes could end up elsewhere, or be changed after they were verified. The cache
 * removes such files before a download, so there is one only when it was put there since.
 */
async function openOwn(filePath: string): Promise<fs.FileHandle> {
  const { O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = systemFlags;
  const flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  const handle = await retryInUse(systemClock, [filePath], () => fs.open(filePath, flags));
  if (isOwnFile(await handle.stat())) return handle;
  await handle.close();
  throw Object.assign(new Error(`not a file of this user: ${filePath}`), { code: 'ELOOP' });
}
