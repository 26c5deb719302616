import { isCancellation, toAsrError } from '../common/asrError';
import type { Event } from '../common/event';
import type { ErrorCode } from '../protocol/errorCode';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import type {
  CatalogModel,
  DownloadedModel,
  ModelDownload,
  ModelLibrary,
  ModelManager,
  ModelSpeech,
  ModelUpdate,
} from '../models';
import type { LazyManager } from './host/lazyManager';
import { localise } from './ui/localise';

/**
 * The API that `activate` returns to other extensions, version 1. Members may be added, but not changed or removed, so
 * that an extension written for it keeps working.
 */
export interface AsrModelApi {
  readonly apiVersion: 1;
  /** The active download, or null. */
  getDownloadStatus(): ModelDownloadProgress | null;
  /** Joins a running download of the same model. */
  downloadModel(modelId: string): Promise<DownloadedModel>;
  /** Default: the active one; false when there was none. */
  cancelDownload(downloadId?: string): Promise<boolean>;
  pauseDownload(downloadId?: string): Promise<boolean>;
  resumeDownload(downloadIdOrModelId: string): Promise<DownloadedModel>;
  getDownloadedModels(): Promise<DownloadedModel[]>;
  getCatalog(): Promise<CatalogModel[]>;
  /** The snapshot folder, or the file of a one-file model; undefined when it isn't downloaded. */
  getModelPath(modelId: string): Promise<string | undefined>;
  /** Hashes the model's files; with `repair` downloads again what is wrong. */
  verifyModel(modelId: string, options?: { readonly repair?: boolean }): Promise<VerifyReport>;
  /** What has changed at the hub, of one downloaded model or of all. */
  checkForUpdates(modelId?: string): Promise<ModelUpdate[]>;
  /** Downloads the newest revision in addition to the present one and switches to it when it is whole. */
  updateModel(modelId: string): Promise<DownloadedModel>;
  deleteModel(modelId: string): Promise<{ readonly reclaimedBytes: number }>;
  clearCache(): Promise<{ readonly reclaimedBytes: number }>;
  /** A local file or folder; it is left as it is. */
  importModel(path: string): Promise<DownloadedModel>;
  /** Downloads the model first if necessary. */
  loadModel(modelId: string): Promise<LoadedModel>;
  unloadModel(): Promise<void>;
  readonly onDidChangeDownload: Event<ModelDownloadProgress>;
  readonly onDidChangeModels: Event<undefined>;
}

type VerifyReport = Awaited<ReturnType<ModelLibrary['verify']>>;
type LoadedModel = Awaited<ReturnType<ModelSpeech['load']>>;

/** Builds the API over the manager, which is loaded by the first call. */
export function createApi(manager: LazyManager): AsrModelApi {
  /** Does something with the manager; a rejection gets the API's shape. */
  const using = async <T>(work: (loaded: ModelManager) => Promise<T>): Promise<T> => {
    try {
      return await work(await manager.get());
    } catch (error) {
      throw new ApiError(error);
    }
  };
  const chosen = async (downloadId?: string): Promise<ModelDownload | undefined> => {
    const loaded = await manager.get();
    return downloadId === undefined ? loaded.activeDownload : loaded.findDownload(downloadId);
  };
  const download = (modelId: string): Promise<DownloadedModel> =>
    using(async (loaded) => (await loaded.download(modelId)).finished);
  return {
    apiVersion: 1,
    getDownloadStatus() {
      const active = manager.loaded?.activeDownload;
      return active === undefined ? null : (manager.loaded?.record(active) ?? null);
    },
    downloadModel: download,
    async cancelDownload(downloadId) {
      const running = await chosen(downloadId);
      await running?.cancel();
      return running !== undefined;
    },
    async pauseDownload(downloadId) {
      const running = await chosen(downloadId);
      await running?.pause();
      return running !== undefined;
    },
    resumeDownload: (id) =>
      using(async (loaded) => {
        const paused = loaded.findDownload(id);
        paused?.resume();
        return await (paused ?? (await loaded.download(id))).finished;
      }),
    getDownloadedModels: () => using(async (loaded) => [...(await loaded.downloadedModels())]),
    getCatalog: () => using(async (loaded) => [...(await loaded.catalogModels())]),
    getModelPath: (modelId) =>
      using(async (loaded) => {
        const models = await loaded.downloadedModels();
        return models.find((model) => model.modelId === modelId)?.path;
      }),
    verifyModel: (modelId, options = {}) =>
      using(({ library }) => library.verify([modelId], options)),
    checkForUpdates: (modelId) =>
      using(async ({ library }) => [
        ...(await library.checkForUpdates(modelId, new AbortController().signal)),
      ]),
    updateModel: download,
    deleteModel: (modelId) => using((loaded) => loaded.deleteModel(modelId)),
    clearCache: () => using((loaded) => loaded.clearCache()),
    importModel: (path) => using(({ library }) => library.import(path, {})),
    loadModel: (modelId) =>
      using(({ speech }) => speech.load(modelId, () => undefined, new AbortController().signal)),
    unloadModel: () => using(({ speech }) => speech.unload()),
    onDidChangeDownload: manager.onDidChangeDownload,
    onDidChangeModels: manager.onDidChangeModels,
  };
}

/** How the API's promises reject: `errorCode` from the closed list, absent for a cancellation, and a message. */
class ApiError extends Error {
  override readonly name = 'AsrModelError';
  readonly errorCode: ErrorCode | undefined;

  constructor(error: unknown) {
    const cancelled = isCancellation(error);
    const failure = toAsrError(error);
    super(cancelled ? 'Cancelled' : localise(failure.localizedMessage), { cause: error });
    this.errorCode = cancelled ? undefined : failure.code;
  }
}
