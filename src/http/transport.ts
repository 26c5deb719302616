/** One HTTP request. Header names in lower case. */
export interface TransportRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborting closes the socket, before or after the response's head. */
  readonly signal: AbortSignal;
  /** How long the head of the answer may take, in milliseconds. */
  readonly headTimeoutMs: number;
}

/** The bytes of an answer, in the order they come. Ending the iteration early closes the socket. */
export type TransportBody = AsyncIterable<Uint8Array>;

/** The head of an answer, with its body still to be read, or thrown away by `discard`. */
export interface TransportResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: TransportBody;
  /** Reads the body into the caller's memory, where the transport can; instead of `body`, not in addition to it. */
  readonly bulk?: BulkReader;
  /** Closes the socket without reading the body. Safe to call twice. */
  discard(): void;
}

/**
 * Sends one request and resolves with the head of its response, whatever its status; redirects are not followed.
 * Rejects with an `AsrError` of code `network`, `proxy`, `tls` or `stalled` (the head took too long), the host named
 * and the cause kept; rejects with `Cancelled` when the signal was aborted.
 */
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

/** Reads a body into the caller's own memory, which is used again for the next bytes: bulk bytes leave no garbage. */
export interface BulkReader {
  /**
   * Fills `buffer` from its start. Resolves with the number of bytes that came when the buffer is full, when the body
   * has ended, with the first arrival that is `maxMs` or more after the first byte, or when `onBytes` says that it is
   * enough. 0: the body has ended.
   */
  fill(buffer: Uint8Array, maxMs: number, onBytes: OnBytes): Promise<number>;
}

/**
 * Called with every arrival at once, so that after a rejection the caller knows what is in its memory. Returns whether
 * that is enough: the caller may need fewer bytes than when it asked.
 */
export type OnBytes = (bytes: number) => boolean;

/** The reader of a response: its own, or one that copies from its body. */
export function bulkReader(response: TransportResponse): BulkReader {
  return response.bulk ?? new CopyingReader(response);
}

class CopyingReader implements BulkReader {
  readonly #parts: AsyncIterator<Uint8Array>;
  #backlog: Uint8Array = new Uint8Array(0);

  constructor(response: TransportResponse) {
    this.#parts = response.body[Symbol.asyncIterator]();
  }

  async fill(buffer: Uint8Array, maxMs: number, onBytes: OnBytes): Promise<number> {
    let filled = 0;
    let firstMs: number | undefined;
    while (filled < buffer.byteLength) {
      if (this.#backlog.byteLength === 0) {
        if (firstMs !== undefined && performance.now() - firstMs >= maxMs) break;
        const next = await this.#parts.next();
        if (next.done === true) break;
        this.#backlog = next.value;
        continue;
      }
      const part = this.#backlog.subarray(0, buffer.byteLength - filled);
      buffer.set(part, filled);
      this.#backlog = this.#backlog.subarray(part.byteLength);
      filled += part.byteLength;
      firstMs ??= performance.now();
      if (onBytes(part.byteLength)) break;
    }
    return filled;
  }
}
