import type { HubContent } from './content';

/** A cut of the connection after a number of body bytes. */
export interface Cut {
  readonly afterBytes: number;
  /** `reset`: RST; `end`: FIN before the announced length; `stall`: silence until the client closes the connection. */
  readonly how: 'reset' | 'end' | 'stall';
  /** Ends a stall: the body continues. */
  readonly released?: Promise<void>;
}

/** An answer before it is sent. It is plain data, so a fault is a function from one answer to another. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: {
    readonly content: HubContent;
    /** First byte of the content that is sent. */
    readonly start: number;
    /** Exclusive. */
    readonly end: number;
  };
  /** Delay before the first header. */
  readonly delayMs?: number;
  /** Never answer. */
  readonly hang?: boolean;
  /** Bytes to send after the body. */
  readonly extraBytes?: number;
  readonly cut?: Cut;
  /** The speed limit of this connection after a number of body bytes. */
  readonly slow?: { readonly afterBytes: number; readonly bytesPerSecond: number };
  /** Offsets in the file whose byte is sent inverted. */
  readonly corruptOffsets?: readonly number[];
}
