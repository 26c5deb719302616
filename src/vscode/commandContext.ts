import type * as vscode from 'vscode';
import type { CacheFolder } from './cacheFolder';
import type { ErrorMessages } from './errorMessages';
import type { LazyManager } from './lazyManager';
import type { Tokens } from './tokens';

/** What the commands act on. */
export interface CommandContext {
  readonly manager: LazyManager;
  readonly errors: ErrorMessages;
  readonly log: vscode.LogOutputChannel;
  readonly tokens: Tokens;
  readonly cacheFolder: CacheFolder;
  /** Empties what the editor remembers for the extension; settings and secrets stay. */
  readonly forget: () => Promise<void>;
  /** Shows the panel, at a model when one is named. */
  readonly openPanel: (modelId?: string) => void;
}
