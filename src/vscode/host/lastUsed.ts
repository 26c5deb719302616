import type * as vscode from 'vscode';
import { isObject } from '../../common/json';
import type { Disposable } from '../../common/disposable';
import type { LazyManager } from './lazyManager';

const key = 'asr.lastUsed';

/** When each model was last loaded here, in the editor's memento; only for showing. */
export class LastUsed implements Disposable {
  readonly #memento: vscode.Memento;
  readonly #subscription: Disposable;
  #loadedId: string | undefined;

  constructor(memento: vscode.Memento, manager: LazyManager) {
    this.#memento = memento;
    this.#subscription = manager.onDidChangeModels(() => {
      const loadedId = manager.loaded?.speech.loaded?.modelId;
      if (loadedId !== undefined && loadedId !== this.#loadedId) void this.#note(loadedId);
      this.#loadedId = loadedId;
    });
  }

  /** Milliseconds since 1970; undefined when it was never loaded here. */
  of(modelId: string): number | undefined {
    const value = this.#all()[modelId];
    return typeof value === 'number' ? value : undefined;
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #all(): Readonly<Record<string, unknown>> {
    const value = this.#memento.get<unknown>(key);
    return isObject(value) ? value : {};
  }

  async #note(modelId: string): Promise<void> {
    await this.#memento.update(key, { ...this.#all(), [modelId]: Date.now() });
  }
}
