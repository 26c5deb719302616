import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { CommandContext } from './commandContext';
import { cancelDownload, downloadModel, pauseDownload, resumeDownload } from './downloadCommands';
import { importModel, moveCache } from './cacheCommands';
import { modelIdOf } from './commandArgument';
import { clearCache, freeUpSpace, verifyModel } from './maintenanceCommands';
import { copyModelPath, deleteModels, revealModel } from './modelCommands';
import { copyCodeSnippet } from './copyCodeSnippet';
import { removeEverything } from './removeEverything';
import { restoreModel } from './restoreCommand';
import { loadModel, unloadModel } from './speechCommands';
import { transcribeFile } from './transcribeCommand';
import { checkForUpdates, updateModel } from './updateCommands';
import { clearToken, setToken } from './tokenCommands';

/** A command's work. What the tree or another extension hands over is unknown until looked at. */
type Handler = (context: CommandContext, argument: unknown, selection: unknown) => Promise<unknown>;

/** Every command of the manifest; a test compares the two both ways. */
export const commandTable = {
  'asr.downloadModel': downloadModel,
  'asr.cancelDownload': cancelDownload,
  'asr.pauseDownload': pauseDownload,
  'asr.resumeDownload': resumeDownload,
  'asr.deleteModel': deleteModels,
  'asr.copyModelPath': copyModelPath,
  'asr.revealModel': revealModel,
  'asr.verifyModel': verifyModel,
  'asr.clearCache': clearCache,
  'asr.freeUpSpace': freeUpSpace,
  'asr.removeEverything': removeEverything,
  'asr.checkForUpdates': checkForUpdates,
  'asr.updateModel': updateModel,
  'asr.restoreModel': restoreModel,
  'asr.importModel': importModel,
  'asr.moveCache': moveCache,
  'asr.loadModel': loadModel,
  'asr.unloadModel': unloadModel,
  'asr.transcribeFile': transcribeFile,
  'asr.copyCodeSnippet': copyCodeSnippet,
  'asr.openModelManager': ({ openPanel }, argument) => {
    openPanel(modelIdOf(argument));
    return Promise.resolve();
  },
  'asr.setToken': setToken,
  'asr.clearToken': clearToken,
  'asr.showLog': ({ log }) => {
    log.show();
    return Promise.resolve();
  },
} satisfies Record<`asr.${string}`, Handler>;

/** Registers the whole table. The one place that catches what a command throws. */
export function registerCommands(context: CommandContext): Disposable {
  const disposables = new DisposableStore();
  for (const [id, handler] of Object.entries<Handler>(commandTable)) {
    const run = async (argument: unknown, selection: unknown): Promise<unknown> => {
      try {
        return await handler(context, argument, selection);
      } catch (error) {
        await context.errors.show(error, () => void run(argument, selection));
        return undefined;
      }
    };
    disposables.add(vscode.commands.registerCommand(id, run));
  }
  return disposables;
}
