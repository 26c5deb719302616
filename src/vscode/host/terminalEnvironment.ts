import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { Event } from '../../common/event';
import type { DownloadedModel } from '../../models';

/** What VS Code puts into terminals; kept by it until it is taken back. */
export type TerminalVariables = Pick<
  vscode.EnvironmentVariableCollection,
  'clear' | 'delete' | 'description' | 'get' | 'replace'
>;

/** What is asked of the manager. */
export interface TerminalModels {
  readonly onDidChangeModels: Event<undefined>;
  get(): Promise<{
    readonly cachePath: string;
    downloadedModels(): Promise<readonly Pick<DownloadedModel, 'modelId' | 'path'>[]>;
  }>;
}

/** Where the cache lies and which model is active: all that a terminal is told. */
export interface TerminalFacts {
  readonly cachePath: string;
  /** The folder or file of the active model, when it is downloaded. */
  readonly modelPath?: string;
}

/**
 * When the person has asked for it, puts `HF_HUB_CACHE` and `ASR_MODEL_PATH` into integrated terminals, so that Python
 * there finds the same models. Off: takes them back.
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
      collection.clear();
      return;
    }
    const loaded = await manager.get();
    const models = await loaded.downloadedModels();
    // Meanwhile the person may have changed their mind.
    if (!isWanted()) return;
    const active = models.find(({ modelId }) => modelId === activeModelId());
    write(collection, {
      cachePath: loaded.cachePath,
      ...(active === undefined ? {} : { modelPath: active.path }),
    });
  };
  const applyQuietly = (): void => void apply().catch(() => undefined);
  disposables.add(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('asr.terminal') || change.affectsConfiguration('asr.model'))
        applyQuietly();
    }),
  );
  disposables.add(
    manager.onDidChangeModels(() => {
      if (isWanted()) applyQuietly();
    }),
  );
  // VS Code keeps what was written, so the core is loaded at start only for a setting that came while we were away.
  if (!isWanted()) collection.clear();
  else if (collection.get('HF_HUB_CACHE') === undefined) applyQuietly();
  return disposables;
}

function write(collection: TerminalVariables, facts: TerminalFacts): void {
  collection.replace('HF_HUB_CACHE', facts.cachePath);
  if (facts.modelPath === undefined) collection.delete('ASR_MODEL_PATH');
  else collection.replace('ASR_MODEL_PATH', facts.modelPath);
}
