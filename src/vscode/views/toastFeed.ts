import type * as vscode from 'vscode';
import { defined } from '../../protocol/defined';
import type { ModelDownloadProgress } from '../../protocol/downloadProgress';
import { translator } from '../ui/localise';
import { percentOf, toastText } from './progressText';
import { spokenStep } from './spokenStep';

type ToastProgress = vscode.Progress<{ message?: string; increment?: number }>;

const countdownMs = 1000;

/** Feeds one notification: deltas that sum to 100, and a line of text that changes only when it reads differently. */
export class ToastFeed {
  readonly #isSparse: boolean;
  #record: ModelDownloadProgress;
  #progress: ToastProgress | undefined;
  #reportedPercent = 0;
  #lastText = '';
  #lastStep = '';
  #countdown: NodeJS.Timeout | undefined;
  #ended = false;
  #finish: () => void = () => undefined;

  /** `isSparse`: every text of a notification is read out, so it changes only where {@link spokenStep} does. */
  constructor(record: ModelDownloadProgress, isSparse: boolean) {
    this.#record = record;
    this.#isSparse = isSparse;
  }

  /** Runs until {@link end}. */
  async drive(progress: ToastProgress): Promise<void> {
    this.#progress = progress;
    this.update(this.#record);
    if (this.#ended) return;
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
  }

  update(record: ModelDownloadProgress): void {
    this.#record = record;
    // While the hub is asked, the old figures of a resumed download may be another commit's.
    const percent = record.status === 'resolving' ? undefined : percentOf(record);
    // A file that starts over makes the percentage fall; a notification's bar can't, and waits there instead.
    const increment = percent === undefined ? 0 : Math.max(0, percent - this.#reportedPercent);
    const message = this.#nextText();
    if (this.#progress !== undefined && (increment > 0 || message !== undefined)) {
      this.#reportedPercent += increment;
      this.#progress.report({
        ...defined({ message }),
        ...(increment > 0 ? { increment } : {}),
      });
    }
    this.#countDown(record.retryAt !== undefined && !this.#isSparse);
  }

  end(): void {
    this.#ended = true;
    this.#countDown(false);
    this.#finish();
  }

  #nextText(): string | undefined {
    const step = spokenStep(this.#record);
    if (this.#isSparse && step === this.#lastStep) return undefined;
    const text = toastText(this.#record, Date.now(), translator());
    if (text === this.#lastText || this.#progress === undefined) return undefined;
    this.#lastStep = step;
    this.#lastText = text;
    return text;
  }

  /** Between two attempts nothing is heard of the transfer for seconds, but the seconds count down. */
  #countDown(wanted: boolean): void {
    if (wanted && !this.#ended) {
      this.#countdown ??= setInterval(() => this.update(this.#record), countdownMs);
      return;
    }
    clearInterval(this.#countdown);
    this.#countdown = undefined;
  }
}
