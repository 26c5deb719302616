/**
 * models: the core as its users see it. {@link ModelManager} is the one API for commands, views, the panel and other
 * extensions. It knows the state of every model, the active download with the queue behind it, and the loaded model.
 *
 *                         ModelManager
 *        ┌──────────────┬──────┴───────┬───────────────┬─────────────┐
 *     Inventory    LocalDownloads  OtherWindows    ModelLibrary   ModelSpeech, ModelAdvice
 *   what is on       the queue      (windows/)    delete, verify,    load and transcribe;
 *   offer and on                                  import, update …    help to choose
 *   the disk             │
 *        ▲          DownloadRun: resolve ─▶ prepare ─▶ adopt ─▶ fetch ─▶ publish
 *   catalog, cache               hub        cache      cache   download   cache
 *
 * A download. `download(modelId)` finds the model in the catalog, and `OtherWindows` claims the ownership or joins the
 * window that has it. The owner adds a `DownloadRun` to the queue; one run has its turn at a time. In its turn it pins
 * the model to a commit and its files (`resolveModel`), locks and prepares the snapshot, adopts files of other caches,
 * fetches the missing ones (`transferMissing`) and publishes each as soon as it is verified. A run that another window
 * blocks waits without a lock. Pause, cancel and failure leave the turn; a resumed run goes to the end of the queue.
 *
 * A record. The engine calls the run with its progress; the run makes the new {@link ModelDownloadProgress} and fires;
 * the queue adds its length and reports it to `Downloads`, the map of own and remote downloads. `onDidChangeDownload` of
 * the manager is the event of that map, and `OtherWindows` listens to it too, to publish the record for other windows.
 *
 * The state of a model. The disk is the truth: `Inventory` joins the catalogs, the hubs' answers and a scan of the cache
 * into {@link ModelRecord}s, keeps them, and reads again after `refresh()`, which every change on the disk calls.
 * `onDidChangeModels` means that they may differ.
 *
 * The connection. `connectionDiagnosis.ts` tries every step that a download needs (`connectionProbe.ts`) on every host that
 * takes part, and `connectionReport.ts` makes a document of what it found.
 *
 * Each part declares what it needs as an interface of its own (`DownloadDependencies`, `LibraryDependencies` …);
 * `ManagerDependencies` is all of them, and `createManager` makes the real ones. This module may use every other module
 * of the core. It does not know the editor: messages for a person go through `localise`.
 */
export type { DownloadedModel, DownloadedFile } from '../protocol/downloadedModel';
export type { ModelRecord, ModelState, OtherRevision } from './modelRecord';
export type { ModelDownload } from '../windows';
export type { KnownModelIds } from './inventory';
export { type ManagerDependencies, ModelManager } from './modelManager';
export type { ModelLibrary, VerifyRequest } from './modelLibrary';
export type { FindOptions, FoundModels, FoundPage } from './hubSearch';
export type { ModelAdvice } from './modelAdvice';
export type { SpeechRequest, SpokenLanguages } from './speechRequest';
export type { FilesProgress, RecordingResult } from './transcribeFiles';
export type { ConfirmLowMemory, Measurements, ModelSpeech, SpeechPhase } from './modelSpeech';
export type { ModelUpdate, RestoreOffer } from './modelUpdates';
export type { CatalogModel, CatalogProblem, ModelFormat, ModelGroup } from '../catalog';
export type { HubSearch } from '../hub';
export type { NetworkSettings } from '../http';
