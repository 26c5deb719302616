import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { ModelManager } from '../../models';
import { isFinal } from '../../protocol/downloadProgress';
import type { LazyManager } from '../host/lazyManager';
import { emptyReason, type EmptyReason } from './emptyReason';

/** The keys of the manifest's `when` clauses. `asr.noModels` is true only when that is known. */
interface ContextValues {
  readonly 'asr.downloading': boolean;
  readonly 'asr.paused': boolean;
  readonly 'asr.modelLoaded': boolean;
  readonly 'asr.noModels': boolean;
  readonly 'asr.emptyReason': EmptyReason;
}

/** The context keys, set in the editor only when they change. */
export class ContextKeys implements Disposable {
  readonly #manager: LazyManager;
  readonly #disposables = new DisposableStore();
  readonly #values = new Map<keyof ContextValues, boolean | string>();

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
    const folder = noModels ? await manager.library.folderState() : undefined;
    this.#set('asr.emptyReason', folder ? emptyReason(folder, manager.isLineDown) : '');
  }

  #follow(): void {
    const manager = this.#manager.loaded;
    const all = manager?.downloads() ?? [];
    const states = all.map(({ progress }) => progress.status).filter((status) => !isFinal(status));
    const isRunning = states.some((status) => status !== 'paused');
    this.#set('asr.downloading', isRunning);
    this.#set('asr.paused', states.includes('paused'));
    this.#set('asr.modelLoaded', manager?.speech.loaded !== undefined);
    if (isRunning) this.#set('asr.noModels', false);
  }

  #set<Key extends keyof ContextValues>(key: Key, value: ContextValues[Key]): void {
    if (this.#values.get(key) === value) return;
    this.#values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
