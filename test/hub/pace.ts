/** The settings of a {@link Pace}; zero means no limit. */
export interface PaceOptions {
  bytesPerSecondPerConnection: number;
  bytesPerSecondTotal: number;
  /** Added to every request, as the latency of a distant server. */
  latencyMs: number;
  /** While it is pending, no byte of a body is sent and the connections stay open: the network is dead. */
  held: Promise<void> | undefined;
}

/** So slow that no file of the tests ends before its test has acted, however slow the workbench is. */
const crawlBytesPerSecond = 400_000;

const mostPieceBytes = 256 * 1024;

/** How fast the test hub sends. Can be changed while it sends. */
export class Pace implements PaceOptions {
  bytesPerSecondPerConnection: number;
  latencyMs: number;
  held: Promise<void> | undefined;
  #bytesPerSecondTotal: number;
  #crawlBytesPerSecond = crawlBytesPerSecond;
  #quickBytes = Number.POSITIVE_INFINITY;

  constructor(options: Partial<PaceOptions> = {}) {
    this.bytesPerSecondPerConnection = options.bytesPerSecondPerConnection ?? 0;
    this.latencyMs = options.latencyMs ?? 0;
    this.held = options.held;
    this.#bytesPerSecondTotal = options.bytesPerSecondTotal ?? 0;
  }

  get bytesPerSecondTotal(): number {
    return this.#quickBytes > 0 ? this.#bytesPerSecondTotal : this.#crawlBytesPerSecond;
  }

  /** Ends {@link crawlAfter}. */
  set bytesPerSecondTotal(bytesPerSecond: number) {
    this.#bytesPerSecondTotal = bytesPerSecond;
    this.#quickBytes = Number.POSITIVE_INFINITY;
  }

  /**
   * After that many more bytes all bodies crawl, until `bytesPerSecondTotal` is set: a test can act in the middle of a
   * download, before its end.
   */
  crawlAfter(bytes: number, bytesPerSecond = crawlBytesPerSecond): void {
    this.#quickBytes = bytes;
    this.#crawlBytesPerSecond = bytesPerSecond;
  }

  /** Limits a piece: a large one that is booked at the crawl's rate would delay the next for seconds after the crawl. */
  get mostPieceBytes(): number {
    return Number.isFinite(this.#quickBytes) ? 16 * 1024 : mostPieceBytes;
  }

  /** Counts the bytes that are about to be sent. */
  book(bytes: number): void {
    this.#quickBytes -= bytes;
  }
}

const burstMs = 20;

/** Keeps a rate: computes how long to wait before the next bytes are sent. */
export class Pacer {
  #freeAtMs = 0;

  /** Books bytes at a rate (bytes per second) and returns the milliseconds to wait before sending them. */
  book(bytes: number, bytesPerSecond: number, nowMs: number): number {
    if (bytesPerSecond <= 0) return 0;
    const startMs = Math.max(this.#freeAtMs, nowMs - burstMs);
    this.#freeAtMs = startMs + (bytes / bytesPerSecond) * 1000;
    return Math.max(0, startMs - nowMs);
  }
}

/** A piece that is neither too small for the machine nor too coarse for the rate: about a fiftieth of a second. */
export function pieceBytes(rates: readonly number[]): number {
  const rate = Math.min(...rates.filter((each) => each > 0));
  if (!Number.isFinite(rate)) return 1024 * 1024;
  return Math.max(512, Math.min(mostPieceBytes, Math.floor(rate / 50)));
}
