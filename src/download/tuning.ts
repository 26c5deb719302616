/** The transfer's own constants, in one record so that a test can make them small. Sizes in bytes, times in ms. */
export interface Tuning {
  /** The most that one request asks for: what a kill can cost per connection, and how far hashing lags behind. */
  readonly segmentBytes: number;
  /** The first requests ask for less, because nothing is known of the line's speed yet. */
  readonly firstSegmentBytes: number;
  /** Nothing smaller is asked for on a line that is fast or not known yet. */
  readonly minSegmentBytes: number;
  /**
   * Towards the end the requests become shorter, down to this time at a connection's speed (long against a request's
   * delay), but never to fewer bytes than these.
   */
  readonly leastSegmentMs: number;
  readonly leastSegmentBytes: number;
  /**
   * The rest of a slow connection is shared with an idle one when each gets at least this much: bytes that are on their
   * way to the slow one beyond its new end are lost.
   */
  readonly leastSplitMs: number;
  /** How long one request should last at its connection's speed: long against a request's delay. */
  readonly segmentMs: number;
  /** The unit in which damage done by the disk is found and repaired. */
  readonly pieceBytes: number;
  /**
   * Bytes gathered before a write. Each write has a fixed cost: writes of 1 MB to the page cache were measured to be 18
   * times as fast as writes of 16 kB.
   */
  readonly writeBytes: number;
  /** The oldest gathered byte is written after this time, so that a slow line loses little to a kill. */
  readonly writeMs: number;
  /** A flush to the disk and a journal begin when this much was written since the last one… */
  readonly flushBytes: number;
  /** …or this time has passed. */
  readonly flushMs: number;
  /**
   * Retry delays double from the first value to the second: short enough after a dropped connection, and long enough
   * for a server in trouble. Other downloaders use similar values.
   */
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** A connection without a byte for this long, while others flow, is replaced. */
  readonly silentConnectionMs: number;
  /** When every connection has been silent for this long, one is opened anew, to see whether the others are dead. */
  readonly silentTransferMs: number;
  /** At the end of a file, where others are idle, a connection that is silent for this long is replaced. */
  readonly stragglerMs: number;
  /** A connection's speed is judged over this time; after one was replaced for it, at least the second passes. */
  readonly collapseWindowMs: number;
  readonly collapseRestMs: number;
  /** The most that the head of an answer may take; a shorter stall limit wins. */
  readonly headTimeoutMs: number;
  readonly startConnections: number;
  /** How often a full disk is checked again. */
  readonly diskPollMs: number;
  /** Free space that is left in addition to the bytes themselves. */
  readonly diskMarginBytes: number;
  /** A server that asks for a longer wait than this ends the transfer with `rateLimited`. */
  readonly maxServerWaitMs: number;
}

const MiB = 1024 * 1024;

export const defaultTuning: Tuning = {
  segmentBytes: 32 * MiB,
  firstSegmentBytes: 16 * MiB,
  minSegmentBytes: 2 * MiB,
  leastSegmentMs: 400,
  leastSplitMs: 600,
  leastSegmentBytes: MiB / 16,
  segmentMs: 1500,
  pieceBytes: 4 * MiB,
  writeBytes: MiB,
  writeMs: 500,
  flushBytes: 32 * MiB,
  flushMs: 1000,
  retryBaseMs: 1000,
  retryMaxMs: 30_000,
  silentConnectionMs: 10_000,
  silentTransferMs: 3000,
  stragglerMs: 1000,
  collapseWindowMs: 1500,
  collapseRestMs: 10_000,
  headTimeoutMs: 30_000,
  startConnections: 4,
  diskPollMs: 2000,
  diskMarginBytes: 64 * MiB,
  maxServerWaitMs: 15 * 60_000,
};
