/**
 * vscode: the editor's side, and with `extension.ts` the only code that imports `vscode`. It shows the manager's
 * records, turns what a person does into calls of the manager, and decides nothing about models or bytes.
 *
 *   person -> commands/ (palette, rows, error buttons) --+
 *          -> panel/    (page messages) -----------------+-> actions.ts -> ModelManager -> records, events
 *          -> picker/   (which model) -------------------+                                     |
 *   person <- views/ (tree, status bar, toast), panel/, ui/ (messages, errors) <---------------+
 *
 *   commands/  what can be run, and the action table that all surfaces share
 *   picker/    choosing a model
 *   views/     the tree, the status bar, the progress toast, context keys
 *   panel/     the panel's page and its messages
 *   host/      what the editor provides: settings, secrets, mementos, the log, terminals, other windows
 *   links/     what a vscode:// link can ask for
 *   server/    the server for other programs and the tools for agents: when they run, what of them is seen
 *   ui/        shared messages: errors, acknowledgements, figures in the person's language
 *   api.ts     what other extensions get from `activate`
 *
 * It may import `models`, `server`, `protocol` and `common`. The manager is behind `LazyManager`: its code is loaded by the first
 * action that needs it, so activation stays small.
 */
export { createApi, type AsrModelApi } from './api';
export { registerCommands } from './commands/commands';
export { checkDaily } from './commands/dailyUpdates';
export { offerUpdates } from './commands/updateCommands';
export { ActiveModel, watchLoadedModel } from './host/activeModel';
export { CacheFolder } from './host/cacheFolder';
export { CacheFolderHistory, type WindowLock } from './host/cacheFolderHistory';
export { LazyManager } from './host/lazyManager';
export { channelLogger } from './host/log';
export {
  forgetAll,
  LastUsed,
  mementoKnownIds,
  mementoMeasurements,
  UnfinishedDownloads,
  WorkspacePrompt,
} from './host/mementos';
export { watchOtherWindows } from './host/otherWindowsWatch';
export { offerAbandoned, offerResume } from './host/resumeOffer';
export { readNetworkSettings, readSettings, onSettingsChanged } from './host/settings';
export { exportToTerminals } from './host/terminalEnvironment';
export { Tokens } from './host/tokens';
export { registerLinks } from './links/registerLinks';
export { ManagerPanelHost, ModelManagerPanel } from './panel';
export { LocalServer } from './server/localServer';
export { ErrorMessages } from './ui/errorMessages';
export { localise } from './ui/localise';
export { tokenNotice } from './ui/tokenNotice';
export { DownloadToast } from './views/downloadToast';
export { createModelsView } from './views/modelsView';
export { StatusBar } from './views/statusBar';
