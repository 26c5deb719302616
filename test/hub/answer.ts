import type { HubContent } from './content';

/** What happens to the connection after so many body bytes. */
export interface Cut {
  readonly afterBytes: number;
  /** `reset`: RST; `end`: FIN although more was announced; `stall`: silence until somebody hangs up. */
  readonly how: 'reset' | 'end' | 'stall';
  /** Ends a stall: the body goes on. */
  readonly released?: Promise<void>;
}

/** An answer before it is sent: plain data, so that a fault is a function from one answer to another. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: {
    readonly content: HubContent;
    /** First byte of the content that is sent. */
    readonly start: number;
    /** One behind the last. */
    readonly end: number;
  };
  /** Wait so long before the first header. */
  readonly delayMs?: number;
  /** Never answer. */
  readonly hang?: boolean;
  /** Sent behind the body. */
  readonly extraBytes?: number;
  readonly cut?: Cut;
  /** From so many body bytes on, this connection sends no faster. */
  readonly slow?: { readonly afterBytes: number; readonly bytesPerSecond: number };
  /** Offsets in the file whose byte is sent inverted. */
  readonly corruptOffsets?: readonly number[];
}
