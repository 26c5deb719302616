import type { HubContent } from './content';

/** One way to misbehave. `afterBytes` counts the bytes in the body of the affected answer. */
export type Fault =
  /** RST after that many body bytes. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Silence after that many body bytes, until the client closes the connection or the fault is released. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Takes the request and never sends a header. */
  | { readonly kind: 'hang' }
  /** Waits before the first header. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The speed collapses after that many body bytes. */
  | { readonly kind: 'slow'; readonly afterBytes: number; readonly bytesPerSecond: number }
  /** A clean end of the connection in the middle of the announced body. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** More body than the file has: announced as such, or without any length (chunked). */
  | { readonly kind: 'overlong'; readonly bytes: number; readonly framing: 'length' | 'chunked' }
  /** `Content-Length` is wrong by `delta`; the body is right. */
  | { readonly kind: 'contentLength'; readonly delta: number }
  /** No `Content-Length` at all. */
  | { readonly kind: 'chunked' }
  /** `Content-Range` has another value; the body is right. */
  | { readonly kind: 'contentRange'; readonly value: string }
  /** Answers a range with 200 and the whole file. */
  | { readonly kind: 'ignoreRange' }
  /** 206 as requested, but the bytes start at another offset. */
  | { readonly kind: 'shiftedBody'; readonly bytes: number }
  /** Sets headers; an empty value removes one. */
  | { readonly kind: 'headers'; readonly set: Readonly<Record<string, string>> }
  /** Another status, with a text body. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The whole file, gzipped, with `Content-Encoding: gzip`. Small files only. */
  | { readonly kind: 'gzip' }
  /** A captive portal: 200 and a page. */
  | { readonly kind: 'htmlPage' }
  /** Redirects to an address made of path and query of the request; the same address is a loop. */
  | {
      readonly kind: 'redirect';
      readonly location: (url: string) => string;
      readonly status?: number;
    }
  /** The byte at this offset of the file is wrong, when it is within the answer. */
  | { readonly kind: 'corrupt'; readonly offset: number }
  /** Other bytes than the file's, such as a newer version of it. */
  | { readonly kind: 'content'; readonly content: HubContent; readonly etag?: string };
