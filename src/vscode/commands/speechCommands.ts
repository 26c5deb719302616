import * as vscode from 'vscode';
import { isCancellation } from '../../common/asrError';
import { chooseLoadable } from '../picker/loadablePicker';
import { acknowledged, openManager, whileLooking } from '../ui/acknowledge';
import { confirmLowMemory } from '../ui/confirmLowMemory';
import { modelIdOf } from './commandArgument';
import type { CommandContext } from './commandContext';
import { offerRemedy } from './loadFailure';
import { phaseText } from './phaseText';

/** Loads a model (downloading it first when it must); it becomes the active one. Resolves with whether it is loaded. */
export async function loadModel(context: CommandContext, argument: unknown): Promise<boolean> {
  const modelId = modelIdOf(argument) ?? (await chooseLoadable(context));
  return modelId !== undefined && (await load(context, modelId));
}

export async function unloadModel({ manager }: CommandContext): Promise<void> {
  await acknowledged(vscode.l10n.t('Unloading the model…'), async () =>
    (await manager.get()).speech.unload(),
  );
}

/** Loads under a notification with its phases; whether it is loaded. What went wrong has been said when it is not. */
export async function load(context: CommandContext, modelId: string): Promise<boolean> {
  const manager = await openManager(context.manager);
  const { name } = await whileLooking(() => manager.findAny(modelId));
  for (;;) {
    try {
      await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: vscode.l10n.t('Loading {0}', name),
          cancellable: true,
        },
        (progress, cancellation) => {
          const abort = new AbortController();
          cancellation.onCancellationRequested(() => abort.abort());
          return manager.speech.load(
            modelId,
            (phase) => progress.report({ message: phaseText(phase) }),
            abort.signal,
            confirmLowMemory,
          );
        },
      );
      return true;
    } catch (error) {
      if (isCancellation(error)) return false;
      if (!(await offerRemedy(context, modelId, error))) return false;
    }
  }
}
