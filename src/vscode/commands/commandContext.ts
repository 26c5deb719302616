import type * as vscode from 'vscode';
import type { CacheFolder } from '../host/cacheFolder';
import type { LazyManager } from '../host/lazyManager';
import type { WorkspacePrompt } from '../host/mementos';
import type { Tokens } from '../host/tokens';
import type { LocalServer } from '../server/localServer';
import type { ErrorMessages } from '../ui/errorMessages';
import type { TreeRow } from '../views/treeNodes';

/** The context of the commands. */
export interface CommandContext {
  readonly manager: LazyManager;
  readonly errors: ErrorMessages;
  readonly log: vscode.LogOutputChannel;
  readonly tokens: Tokens;
  readonly cacheFolder: CacheFolder;
  readonly prompt: WorkspacePrompt;
  readonly server: Pick<LocalServer, 'run'>;
  /** Clears the extension's mementos; settings and secrets stay. */
  readonly forget: () => Promise<void>;
  /** Shows the panel, at a model when one is given. */
  readonly openPanel: (modelId?: string) => void;
}

/** A model's id from a tree row, or from a plain string that another extension or the panel passes. */
export function modelIdOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (!isTreeRow(argument)) return undefined;
  return argument.kind === 'model' ? argument.record.model.id : argument.record.modelId;
}

/** A download's id from its tree row, a model's id from a model row, or a plain string. */
export function downloadIdOf(argument: unknown): string | undefined {
  if (isTreeRow(argument) && argument.kind === 'download') return argument.record.downloadId;
  return modelIdOf(argument);
}

/** The models of a selection: the editor passes the row that was clicked and all rows that are selected. */
export function modelIdsOf(argument: unknown, selection: unknown): readonly string[] {
  const rows: readonly unknown[] =
    Array.isArray(selection) && selection.length > 0 ? selection : [argument];
  return [...new Set(rows.flatMap((row) => modelIdOf(row) ?? []))];
}

/** Rows come back from the editor as the very objects that the tree returned. */
function isTreeRow(value: unknown): value is TreeRow {
  return (
    typeof value === 'object' &&
    value !== null &&
    'record' in value &&
    'kind' in value &&
    (value.kind === 'model' || value.kind === 'download')
  );
}
