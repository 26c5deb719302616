/**
 * models: the one façade over catalog, hub, download, cache, windows and runtime. It holds the state of every model, the
 * single active download with the queue behind it, and the events that every surface renders. It knows that there is
 * a person (sentences are handed to a localiser) but not which editor they sit at.
 */
export type { DownloadedModel, DownloadedFile } from '../protocol/downloadedModel';
export type { ModelRecord, ModelState, OtherRevision } from './modelRecord';
export type { ModelDownload } from '../windows';
export type { KnownModelIds, ManagerDependencies, ManagerSettings } from './managerDependencies';
export { ModelManager } from './modelManager';
export type { ModelLibrary, VerifyRequest } from './modelLibrary';
export type { FirstChoice, ModelAdvice } from './modelAdvice';
export type { ConfirmLowMemory, ModelSpeech, SpeechPhase } from './modelSpeech';
export type { Measurements } from './speechDependencies';
export type { ModelUpdate } from './modelUpdate';
export type { RestoreOffer } from './restore';
export type { CatalogModel, CatalogProblem, ModelFormat } from '../catalog';
export type { NetworkSettings } from '../http';
