import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { Event } from '../../common/event';
import type { DownloadedModel } from '../../models';
import { onSettingsChanged } from './settings';

/** The variables that VS Code sets in terminals; it keeps them until they are deleted. */
export type TerminalVariables = Pick<
  vscode.EnvironmentVariableCollection,
  'delete' | 'description' | 'get' | 'replace'
>;

/** The part of the manager that is used. */
export interface TerminalModels {
  readonly onDidChangeModels: Event<undefined>;
  get(): Promise<{
    readonly cachePath: string;
    downloadedModels(): Promise<readonly Pick<DownloadedModel, 'modelId' | 'path'>[]>;
  }>;
}

/** The values of a terminal's variables. */
interface TerminalFacts {
  readonly cachePath: string;
  /** The folder or file of the active model, when it is downloaded. */
  readonly modelPath?: string;
}

/**
 * When the setting is on, puts `HF_HUB_CACHE` and `ASR_MODEL_PATH` into integrated terminals, so that Python
 * there finds the same models. Off: deletes them.
 */
export function exportToTerminals(
  collection: TerminalVariables,
  manager: TerminalModels,
  isWanted: () => boolean,
  activeModelId: () => string,
): Disposable {
  const disposables = new DisposableStore();
  collection.description = vscode.l10n.t(
    'Lets programs in the terminal find the downloaded speech models.',
  );
  const apply = async (): Promise<void> => {
    if (!isWanted()) {
      takeBack(collection);
      return;
    }
    const loaded = await manager.get();
    const models = await loaded.downloadedModels();
    // The setting may have been turned off meanwhile.
    if (!isWanted()) return;
    const active = models.find(({ modelId }) => modelId === activeModelId());
    write(collection, {
      cachePath: loaded.cachePath,
      ...(active === undefined ? {} : { modelPath: active.path }),
    });
  };
  const applyQuietly = (): void => void apply().catch(() => undefined);
  disposables.add(onSettingsChanged(['terminal', 'model'], applyQuietly));
  disposables.add(
    manager.onDidChangeModels(() => {
      if (isWanted()) applyQuietly();
    }),
  );
  // VS Code keeps the variables, so the core is loaded at start only when the setting was turned on while no window was open.
  if (!isWanted()) takeBack(collection);
  else if (collection.get('HF_HUB_CACHE') === undefined) applyQuietly();
  return disposables;
}

/** The server's variables lie in the same collection, and stay. */
function takeBack(collection: TerminalVariables): void {
  for (const name of ['HF_HUB_CACHE', 'ASR_MODEL_PATH']) collection.delete(name);
}

function write(collection: TerminalVariables, facts: TerminalFacts): void {
  collection.replace('HF_HUB_CACHE', facts.cachePath);
  if (facts.modelPath === undefined) collection.delete('ASR_MODEL_PATH');
  else collection.replace('ASR_MODEL_PATH', facts.modelPath);
}
