import * as vscode from 'vscode';
import { openManager } from '../ui/acknowledge';
import { actions, startDownload } from './actions';
import { downloadIdOf, modelIdOf, type CommandContext } from './commandContext';
import { paletteContext } from './palette';

/** Starts a model's download; asks which one when none is given. */
export async function downloadModel(context: CommandContext, argument: unknown): Promise<void> {
  const modelId = modelIdOf(argument) ?? (await chosenModel(context));
  if (modelId === undefined) return;
  // The toast, the tree and the status bar show the download, and its failure.
  const { progress } = await startDownload(await paletteContext(context), modelId);
  if (progress.inOtherWindow === true) void reportJoined(progress.modelName);
}

async function chosenModel(context: CommandContext): Promise<string | undefined> {
  const { pickModel } = await import('../picker/modelPicker');
  return await pickModel(context);
}

/** This window shows no notification for a download of another one, so the message says where to see it. */
async function reportJoined(modelName: string): Promise<void> {
  const show = vscode.l10n.t('Show in Models View');
  const text = vscode.l10n.t('Another window is already downloading {0}.', modelName);
  const chosen = await vscode.window.showInformationMessage(text, show);
  if (chosen === show) await vscode.commands.executeCommand('asr.models.focus');
}

/** Cancels the download of a row; without a row the active one, or a paused one. */
export async function cancelDownload(context: CommandContext, argument: unknown): Promise<void> {
  const downloadId =
    downloadIdOf(argument) ??
    (await openManager(context.manager)).activeDownload?.downloadId ??
    (await pausedId(context));
  if (downloadId === undefined) return;
  await actions.download.cancel({ ...(await paletteContext(context)), downloadId });
}

/** Pauses the download of a row, or the active one. */
export async function pauseDownload(context: CommandContext, argument: unknown): Promise<void> {
  const { activeDownload } = await openManager(context.manager);
  const downloadId = downloadIdOf(argument) ?? activeDownload?.downloadId;
  if (downloadId === undefined) return;
  await actions.download.pause({ ...(await paletteContext(context)), downloadId });
}

/** Continues a paused download, or from the bytes that an unfinished one left. */
export async function resumeDownload(context: CommandContext, argument: unknown): Promise<void> {
  const id = downloadIdOf(argument) ?? (await pausedId(context));
  if (id === undefined) return;
  const action = await paletteContext(context);
  const modelId = action.manager.findDownload(id)?.modelId ?? id;
  await actions.model.resume({ ...action, modelId });
}

/** Continues a download here that another window has and does not answer for: that of a row or of an error message. */
export async function takeOverDownload(context: CommandContext, argument: unknown): Promise<void> {
  const action = await paletteContext(context);
  const silent = action.manager.downloads().find(({ progress }) => progress.isOwnerSilent === true);
  const downloadId = downloadIdOf(argument) ?? silent?.downloadId;
  if (downloadId !== undefined) await actions.download.takeOver({ ...action, downloadId });
}

/** Downloads the new revision; the old one stays until it is cleaned up. Without an id, of all known updates. */
export async function updateModel(context: CommandContext, argument: unknown): Promise<void> {
  const modelId = modelIdOf(argument);
  const action = await paletteContext(context);
  if (modelId === undefined) await actions.none.updateAll(action);
  else await actions.model.update({ ...action, modelId });
}

async function pausedId({ manager }: CommandContext): Promise<string | undefined> {
  const downloads = (await openManager(manager)).downloads();
  return downloads.find(({ progress }) => progress.status === 'paused')?.downloadId;
}
