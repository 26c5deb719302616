import * as vscode from 'vscode';
import { causeText } from '../../common/asrError';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { Logger } from '../../common/logger';
import type { ModelManager } from '../../models';
import type { ErrorMessages } from '../ui/errorMessages';
import type { ActiveModel } from './activeModel';
import type { LazyManager } from './lazyManager';

/**
 * Follows the loaded model, whoever loaded it (a command, the panel, another extension): remembers it as the active
 * one (`asr.model`), and tells a person when its process went away by itself.
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
      // Moving the cache builds another manager. Its first model is announced before that model's process can end.
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
