import * as vscode from 'vscode';
import type { Disposable } from '../../common/disposable';
import { isFinal, type ModelDownloadProgress } from '../../protocol/downloadProgress';
import { percentText } from '../../protocol/format';
import type { ActiveModel } from '../host/activeModel';
import type { LazyManager } from '../host/lazyManager';
import { translator } from '../ui/localise';
import { progressText } from '../../protocol/progressText';

/** The running download on the status bar (name, percent, details in the tooltip), and the model that is loaded or active. */
export class StatusBar implements Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #loadedItem: vscode.StatusBarItem;
  readonly #subscriptions: readonly Disposable[];
  /** The shown download: this window's own, else the first of another window's. */
  #shownId: string | undefined;
  #wasLoaded = false;

  constructor(manager: LazyManager, active: ActiveModel) {
    this.#item = vscode.window.createStatusBarItem(
      'asr.download',
      vscode.StatusBarAlignment.Left,
      0,
    );
    this.#item.name = vscode.l10n.t('ASR Model Download');
    this.#item.command = 'asr.openModelManager';
    this.#loadedItem = vscode.window.createStatusBarItem(
      'asr.loadedModel',
      vscode.StatusBarAlignment.Right,
      0,
    );
    this.#loadedItem.name = vscode.l10n.t('ASR Loaded Model');
    this.#loadedItem.command = 'asr.transcribeFile';
    this.#subscriptions = [
      manager.onDidChangeDownload((record) => this.#show(record)),
      manager.onDidChangeModels(() => this.#showLoaded(manager.loaded?.speech.loaded)),
    ];
    this.#showRemembered(active.name);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#item.dispose();
    this.#loadedItem.dispose();
  }

  /** From the start, until a model is loaded: what the last session transcribed with. */
  #showRemembered(name: string | undefined): void {
    if (name === undefined) return;
    this.#loadedItem.text = `$(mic) ${name}`;
    this.#loadedItem.tooltip = vscode.l10n.t(
      '{0} is the active model and not loaded yet. Click to transcribe an audio file with it.',
      name,
    );
    this.#loadedItem.show();
  }

  #showLoaded(
    model: { readonly name: string; readonly engineDescription: string } | undefined,
  ): void {
    if (model === undefined) {
      // Unloaded; or the event only says that the disk was read, and nothing has been loaded yet.
      if (this.#wasLoaded) this.#loadedItem.hide();
      return;
    }
    this.#wasLoaded = true;
    this.#loadedItem.text = `$(mic) ${model.name}`;
    this.#loadedItem.tooltip = vscode.l10n.t(
      '{0} is loaded ({1}). Click to transcribe an audio file.',
      model.name,
      model.engineDescription,
    );
    this.#loadedItem.show();
  }

  #show(record: ModelDownloadProgress): void {
    if (isFinal(record.status) || record.status === 'paused') {
      if (record.downloadId !== this.#shownId) return;
      this.#shownId = undefined;
      this.#item.hide();
      return;
    }
    if (record.status === 'queued') return;
    const isAnother = this.#shownId !== undefined && this.#shownId !== record.downloadId;
    if (isAnother && record.inOtherWindow === true) return;
    this.#shownId = record.downloadId;
    const percent = percentText(record);
    this.#item.text =
      percent === undefined
        ? `$(loading~spin) ${record.modelName}`
        : `$(cloud-download) ${record.modelName} ${percent}`;
    this.#item.tooltip = `${record.modelName}\n${progressText(record, Date.now(), translator())}`;
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Downloading {0}, {1}', record.modelName, percent ?? ''),
      role: 'progressbar',
    };
    this.#item.show();
  }
}
