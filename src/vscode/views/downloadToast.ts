import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import { defined } from '../../protocol/defined';
import { isFinal, type ModelDownloadProgress } from '../../protocol/downloadProgress';
import { fractionOf } from '../../protocol/format';
import { isAtWork } from '../../protocol/phase';
import type { LazyManager } from '../host/lazyManager';
import type { ErrorMessages } from '../ui/errorMessages';
import { translator } from '../ui/localise';
import { spokenStep, toastText } from '../../protocol/progressText';

/**
 * The notification of the running download: it comes with the download, counts to 100, cancels, and goes with it. One
 * at a time, since one download runs at a time; those that wait are counted in its text.
 */
export class DownloadToast implements Disposable {
  readonly #manager: LazyManager;
  readonly #errors: ErrorMessages;
  readonly #disposables = new DisposableStore();
  readonly #isShownElsewhere: () => boolean;
  readonly #open = new Map<string, ToastFeed>();

  /** `isShownElsewhere`: the panel is in front, where a failed download stands with its error and its actions. */
  constructor(manager: LazyManager, errors: ErrorMessages, isShownElsewhere: () => boolean) {
    this.#isShownElsewhere = isShownElsewhere;
    this.#manager = manager;
    this.#errors = errors;
    this.#disposables.add(manager.onDidChangeDownload((record) => this.#follow(record)));
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const feed of this.#open.values()) feed.end();
  }

  #follow(record: ModelDownloadProgress): void {
    // The window that downloads has the notification.
    if (record.inOtherWindow === true) return;
    const feed = this.#open.get(record.downloadId);
    if (isAtWork(record.status)) {
      if (feed === undefined) this.#show(record);
      else feed.update(record);
      return;
    }
    feed?.end();
    // At once: one that is resumed before the notification is gone gets a new one.
    this.#open.delete(record.downloadId);
    if (record.status === 'completed') void this.#notifyCompleted(record);
    if (record.status === 'error') this.#notifyFailed(record);
  }

  #show(record: ModelDownloadProgress): void {
    const feed = new ToastFeed(record, isReadOut());
    this.#open.set(record.downloadId, feed);
    void vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Downloading {0}', record.modelName),
        cancellable: true,
      },
      async (progress, cancellation) => {
        cancellation.onCancellationRequested(() => {
          void this.#manager
            .get()
            .then((manager) => manager.findDownload(record.downloadId)?.cancel());
        });
        await feed.drive(progress);
      },
    );
  }

  async #notifyCompleted(record: ModelDownloadProgress): Promise<void> {
    const show = vscode.l10n.t('Show in Models View');
    const text = vscode.l10n.t('{0} is downloaded and verified.', record.modelName);
    const chosen = await vscode.window.showInformationMessage(text, show);
    if (chosen === show) await vscode.commands.executeCommand('asr.models.focus');
  }

  #notifyFailed(record: ModelDownloadProgress): void {
    void this.#manager.get().then(async (manager) => {
      const failed = manager.downloads().find(({ downloadId }) => downloadId === record.downloadId);
      if (failed === undefined || !isFinal(failed.progress.status)) return;
      const error: unknown = await failed.finished.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (this.#isShownElsewhere()) {
        this.#errors.log(error);
        return;
      }
      await this.#errors.show(error, () => {
        void this.#retry(record.modelId);
      });
    });
  }

  /** Gets the manager again: the remedy may have been another folder, and so another manager. */
  async #retry(modelId: string): Promise<void> {
    try {
      await (await this.#manager.get()).download(modelId);
    } catch (error) {
      await this.#errors.show(error);
    }
  }
}

/** The editor reads every text of a notification to those who have said that they use a screen reader. */
function isReadOut(): boolean {
  return vscode.workspace.getConfiguration('editor').get<unknown>('accessibilitySupport') === 'on';
}

type ToastProgress = vscode.Progress<{ message?: string; increment?: number }>;

const countdownMs = 1000;

/** Feeds one notification: deltas that sum to 100, and a line of text that changes only when it reads differently. */
class ToastFeed {
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
    const fraction = record.status === 'resolving' ? undefined : fractionOf(record);
    // A file that starts over makes the percentage fall; a notification's bar can't, and waits there instead.
    const increment =
      fraction === undefined ? 0 : Math.max(0, fraction * 100 - this.#reportedPercent);
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

  /** Between two attempts no record comes for seconds, but the text counts them down. */
  #countDown(isWaiting: boolean): void {
    if (isWaiting && !this.#ended) {
      this.#countdown ??= setInterval(() => this.update(this.#record), countdownMs);
      return;
    }
    clearInterval(this.#countdown);
    this.#countdown = undefined;
  }
}
