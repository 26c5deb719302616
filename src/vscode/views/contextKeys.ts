import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { ModelManager } from '../../models';
import { isFinal } from '../../protocol/downloadProgress';
import type { LazyManager } from '../host/lazyManager';
import { emptyReason } from './emptyReason';

/**
 * The context keys of the manifest's `when` clauses: `asr.downloading`, `asr.paused`, `asr.modelLoaded`, `asr.noModels` (true
 * only when that is known) and `asr.emptyReason`. Set in the editor only when they change.
 */
export class ContextKeys implements Disposable {
  readonly #manager: LazyManager;
  readonly #disposables = new DisposableStore();
  readonly #values = new Map<string, boolean | string>();

  constructor(manager: LazyManager) {
    this.#manager = manager;
    this.#disposables.add(manager.onDidChangeDownload(() => this.#follow()));
    this.#disposables.add(
      manager.onDidChangeModels(() => {
        this.#follow();
        // The view reports what is wrong with the disk; the keys stay as they are then.
        if (manager.loaded !== undefined) void this.update(manager.loaded).catch(() => undefined);
      }),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** Sets the keys that depend on the disk, from the manager's cached state. */
  async update(manager: ModelManager): Promise<void> {
    const records = await manager.models();
    const noModels =
      records.every(({ state }) => state === 'notDownloaded') &&
      manager.downloads().every(({ progress }) => isFinal(progress.status));
    this.#set('asr.noModels', noModels);
    const reason = noModels
      ? emptyReason(await manager.library.folderState(), manager.isLineDown)
      : '';
    this.#set('asr.emptyReason', reason);
  }

  #follow(): void {
    const manager = this.#manager.loaded;
    const all = manager?.downloads() ?? [];
    const isRunning = all.some(
      ({ progress }) => !isFinal(progress.status) && progress.status !== 'paused',
    );
    this.#set('asr.downloading', isRunning);
    this.#set(
      'asr.paused',
      all.some(({ progress }) => progress.status === 'paused'),
    );
    this.#set('asr.modelLoaded', manager?.speech.loaded !== undefined);
    if (isRunning) this.#set('asr.noModels', false);
  }

  #set(key: string, value: boolean | string): void {
    if (this.#values.get(key) === value) return;
    this.#values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
