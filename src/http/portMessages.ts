import type { PlainError } from './plainError';
import type { TransportRequest } from './transport';

/** How many chunks may be on their way to the thread that reads them. */
export const chunkCredits = 8;

/** From the thread that wants an answer to the thread that can get one. Both ends are ours and of one build. */
export type ToPortServer =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly request: Omit<TransportRequest, 'signal'>;
    }
  /** One chunk was used up: one more may come. */
  | { readonly kind: 'more' | 'abort'; readonly id: number };

/** And back. */
export type FromPortServer =
  | {
      readonly kind: 'head';
      readonly id: number;
      readonly status: number;
      readonly headers: Readonly<Record<string, string | undefined>>;
    }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError };
