import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { ModelManager } from '../../models';
import { isFinal } from '../../protocol/downloadProgress';
import type { LazyManager } from '../host/lazyManager';
import { emptyReason, LineWatch } from './emptyReason';

/**
 * What the manifest's `when` clauses look at: `asr.downloading`, `asr.paused`, `asr.modelLoaded`, `asr.noModels` (true
 * only when that is known) and `asr.emptyReason`. Told to the editor only when they change.
 */
export class ContextKeys implements Disposable {
  readonly #manager: LazyManager;
  readonly #disposables = new DisposableStore();
  readonly #values = new Map<string, boolean | string>();
  readonly #line = new LineWatch();

  constructor(manager: LazyManager) {
    this.#manager = manager;
    this.#disposables.add(
      manager.onDidChangeDownload((record) => {
        this.#line.note(record);
        this.#follow();
      }),
    );
    this.#disposables.add(
      manager.onDidChangeModels(() => {
        this.#follow();
        // Whoever shows the models says what is wrong with the disk; the keys stay as they are then.
        if (manager.loaded !== undefined) void this.look(manager.loaded).catch(() => undefined);
      }),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** Reads what is on the disk, which the manager keeps, and says what there is. */
  async look(manager: ModelManager): Promise<void> {
    const records = await manager.models();
    const noModels =
      records.every(({ state }) => state === 'notDownloaded') &&
      manager.downloads().every(({ progress }) => isFinal(progress.status));
    this.#set('asr.noModels', noModels);
    const reason = noModels
      ? emptyReason(await manager.library.folderState(), this.#line.isDown)
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
