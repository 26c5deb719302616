import type * as vscode from 'vscode';
import type { CacheFolder } from '../host/cacheFolder';
import type { LazyManager } from '../host/lazyManager';
import type { Tokens } from '../host/tokens';
import type { ErrorMessages } from '../ui/errorMessages';

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
