/** What may be set of a {@link Pace}; zero means as fast as it can. */
export interface PaceOptions {
  bytesPerSecondPerConnection: number;
  bytesPerSecondTotal: number;
  /** Added to every request, as a far server would. */
  latencyMs: number;
  /** While it is there, no byte of a body leaves: the line is dead without anybody having hung up. */
  held: Promise<void> | undefined;
}

/** So slow that none of the tests' files ends while a person looks at it, however slow the workbench is. */
const crawlBytesPerSecond = 400_000;

const mostPieceBytes = 256 * 1024;

/** How fast the test hub sends. May be changed while it sends. */
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

  /** Ends what {@link crawlAfter} began. */
  set bytesPerSecondTotal(bytesPerSecond: number) {
    this.#bytesPerSecondTotal = bytesPerSecond;
    this.#quickBytes = Number.POSITIVE_INFINITY;
  }

  /**
   * After so many more bytes of bodies all of them crawl, until `bytesPerSecondTotal` is set: what a test does in
   * mid-download comes before its end.
   */
  crawlAfter(bytes: number, bytesPerSecond = crawlBytesPerSecond): void {
    this.#quickBytes = bytes;
    this.#crawlBytesPerSecond = bytesPerSecond;
  }

  /** A large piece that is booked at the crawl's rate would hold the line up for seconds after the crawl has ended. */
  get mostPieceBytes(): number {
    return Number.isFinite(this.#quickBytes) ? 16 * 1024 : mostPieceBytes;
  }

  /** Counts what is about to be sent. */
  book(bytes: number): void {
    this.#quickBytes -= bytes;
  }
}

const burstMs = 20;

/** Spaces out bytes so that a rate is held: says how long to wait before the next bytes may go. */
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
