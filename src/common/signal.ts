/** Wakes the one that waits: for state that changes in a callback and is waited for in a loop. */
export class Signal {
  #wake: (() => void) | undefined;

  /** Resolves with the next `notify`. One at a time may wait. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
