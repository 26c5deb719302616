import type { DownloadRun } from './downloadRun';

/** One download runs, the others wait in the order they came. A paused one gives its place to the next. */
export class DownloadQueue {
  readonly #waiting: DownloadRun[] = [];
  readonly #onDidChange: () => void;
  #active: DownloadRun | undefined;

  constructor(onDidChange: () => void) {
    this.#onDidChange = onDidChange;
  }

  get active(): DownloadRun | undefined {
    return this.#active;
  }

  get waiting(): readonly DownloadRun[] {
    return this.#waiting;
  }

  /** What the waiting ones still have to fetch, in bytes, as far as that is known. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { remainingBytes }) => sum + remainingBytes, 0);
  }

  add(run: DownloadRun): void {
    this.#waiting.push(run);
    this.#onDidChange();
    void this.#next();
  }

  /** Takes a run out of the line, if it stands there. */
  remove(run: DownloadRun): void {
    const place = this.#waiting.indexOf(run);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  async #next(): Promise<void> {
    if (this.#active !== undefined) return;
    const run = this.#waiting.shift();
    if (run === undefined) return;
    this.#active = run;
    await run.takeTurn();
    this.#active = undefined;
    this.#onDidChange();
    await this.#next();
  }
}
