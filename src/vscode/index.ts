/**
 * vscode: the editor's side, and with `extension.ts` the only place that imports `vscode`. Commands, the progress
 * toast, the tree, the status bar, the panel, settings, secrets, the log and the API for other extensions. It talks to
 * the manager, renders its records, and decides nothing about models or bytes.
 */
export { ActiveModel } from './host/activeModel';
export { createApi, type AsrModelApi } from './api';
export { CacheFolder } from './host/cacheFolder';
export { registerCommands } from './commands/commands';
export { checkDaily } from './commands/dailyUpdates';
export { dailyUpdateDependencies } from './commands/updateCommands';
export { DownloadToast } from './views/downloadToast';
export { ErrorMessages } from './ui/errorMessages';
export { KeptFolder } from './host/keptFolder';
export { forgetAll } from './host/forgetAll';
export { channelLogger } from './host/log';
export { LastUsed } from './host/lastUsed';
export { localise } from './ui/localise';
export { ManagerPanelHost, ModelManagerPanel } from './panel';
export { mementoKnownIds } from './host/knownIds';
export { LazyManager } from './host/lazyManager';
export { watchLoadedModel } from './host/loadedModelWatch';
export { mementoMeasurements } from './host/mementoMeasurements';
export { readNetworkSettings } from './host/networkSettings';
export { createModelsView } from './views/modelsView';
export { otherCaches } from './host/otherCaches';
export { watchOtherWindows } from './host/otherWindowsWatch';
export { offerAbandoned, offerResume } from './host/resumeOffer';
export { readSettings, type Environment } from './host/settings';
export { StatusBar } from './views/statusBar';
export { exportToTerminals } from './host/terminalEnvironment';
export { Tokens } from './host/tokens';
export { UnfinishedDownloads } from './host/unfinished';
