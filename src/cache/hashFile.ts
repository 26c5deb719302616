import { Cancelled } from '../common/asrError';
import { type Digest, digestHasher } from '../common/digest';
import { openWhenFree } from '../common/fileInUse';
import type { Piece } from '../common/journal';
import { PieceSums } from './pieceSums';

/** How long work reports and ends. */
export interface WorkOptions {
  readonly signal?: AbortSignal;
  /** Called as bytes are worked through; both in bytes. The total may be absent while it is being found out. */
  readonly onProgress?: (progress: WorkProgress) => void;
}

export interface WorkProgress {
  /** The named step, in English (`hash`, `copy`, `check`). */
  readonly step: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly currentFile?: string;
}

/** The result of hashing: the digest, and the size and time that the file had before and after. */
interface HashedFile {
  readonly hex: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** The sums of its pieces. */
  readonly pieces: readonly Piece[];
}

const chunkBytes = 1 << 20;

/**
 * Hashes a file, following links. Undefined when the file changed while it was read (its digest means nothing then).
 * Rejects with `Cancelled`, or as the file system does.
 */
export async function hashFile(
  file: string,
  algorithm: Digest['algorithm'],
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<HashedFile | undefined> {
  const handle = await openWhenFree(file);
  try {
    const before = await handle.stat();
    const hasher = digestHasher(algorithm, before.size);
    const sums = new PieceSums(before.size);
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, before.size)));
    for (;;) {
      if (options.signal?.aborted === true) throw new Cancelled();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      hasher.update(buffer.subarray(0, bytesRead));
      sums.add(buffer.subarray(0, bytesRead));
      options.onBytes?.(bytesRead);
    }
    const after = await handle.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) return undefined;
    const { size: sizeBytes, mtimeMs } = after;
    return { hex: hasher.digest('hex'), sizeBytes, mtimeMs, pieces: sums.pieces };
  } finally {
    await handle.close();
  }
}
