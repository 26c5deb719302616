import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import { isFinal, type ModelDownloadProgress } from '../../protocol/downloadProgress';
import type { LazyManager } from '../host/lazyManager';
import type { ErrorMessages } from '../ui/errorMessages';
import { ToastFeed } from './toastFeed';

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
    // Its owner's window has the notification.
    if (record.inOtherWindow === true) return;
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
        this.#errors.note(error);
        return;
      }
      await this.#errors.show(error, () => {
        void this.#retry(record.modelId);
      });
    });
  }

  /** Asks for the manager anew: what mended the failure may have been another folder, and so another manager. */
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
