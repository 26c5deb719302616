import { AsrError, isCancellation, toAsrError } from '../common/asrError';
import type { Event } from '../common/event';
import { localized } from '../common/localizedMessage';
import { defined } from '../protocol/defined';
import type { ErrorCode } from '../protocol/errorCode';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import type {
  CatalogModel,
  DownloadedModel,
  FilesProgress,
  ModelDownload,
  ModelLibrary,
  ModelManager,
  ModelSpeech,
  ModelUpdate,
  SpeechRequest,
} from '../models';
import type { LazyManager } from './host/lazyManager';
import { activeModelId } from './host/settings';
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
  /**
   * The text of a recording. Loads `options.model`, else uses the loaded or the active one. Rejects with `unsupported`
   * when the model does not speak `options.language` or can't translate.
   */
  transcribe(path: string, options?: TranscribeOptions): Promise<Transcript>;
  /** Recordings, and those in folders, one after the other: a result for each that was begun, in this order. */
  transcribeFiles(
    paths: readonly string[],
    options?: TranscribeFilesOptions,
  ): Promise<TranscribedFile[]>;
  readonly onDidChangeDownload: Event<ModelDownloadProgress>;
  readonly onDidChangeModels: Event<undefined>;
}

/** What is to be made of a recording. */
export interface TranscribeOptions {
  /** A model's id; downloaded and loaded when it isn't. */
  readonly model?: string;
  /** The spoken language as a two-letter code; absent or `auto`: the model detects it. */
  readonly language?: string;
  /** Absent: `transcribe`. `translate`: the text in English. */
  readonly task?: 'transcribe' | 'translate';
  /** Names and words that are likely to be said; used by Whisper models. */
  readonly prompt?: string;
  /** The audio track of a file with several, counted from 0; absent: the one that the file calls its default. */
  readonly track?: number;
  /** Stops; the promise rejects as a cancellation, without `errorCode`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TranscriptProgress) => void;
}

/** How far a transcription is. */
export interface TranscriptProgress {
  /** What is new since the last progress. */
  readonly segments: readonly TranscriptSegment[];
  readonly transcribedMs: number;
  /** Absent while the length of the recording is unknown. */
  readonly totalMs?: number;
}

/** A subtitle; times are milliseconds from the start of the recording. */
export interface TranscriptSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** What was said in a recording. */
export interface Transcript {
  readonly text: string;
  /** The code of the language, as told, detected, or the only one of the model. */
  readonly language?: string;
  /** The text in subtitles: in order, without overlap. */
  readonly segments: readonly TranscriptSegment[];
  /** Sentences in the person's language: what to know before trusting the text. */
  readonly warnings: readonly string[];
}

/** For {@link AsrModelApi.transcribeFiles}: when `signal` aborts, the results so far are returned. */
export interface TranscribeFilesOptions extends Omit<TranscribeOptions, 'onProgress'> {
  readonly onProgress?: (progress: FilesProgress) => void;
  /** Takes each transcript as soon as it is there, before the next recording is begun. */
  readonly onTranscript?: (path: string, transcript: Transcript) => void | Promise<void>;
}

/** One recording: its transcript, or why there is none. */
export interface TranscribedFile {
  readonly path: string;
  readonly transcript?: Transcript;
  readonly errorCode?: ErrorCode;
  readonly message?: string;
}

type VerifyReport = Awaited<ReturnType<ModelLibrary['verify']>>;
type Transcription = Awaited<ReturnType<ModelSpeech['transcribe']>>;
type LoadedModel = Awaited<ReturnType<ModelSpeech['load']>>;

/** Builds the API over the manager, which is loaded by the first call. */
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
