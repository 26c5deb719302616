import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import type { ErrorMessages } from './errorMessages';
import type { LazyManager } from './lazyManager';
import { percentOf, progressText } from './progressText';

/**
 * The notification of the running download: it comes with the download, counts to 100, cancels, and goes with it. One
 * at a time, since one download runs at a time; those that wait are counted in its text.
 */
export class DownloadToast implements Disposable {
  readonly #manager: LazyManager;
  readonly #errors: ErrorMessages;
  readonly #disposables = new DisposableStore();
  readonly #open = new Map<string, ToastFeed>();

  constructor(manager: LazyManager, errors: ErrorMessages) {
    this.#manager = manager;
    this.#errors = errors;
    this.#disposables.add(
      manager.onDidChangeDownload((record) => {
        this.#follow(record);
      }),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const feed of this.#open.values()) feed.end();
  }

  #follow(record: ModelDownloadProgress): void {
    const running =
      record.status === 'resolving' ||
      record.status === 'downloading' ||
      record.status === 'verifying';
    const feed = this.#open.get(record.downloadId);
    if (running) {
      if (feed === undefined) this.#show(record);
      else feed.update(record);
      return;
    }
    feed?.end();
    if (record.status === 'completed') void this.#tellCompleted(record);
    if (record.status === 'error') this.#tellFailed(record);
  }

  #show(record: ModelDownloadProgress): void {
    const feed = new ToastFeed(record);
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
        this.#open.delete(record.downloadId);
      },
    );
  }

  async #tellCompleted(record: ModelDownloadProgress): Promise<void> {
    const show = vscode.l10n.t('Show in Models View');
    const text = vscode.l10n.t('{0} is downloaded and verified.', record.modelName);
    const chosen = await vscode.window.showInformationMessage(text, show);
    if (chosen === show) await vscode.commands.executeCommand('asr.models.focus');
  }

  #tellFailed(record: ModelDownloadProgress): void {
    void this.#manager.get().then(async (manager) => {
      const failed = manager.downloads().find(({ downloadId }) => downloadId === record.downloadId);
      if (failed === undefined || !isFinal(failed.progress.status)) return;
      const error: unknown = await failed.finished.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      await this.#errors.show(error, () => {
        void manager.download(record.modelId);
      });
    });
  }
}

/** Feeds one notification: deltas that sum to 100, and a line of text that changes only when it reads differently. */
class ToastFeed {
  #record: ModelDownloadProgress;
  #progress: vscode.Progress<{ message?: string; increment?: number }> | undefined;
  #reportedPercent = 0;
  #ended = false;
  #finish: () => void = () => undefined;

  constructor(record: ModelDownloadProgress) {
    this.#record = record;
  }

  /** Runs until {@link end}. */
  async drive(progress: vscode.Progress<{ message?: string; increment?: number }>): Promise<void> {
    this.#progress = progress;
    this.update(this.#record);
    if (this.#ended) return;
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
  }

  update(record: ModelDownloadProgress): void {
    this.#record = record;
    const percent = percentOf(record);
    // A file that starts over makes the percentage fall; a notification's bar can't, and waits there instead.
    const increment = percent === undefined ? 0 : Math.max(0, percent - this.#reportedPercent);
    this.#reportedPercent += increment;
    this.#progress?.report({
      message: progressText(record, Date.now(), vscode.l10n.t),
      ...(increment > 0 ? { increment } : {}),
    });
  }

  end(): void {
    this.#ended = true;
    this.#finish();
  }
}
