import * as vscode from 'vscode';
import { pickModel } from '../picker/modelPicker';
import { acknowledged, openManager, whileLooking } from '../ui/acknowledge';
import { downloadIdOf, modelIdOf } from './commandArgument';
import type { CommandContext } from './commandContext';

/** Chooses a model, unless one was handed over, and starts its download. */
export async function downloadModel(context: CommandContext, argument: unknown): Promise<void> {
  const { manager } = context;
  const modelId = modelIdOf(argument) ?? (await pickModel(context));
  if (modelId === undefined) return;
  // The toast, the tree and the status bar follow the download by themselves, its failure included.
  const download = await whileLooking(async () => (await manager.get()).download(modelId));
  if (download.progress.inOtherWindow === true) void reportJoined(download.progress.modelName);
}

/** No notification counts this one here, so the person hears why, and where to look. */
async function reportJoined(modelName: string): Promise<void> {
  const show = vscode.l10n.t('Show in Models View');
  const text = vscode.l10n.t('Another window is already downloading {0}.', modelName);
  const chosen = await vscode.window.showInformationMessage(text, show);
  if (chosen === show) await vscode.commands.executeCommand('asr.models.focus');
}

/** Cancels the download of a row, or the active one. */
export async function cancelDownload(
  { manager }: CommandContext,
  argument: unknown,
): Promise<void> {
  const loaded = await openManager(manager);
  const id = downloadIdOf(argument);
  const paused = loaded.downloads().find(({ progress }) => progress.status === 'paused');
  const download = id === undefined ? (loaded.activeDownload ?? paused) : loaded.findDownload(id);
  if (download === undefined) return;
  // Its bytes are taken away before the download says that it is cancelled.
  await acknowledged(vscode.l10n.t('Cancelling the download…'), () => download.cancel());
}

/** Pauses the download of a row, or the active one. */
export async function pauseDownload({ manager }: CommandContext, argument: unknown): Promise<void> {
  const loaded = await openManager(manager);
  const id = downloadIdOf(argument);
  const download = id === undefined ? loaded.activeDownload : loaded.findDownload(id);
  if (download === undefined) return;
  await acknowledged(vscode.l10n.t('Pausing the download…'), () => download.pause());
}

/** Goes on with a paused download, or with the bytes that an unfinished one left. */
export async function resumeDownload(
  { manager }: CommandContext,
  argument: unknown,
): Promise<void> {
  const loaded = await openManager(manager);
  const id = downloadIdOf(argument);
  const paused = loaded.downloads().find(({ progress }) => progress.status === 'paused');
  const download = id === undefined ? paused : loaded.findDownload(id);
  if (download !== undefined) download.resume();
  else if (id !== undefined) await whileLooking(() => loaded.download(id));
}
