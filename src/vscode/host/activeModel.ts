import * as vscode from 'vscode';
import { causeText } from '../../common/asrError';
import { type Disposable, DisposableStore } from '../../common/disposable';
import { isObject } from '../../common/json';
import type { Logger } from '../../common/logger';
import type { ModelManager } from '../../models';
import type { ErrorMessages } from '../ui/errorMessages';
import type { LazyManager } from './lazyManager';
import { mementoKeys } from './mementos';
import { activeModelId, updateSetting } from './settings';

/**
 * The model that transcribes (`asr.model`), remembered across restarts. Its name is stored as well, so that a start can
 * show it without loading the catalogs.
 */
export class ActiveModel {
  readonly #memento: vscode.Memento;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  /** Its name, or its id when the name is not known; undefined when no model is active. */
  get name(): string | undefined {
    const modelId = activeModelId();
    if (modelId === '') return undefined;
    const stored = this.#memento.get<unknown>(mementoKeys.activeModelName);
    const isNamed = isObject(stored) && stored['modelId'] === modelId;
    return isNamed && typeof stored['name'] === 'string' ? stored['name'] : modelId;
  }

  /** Makes a model the active one. */
  async remember(modelId: string, name: string): Promise<void> {
    await this.#memento.update(mementoKeys.activeModelName, { modelId, name });
    if (activeModelId() !== modelId) await updateSetting('model', modelId);
  }
}

/**
 * Follows the loaded model, which a command, the panel or another extension may have loaded: remembers it as the active
 * one (`asr.model`), and shows an error when its process has crashed.
 */
export function watchLoadedModel(
  manager: LazyManager,
  errors: ErrorMessages,
  active: ActiveModel,
  logger: Logger,
): Disposable {
  const disposables = new DisposableStore();
  let watched: ModelManager | undefined;
  let activeId: string | undefined;
  const watchExits = (current: ModelManager): void => {
    watched = current;
    disposables.add(
      current.speech.onDidFallBack(({ name }) => {
        void vscode.window.showWarningMessage(
          vscode.l10n.t(
            '{0} failed on the graphics card, so it runs on the processor from now on.',
            name,
          ),
        );
      }),
    );
    disposables.add(
      current.speech.onDidExit(({ modelId, error }) => {
        void errors.show(error, () => {
          void vscode.commands.executeCommand('asr.loadModel', modelId);
        });
      }),
    );
  };
  disposables.add(
    manager.onDidChangeModels(() => {
      const current = manager.loaded;
      if (current === undefined) return;
      // A moved cache gets another manager. Its first model is announced before that model's process can end.
      if (current !== watched) watchExits(current);
      const { loaded } = current.speech;
      if (loaded === undefined || loaded.modelId === activeId) return;
      activeId = loaded.modelId;
      active
        .remember(loaded.modelId, loaded.name)
        .catch((error: unknown) =>
          logger.warn(`the active model could not be remembered: ${causeText(error)}`),
        );
    }),
  );
  return disposables;
}
