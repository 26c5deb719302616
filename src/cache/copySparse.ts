import * as fs from 'node:fs/promises';
import { Cancelled } from '../common/asrError';
import { systemClock } from '../common/clock';
import { openWhenFree, retryInUse } from '../common/fileInUse';
import type { Disk } from './disk';

/** How a copy reports and ends. */
export interface CopyOptions {
  readonly signal?: AbortSignal;
  /** Bytes since the last call. */
  readonly onBytes?: (bytes: number) => void;
  /** Sees every byte in order, for a hash that runs along. */
  readonly onChunk?: (chunk: Uint8Array) => void;
}

/** About a megabyte: larger made neither reading nor hashing faster when measured. */
const chunkBytes = 1 << 20;

/**
 * Copies a file's bytes into a new file. A chunk of zeros becomes a hole, so that a half-filled partial does not grow
 * to its full size. Flushed at the end; the new file keeps the old one's times. Rejects with `Cancelled`.
 */
export async function copySparse(from: string, to: string, options: CopyOptions): Promise<void> {
  const source = await openWhenFree(from);
  try {
    const target = await retryInUse(systemClock, [to], () => fs.open(to, 'wx'));
    try {
      await copyBetween(source, target, options);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/**
 * Brings a file's bytes to a new file, by sharing its blocks where the disk can, else by copying; `onChunk` sees every
 * byte of it. Rejects with `Cancelled`.
 */
export async function copyInto(
  disk: Disk,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<void> {
  if (await disk.clone(from, to)) await readChunks(to, options);
  else await disk.copy(from, to, options);
}

/** Reads a whole file in the same way, without writing it anywhere. Rejects with `Cancelled`. */
async function readChunks(file: string, options: CopyOptions): Promise<void> {
  const source = await openWhenFree(file);
  try {
    await eachChunk(source, options, () => Promise.resolve());
  } finally {
    await source.close();
  }
}

async function copyBetween(
  source: fs.FileHandle,
  target: fs.FileHandle,
  options: CopyOptions,
): Promise<void> {
  const sizeBytes = await eachChunk(source, options, async (chunk, position) => {
    if (!isZero(chunk)) await target.write(chunk, 0, chunk.length, position);
  });
  await target.truncate(sizeBytes);
  const { atime, mtime } = await source.stat();
  await target.utimes(atime, mtime);
  await target.sync();
}

async function eachChunk(
  source: fs.FileHandle,
  { signal, onBytes, onChunk }: CopyOptions,
  take: (chunk: Uint8Array, position: number) => Promise<void>,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let position = 0;
  for (;;) {
    if (signal?.aborted === true) throw new Cancelled();
    const { bytesRead } = await source.read(buffer, 0, chunkBytes, position);
    if (bytesRead === 0) return position;
    const chunk = buffer.subarray(0, bytesRead);
    onChunk?.(chunk);
    await take(chunk, position);
    position += bytesRead;
    onBytes?.(bytesRead);
  }
}

const zeros = Buffer.alloc(chunkBytes);

function isZero(chunk: Uint8Array): boolean {
  return chunk[0] === 0 && zeros.subarray(0, chunk.length).equals(chunk);
}
