import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';
import type { LazyManager } from './lazyManager';
import { percentText, progressText } from './progressText';

/** The running download on the status bar: name and percent, details in the tooltip, a click leads to the models. */
export class StatusBar implements Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #subscription: Disposable;
  #downloadId: string | undefined;

  constructor(manager: LazyManager) {
    this.#item = vscode.window.createStatusBarItem(
      'asr.download',
      vscode.StatusBarAlignment.Left,
      0,
    );
    this.#item.name = vscode.l10n.t('ASR Model Download');
    this.#item.command = 'asr.models.focus';
    this.#subscription = manager.onDidChangeDownload((record) => {
      this.#show(record);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #show(record: ModelDownloadProgress): void {
    if (isFinal(record.status) || record.status === 'paused') {
      if (record.downloadId !== this.#downloadId) return;
      this.#downloadId = undefined;
      this.#item.hide();
      return;
    }
    if (record.status === 'queued') return;
    this.#downloadId = record.downloadId;
    const percent = percentText(record);
    this.#item.text =
      percent === undefined
        ? `$(loading~spin) ${record.modelName}`
        : `$(cloud-download) ${record.modelName} ${percent}`;
    this.#item.tooltip = `${record.modelName}\n${progressText(record, Date.now(), vscode.l10n.t)}`;
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Downloading {0}, {1}', record.modelName, percent ?? ''),
      role: 'progressbar',
    };
    this.#item.show();
  }
}
