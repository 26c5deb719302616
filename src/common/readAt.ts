import type { FileHandle } from 'node:fs/promises';
import { openWhenFree } from './fileInUse';

/** Reads up to `bytes` bytes from a position; fewer only at the file's end. Rejects as the file system does. */
export async function readAt(
  file: FileHandle,
  position: number,
  bytes: number,
): Promise<Uint8Array> {
  const target = new Uint8Array(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await file.read(target, filled, bytes - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return target.subarray(0, filled);
}

/** Reads the first `bytes` bytes of a file; fewer when it is shorter. Rejects as the file system does. */
export async function readHead(path: string, bytes: number): Promise<Uint8Array> {
  const file = await openWhenFree(path);
  try {
    return await readAt(file, 0, bytes);
  } finally {
    await file.close();
  }
}

/** Whether a file has some ASCII text in it; reads it to the first place. Rejects as the file system does. */
export async function fileContains(path: string, text: string): Promise<boolean> {
  let tail = Buffer.alloc(0);
  const file = await openWhenFree(path);
  const blocks: AsyncIterable<Buffer> = file.createReadStream({ highWaterMark: 1_048_576 });
  for await (const block of blocks) {
    const joined = Buffer.concat([tail, block]);
    if (joined.includes(text, 0, 'latin1')) return true;
    tail = joined.subarray(Math.max(0, joined.length - text.length));
  }
  return false;
}

const windowBytes = 16_384;

/** A file through a small window: a walk reads a few bytes here and there, most of them close together. */
export class FileWindow {
  readonly #file: FileHandle;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** These bytes; fewer at the file's end. */
  async bytes(position: number, length: number): Promise<Uint8Array> {
    const isInside =
      position >= this.#start && position + length <= this.#start + this.#bytes.length;
    if (!isInside) {
      this.#bytes = await readAt(this.#file, position, Math.max(length, windowBytes));
      this.#start = position;
    }
    return this.#bytes.subarray(position - this.#start, position - this.#start + length);
  }
}
