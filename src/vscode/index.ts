/**
 * vscode: the editor's side, and with `extension.ts` the only place that imports `vscode`. Commands, the progress
 * toast, the tree, the status bar, the panel, settings, secrets, the log and the API for other extensions. It talks to
 * the manager, renders its records, and decides nothing about models or bytes.
 */
export { ActiveModel } from './activeModel';
export { createApi, type AsrModelApi } from './api';
export { CacheFolder } from './cacheFolder';
export { registerCommands } from './commands';
export { checkDaily } from './dailyUpdates';
export { dailyPorts } from './updateCommands';
export { DownloadToast } from './downloadToast';
export { ErrorMessages } from './errorMessages';
export { KeptFolder } from './keptFolder';
export { forgetAll } from './forgetAll';
export { channelLogger } from './log';
export { LastUsed } from './lastUsed';
export { localise } from './localise';
export { ManagerPanelHost } from './managerPanelHost';
export { ModelManagerPanel } from './panel';
export { mementoKnownIds } from './knownIds';
export { LazyManager } from './lazyManager';
export { watchLoadedModel } from './loadedModelWatch';
export { mementoMeasurements } from './mementoMeasurements';
export { readNetworkSettings } from './networkSettings';
export { createModelsView } from './modelsView';
export { otherCaches } from './otherCaches';
export { watchOtherWindows } from './otherWindowsWatch';
export { offerAbandoned, offerResume } from './resumeOffer';
export { readSettings, type Environment } from './settings';
export { StatusBar } from './statusBar';
export { exportToTerminals } from './terminalEnvironment';
export { Tokens } from './tokens';
export { UnfinishedDownloads } from './unfinished';
