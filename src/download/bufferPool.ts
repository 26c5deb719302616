/** All buffers together, and what one is at least (field.md 5b: small writes are slow). */
const poolBytes = 16 * 1024 * 1024;
const smallestBytes = 128 * 1024;

/** How long buffers are for this many connections, so that memory does not grow with their number. */
export function bufferBytes(maxConnections: number, writeBytes: number): number {
  const share = Math.floor(poolBytes / Math.max(1, maxConnections));
  return Math.min(writeBytes, Math.max(smallestBytes, share));
}

/** Memory for bytes between the socket and the disk, used again and again: one buffer for each connection, and a few. */
export class BufferPool {
  readonly #bufferBytes: number;
  readonly #free: Uint8Array[] = [];

  constructor(bufferBytes: number) {
    this.#bufferBytes = bufferBytes;
  }

  take(): Uint8Array {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bufferBytes);
  }

  /** The buffer must not be used by anybody any more. */
  give(buffer: Uint8Array): void {
    this.#free.push(buffer);
  }
}
