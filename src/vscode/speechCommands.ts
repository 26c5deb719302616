import * as vscode from 'vscode';
import { AsrError } from '../base/asrError';
import { sentence } from '../base/sentence';
import { modelIdOf } from './commandArgument';
import type { CommandContext } from './commandContext';
import type { LazyManager } from './lazyManager';
import { phaseText } from './phaseText';

/** Loads a model (downloading it first when it must) and makes it the active one. */
export async function loadModel({ manager }: CommandContext, argument: unknown): Promise<void> {
  const modelId = modelIdOf(argument) ?? (await chooseLoadable(manager));
  if (modelId === undefined) return;
  await load(manager, modelId);
}

export async function unloadModel({ manager }: CommandContext): Promise<void> {
  await (await manager.get()).speech.unload();
}

/** Puts the code that loads a downloaded model elsewhere on the clipboard: the right one for its format. */
export async function copyCodeSnippet(
  { manager }: CommandContext,
  argument: unknown,
): Promise<void> {
  const modelId = modelIdOf(argument);
  if (modelId === undefined) return;
  const { text } = await (await manager.get()).speech.snippet(modelId);
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Code copied'), 4000);
}

/** Loads under a notification with its phases; resolves with the model's name. */
export async function load(manager: LazyManager, modelId: string): Promise<string> {
  const loaded = await manager.get();
  const { name } = await loaded.findAny(modelId);
  const model = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Loading {0}', name),
      cancellable: true,
    },
    (progress, cancellation) => {
      const abort = new AbortController();
      cancellation.onCancellationRequested(() => {
        abort.abort();
      });
      return loaded.speech.load(
        modelId,
        (phase) => {
          progress.report({ message: phaseText(phase) });
        },
        abort.signal,
      );
    },
  );
  await vscode.workspace
    .getConfiguration('asr')
    .update('model', modelId, vscode.ConfigurationTarget.Global);
  return model.name;
}

async function chooseLoadable(manager: LazyManager): Promise<string | undefined> {
  const loaded = await manager.get();
  const records = (await loaded.models()).filter(
    ({ state, model }) => state === 'downloaded' && loaded.speech.refusal(model) === undefined,
  );
  if (records.length === 0) {
    throw new AsrError(
      'notFound',
      sentence(
        'No downloaded model can be loaded here. Run "ASR: Download Model" and choose a ggml or sherpa-onnx model.',
      ),
    );
  }
  const rows = records.map(({ model }) => ({
    label: model.name,
    description: model.format,
    modelId: model.id,
  }));
  const chosen = await vscode.window.showQuickPick(rows, { title: vscode.l10n.t('Load Model') });
  return chosen?.modelId;
}
