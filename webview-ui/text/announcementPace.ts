/** Runs a function later; returns what takes that back. */
type Later = (run: () => void, ms: number) => () => void;

/** The time a screen reader has for one announcement before the next. */
export const announcementPauseMs = 3000;

/**
 * Says texts at a pace that can be followed: the first at once, each further one no sooner than
 * {@link announcementPauseMs} after the one before. Of a subject that has more to say meanwhile only its newest text
 * is said: a small download that is done within a second says that it started, then that it is complete.
 */
export class AnnouncementPace {
  readonly #say: (text: string) => void;
  readonly #later: Later;
  readonly #waiting = new Map<string, string>();
  #takeBack: (() => void) | undefined;

  constructor(say: (text: string) => void, later: Later) {
    this.#say = say;
    this.#later = later;
  }

  /** `subject` is what the text is about, such as a download's id. */
  add(subject: string, text: string): void {
    // The newest text comes last, also when its subject waited already.
    this.#waiting.delete(subject);
    this.#waiting.set(subject, text);
  }

  /** Says what was added, now or when the pause after the last text is over. */
  flush(): void {
    if (this.#takeBack !== undefined || this.#waiting.size === 0) return;
    const text = [...this.#waiting.values()].join(' ');
    this.#waiting.clear();
    this.#takeBack = this.#later(() => {
      this.#takeBack = undefined;
      this.flush();
    }, announcementPauseMs);
    this.#say(text);
  }

  /** Says nothing any more. */
  dispose(): void {
    this.#waiting.clear();
    this.#takeBack?.();
  }
}
