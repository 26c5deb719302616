import type {
  AsrModelApi,
  AsrModelError,
  Transcript,
  TranscribeFilesOptions,
  TranscribeOptions,
} from '../../asr-model-api';
import { AsrError, isCancellation, toAsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { defined } from '../protocol/defined';
import type { ErrorCode } from '../protocol/errorCode';
import type {
  DownloadedModel,
  ModelDownload,
  ModelManager,
  ModelSpeech,
  SpeechRequest,
} from '../models';
import type { LazyManager } from './host/lazyManager';
import { activeModelId } from './host/settings';
import { localise } from './ui/localise';

export type { AsrModelApi } from '../../asr-model-api';

type Transcription = Awaited<ReturnType<ModelSpeech['transcribe']>>;

/**
 * Builds the API over the manager, which is loaded by the first call. Its types are those that are published
 * (asr-model-api.d.ts); version 1: members may be added, but not changed or removed.
 */
export function createApi(manager: LazyManager): AsrModelApi {
  const never = new AbortController().signal;
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
  /** The speech part with the model that a transcription asks for. */
  const speaking = async (
    { speech }: ModelManager,
    { model, signal = never }: TranscribeOptions | TranscribeFilesOptions,
  ): Promise<ModelSpeech> => {
    const loadedId = speech.loaded?.modelId;
    const wanted = model ?? loadedId ?? activeModelId();
    if (wanted === '') {
      throw new AsrError('runtime', localized('No model is loaded. Load a model first.'));
    }
    if (wanted !== loadedId) await speech.load(wanted, () => undefined, signal);
    return speech;
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
    searchHub: (query, options = {}) =>
      using(async ({ advice }) => {
        const { language, format, order, limit = 20, signal = never } = options;
        const search = { text: query.trim(), ...defined({ language, format, order }) };
        return [...(await advice.findOnHub(search, { limit, signal }))];
      }),
    getModelPath: (modelId) =>
      using(async (loaded) => (await loaded.downloadedModel(modelId))?.path),
    verifyModel: (modelId, options = {}) =>
      using(({ library }) => library.verify([modelId], options)),
    checkForUpdates: (modelId) =>
      using(async ({ library }) => [
        ...(await library.checkForUpdates(modelId, new AbortController().signal)),
      ]),
    updateModel: download,
    deleteModel: (modelId) => using((loaded) => loaded.deleteModel(modelId)),
    clearCache: () => using((loaded) => loaded.clearCache()),
    importModel: (path) => using(async ({ library }) => (await library.import(path, {}))[0]),
    loadModel: (modelId) => using(({ speech }) => speech.load(modelId, () => undefined, never)),
    unloadModel: () => using(({ speech }) => speech.unload()),
    transcribe: (path, options = {}) =>
      using(async (loaded) => {
        const speech = await speaking(loaded, options);
        const { signal = never, onProgress = () => undefined } = options;
        const request = requestOf(options);
        return transcriptOf(await speech.transcribe({ path }, request, onProgress, signal));
      }),
    transcribeFiles: (paths, options = {}) =>
      using(async (loaded) => {
        const speech = await speaking(loaded, options);
        const { signal = never, onProgress = () => undefined, onTranscript } = options;
        const results = await speech.transcribeFiles(await speech.recordingsIn(paths), {
          request: requestOf(options),
          onProgress,
          keep: async (path, result) => onTranscript?.(path, transcriptOf(result)),
          signal,
        });
        return results.map(({ path, transcription, error }) => ({
          path,
          ...(transcription === undefined ? {} : { transcript: transcriptOf(transcription) }),
          ...(error === undefined
            ? {}
            : { errorCode: error.code, message: localise(error.localizedMessage) }),
        }));
      }),
    onDidChangeDownload: manager.onDidChangeDownload,
    onDidChangeModels: manager.onDidChangeModels,
  };
}

function requestOf({
  language,
  task,
  prompt,
  track,
}: TranscribeOptions | TranscribeFilesOptions): SpeechRequest {
  return defined({ language, task, prompt, track });
}

function transcriptOf({ text, language, segments, warnings }: Transcription): Transcript {
  return {
    text,
    ...defined({ language }),
    segments,
    warnings: warnings.map((warning) => localise(warning)),
  };
}

/** How the API's promises reject: `errorCode` from the closed list, absent for a cancellation, and a message. */
class ApiError extends Error implements AsrModelError {
  override readonly name = 'AsrModelError';
  readonly errorCode: ErrorCode | undefined;

  constructor(error: unknown) {
    const cancelled = isCancellation(error);
    const failure = toAsrError(error);
    super(cancelled ? 'Cancelled' : localise(failure.localizedMessage), { cause: error });
    this.errorCode = cancelled ? undefined : failure.code;
  }
}
