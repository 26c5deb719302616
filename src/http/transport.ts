import type { BulkReader } from './bulkReader';

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
  /** Reads the body into the caller's memory, where the transport can; instead of `body`, not beside it. */
  readonly bulk?: BulkReader;
  /** Closes the socket without reading the body. Safe to call twice. */
  discard(): void;
}

/**
 * Sends one request and gives back the head of its answer, whatever its status; redirects are not followed.
 * Rejects with an `AsrError` of code `network`, `proxy`, `tls` or `stalled` (the head took too long), the host named
 * and the cause kept; rejects with `Cancelled` when the signal was aborted.
 */
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}
