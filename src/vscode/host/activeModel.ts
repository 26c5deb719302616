import * as vscode from 'vscode';
import { isObject } from '../../common/json';

const key = 'asr.activeModelName';

/**
 * The model that transcribes (`asr.model`), remembered across restarts. Its name is kept beside the setting, so that a
 * start can show it without loading the catalogs.
 */
export class ActiveModel {
  readonly #memento: vscode.Memento;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  /** What a person reads for it: its name, its id when that is all there is; undefined when no model is active. */
  get name(): string | undefined {
    const modelId = vscode.workspace.getConfiguration('asr').get<unknown>('model');
    if (typeof modelId !== 'string' || modelId === '') return undefined;
    const kept = this.#memento.get<unknown>(key);
    const isNamed = isObject(kept) && kept['modelId'] === modelId;
    return isNamed && typeof kept['name'] === 'string' ? kept['name'] : modelId;
  }

  /** The person loaded it. */
  async remember(modelId: string, name: string): Promise<void> {
    await this.#memento.update(key, { modelId, name });
    const section = vscode.workspace.getConfiguration('asr');
    if (section.get<unknown>('model') === modelId) return;
    await section.update('model', modelId, vscode.ConfigurationTarget.Global);
  }
}
