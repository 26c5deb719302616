import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import { type CommandContext, modelIdOf } from './commandContext';
import { diagnoseConnection } from './diagnoseConnection';
import {
  cancelDownload,
  downloadModel,
  pauseDownload,
  resumeDownload,
  takeOverDownload,
  updateModel,
} from './downloadCommands';
import {
  copyCodeSnippet,
  copyModelPath,
  deleteSelected,
  restoreModel,
  revealModel,
  verifyModel,
} from './modelCommands';
import { loadModel, unloadModel } from './speechCommands';
import { clearToken, setToken } from './tokenCommands';
import { checkForUpdates } from './updateCommands';

/**
 * commands: what a person can run from the palette, from a row of the tree, from a button of an error message, and
 * what another extension can run with `executeCommand`.
 *
 *   id + argument -> commandTable -> a function of ...Commands.ts -> an action of actions.ts -> ModelManager
 *                                    (asks which model, confirms)    (shared with the panel)
 *
 * Every function gets the {@link CommandContext} and the raw arguments. It resolves with `true` where the caller wants
 * to know that something has changed (an error message then tries the failed work again), and rejects with what went
 * wrong: `registerCommands` shows that, with a Retry button that runs the same command again.
 *
 * actions.ts       what can be done with a model, a download, the cache: one table for all surfaces
 * palette.ts       how the palette shows long work and a failed load
 * commandContext.ts  what the commands act on, and how the ids are read from arguments
 *
 * A new command needs a line in `commandTable` and one in the manifest. It may use the manager, the pickers and the
 * shared messages of `ui`, never the panel or the views.
 */

/** A command's work. Arguments come from the tree or from another extension and have to be checked. */
type Handler = (context: CommandContext, argument: unknown, selection: unknown) => Promise<unknown>;

/** A command that changes the whole cache. They are rare: a bundle of its own, loaded by the first of them. */
function cacheCommand(
  name:
    | 'clearCache'
    | 'exportModels'
    | 'freeUpSpace'
    | 'importModel'
    | 'moveCache'
    | 'removeEverything',
): Handler {
  return async (context, argument, selection) => {
    const commands = await import('./cacheCommands');
    return await commands[name](context, argument, selection);
  };
}

/** Every command of the manifest; a test compares the two both ways. */
export const commandTable = {
  'asr.downloadModel': downloadModel,
  'asr.cancelDownload': cancelDownload,
  'asr.pauseDownload': pauseDownload,
  'asr.resumeDownload': resumeDownload,
  'asr.takeOverDownload': takeOverDownload,
  'asr.deleteModel': deleteSelected,
  'asr.copyModelPath': copyModelPath,
  'asr.revealModel': revealModel,
  'asr.verifyModel': verifyModel,
  'asr.clearCache': cacheCommand('clearCache'),
  'asr.freeUpSpace': cacheCommand('freeUpSpace'),
  'asr.removeEverything': cacheCommand('removeEverything'),
  'asr.checkForUpdates': checkForUpdates,
  'asr.updateModel': updateModel,
  'asr.restoreModel': restoreModel,
  'asr.importModel': cacheCommand('importModel'),
  'asr.exportModels': cacheCommand('exportModels'),
  'asr.moveCache': cacheCommand('moveCache'),
  'asr.loadModel': loadModel,
  'asr.unloadModel': unloadModel,
  'asr.transcribeFile': async (context, argument, second) => {
    // A bundle of its own: most windows never transcribe, and each loads what activation loads.
    const { transcribeFile } = await import('./transcribeCommand');
    await transcribeFile(context, argument, second);
  },
  'asr.copyCodeSnippet': copyCodeSnippet,
  'asr.openModelManager': ({ openPanel }, argument) => {
    openPanel(modelIdOf(argument));
    return Promise.resolve();
  },
  'asr.setToken': setToken,
  'asr.clearToken': clearToken,
  'asr.diagnoseConnection': diagnoseConnection,
  'asr.copyServerAddress': ({ server }) => server.run('copyAddress'),
  'asr.stopServer': ({ server }) => server.run('stop'),
  'asr.showLog': ({ log }) => {
    log.show();
    return Promise.resolve();
  },
} satisfies Record<`asr.${string}`, Handler>;

/** Registers the whole table. The one place that catches the errors of commands. */
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
