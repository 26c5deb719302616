/**
 * The API of the extension ASR Model Manager (`asr-tools.asr-model-manager`), version 1, for other extensions. Members may be
 * added, but not changed or removed.
 *
 *     const extension = vscode.extensions.getExtension<AsrModelApi>('asr-tools.asr-model-manager');
 *     const api = await extension?.activate();
 *
 * Copy this file beside your code; it imports nothing. docs/api.md has examples.
 */

/** The value that `activate` of the extension returns. Promises reject with an {@link AsrModelError}. */
export interface AsrModelApi {
  readonly apiVersion: 1;
  /** The active download, or null. */
  getDownloadStatus(): ModelDownloadProgress | null;
  /**
   * Downloads a model by its catalog id or as `hf:organisation/name[@revision][#pattern,pattern]`. Joins a running download
   * of the same model, in any window. A model that is here resolves whatever the network says.
   */
  downloadModel(modelId: string): Promise<DownloadedModel>;
  /** Default: the active one; false when there was none. */
  cancelDownload(downloadId?: string): Promise<boolean>;
  /** Keeps the bytes. Default: the active one; false when there was none. */
  pauseDownload(downloadId?: string): Promise<boolean>;
  resumeDownload(downloadIdOrModelId: string): Promise<DownloadedModel>;
  getDownloadedModels(): Promise<DownloadedModel[]>;
  /** Every model of the built-in and the extra catalogs. */
  getCatalog(): Promise<CatalogModel[]>;
  /**
   * Speech models of the hub by the words of their names, whether a catalog lists them or not. Each is recognised by the
   * names of its files and can be downloaded by its id; its size is known after the download has begun.
   */
  searchHub(query: string, options?: SearchOptions): Promise<CatalogModel[]>;
  /** The snapshot folder, or the file of a one-file model; undefined when it isn't downloaded. */
  getModelPath(modelId: string): Promise<string | undefined>;
  /** Hashes the model's files; with `repair` downloads again what is wrong. */
  verifyModel(modelId: string, options?: { readonly repair?: boolean }): Promise<VerifyReport>;
  /** The changes at the hub, of one downloaded model or of all. */
  checkForUpdates(modelId?: string): Promise<ModelUpdate[]>;
  /** Downloads the newest revision in addition to the present one and switches to it when it is whole. */
  updateModel(modelId: string): Promise<DownloadedModel>;
  deleteModel(modelId: string): Promise<{ readonly reclaimedBytes: number }>;
  clearCache(): Promise<{ readonly reclaimedBytes: number }>;
  /** A local file, folder or archive, which is left as it is; of several models in it the first. */
  importModel(path: string): Promise<DownloadedModel>;
  /** Downloads the model first if necessary. One model is loaded at a time. */
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
  /** A download changed; its newest record. */
  readonly onDidChangeDownload: Event<ModelDownloadProgress>;
  /** The models on offer, on the disk or loaded may have changed. */
  readonly onDidChangeModels: Event<undefined>;
}

/** Calls `listener` at each change until the result is disposed of. */
export type Event<T> = (listener: (value: T) => unknown) => { dispose(): void };

/** How a promise of the API rejects. Without `errorCode` it is a cancellation, which is no error. */
export interface AsrModelError extends Error {
  readonly name: 'AsrModelError';
  readonly errorCode: ErrorCode | undefined;
  /** A sentence for a person, in their language. */
  readonly message: string;
}

/** The codes of errors; the list is closed. */
export type ErrorCode =
  | 'network'
  | 'proxy'
  | 'tls'
  | 'auth'
  | 'gated'
  | 'notFound'
  | 'rateLimited'
  | 'diskSpace'
  | 'diskPermission'
  | 'integrity'
  | 'stalled'
  | 'unsupported'
  | 'runtime'
  | 'unknown';

/** The limits of a search of the hub. */
export interface SearchOptions {
  /** A language's code, as the hub tags models with. */
  readonly language?: string;
  /** A tag of the hub: `gguf`, `onnx`, `ctranslate2`, `safetensors`. */
  readonly format?: string;
  /** Absent: the most downloaded first. */
  readonly order?: 'mostDownloaded' | 'newest';
  /** How many models at most; default 20. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** The task for a recording. */
export interface TranscribeOptions {
  /** A model's id; downloaded and loaded when it isn't. */
  readonly model?: string;
  /** The spoken language as a two-letter code; absent or `auto`: the model detects it. */
  readonly language?: string;
  /** Absent: `transcribe`. `translate`: the text in English. */
  readonly task?: 'transcribe' | 'translate';
  /** Names and words that are likely to be said, with commas between them; used by Whisper, Parakeet and Zipformer models. */
  readonly prompt?: string;
  /** The audio track of a file with several, counted from 0; absent: the one that the file calls its default. */
  readonly track?: number;
  /** Stops; the promise rejects as a cancellation, without `errorCode`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TranscriptProgress) => void;
}

/** For {@link AsrModelApi.transcribeFiles}: when `signal` aborts, the results so far are returned. */
export interface TranscribeFilesOptions extends Omit<TranscribeOptions, 'onProgress'> {
  readonly onProgress?: (progress: FilesProgress) => void;
  /** Takes each transcript as soon as it is there, before the next recording is begun. */
  readonly onTranscript?: (path: string, transcript: Transcript) => void | Promise<void>;
}

/** How far a transcription is. */
export interface TranscriptProgress {
  /** The part that is new since the last progress. */
  readonly segments: readonly TranscriptSegment[];
  readonly transcribedMs: number;
  /** Absent while the length of the recording is unknown. */
  readonly totalMs?: number;
}

/** How far the transcription of several recordings is. */
export interface FilesProgress {
  /** The recording under way. */
  readonly path: string;
  /** How many recordings are behind it, with a result or without. */
  readonly done: number;
  readonly count: number;
  /** Of all recordings, 0 to 1, each counted alike. */
  readonly fraction: number;
  /** The newest subtitles of the recording under way. */
  readonly segments: readonly TranscriptSegment[];
}

/** A subtitle; times are milliseconds from the start of the recording. */
export interface TranscriptSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** The text of a recording. */
export interface Transcript {
  readonly text: string;
  /** The code of the language, as told, detected, or the only one of the model. */
  readonly language?: string;
  /** The text in subtitles: in order, without overlap. */
  readonly segments: readonly TranscriptSegment[];
  /** Sentences in the person's language: what to know before trusting the text. */
  readonly warnings: readonly string[];
}

/** One recording: its transcript, or why there is none. */
export interface TranscribedFile {
  readonly path: string;
  readonly transcript?: Transcript;
  readonly errorCode?: ErrorCode;
  readonly message?: string;
}

/** The states of a download, in the order they usually come. */
export type DownloadStatus =
  | 'queued'
  | 'resolving'
  | 'downloading'
  | 'verifying'
  | 'paused'
  | 'completed'
  | 'cancelled'
  | 'error';

/** The record of a download. A field that is not known is absent, never 0 or a guess. */
export interface ModelDownloadProgress {
  readonly downloadId: string;
  /** A catalog id, or `hf:org/name[@revision][#pattern,pattern]`. */
  readonly modelId: string;
  readonly modelName: string;
  readonly status: DownloadStatus;
  /** Whole bytes of the model that are here, reused and resumed ones included. */
  readonly downloadedBytes: number;
  /** Whole bytes of the model; absent until the hub has answered. */
  readonly totalBytes?: number;
  /** Smoothed; absent until known and while nothing arrives. */
  readonly bytesPerSecond?: number;
  readonly secondsRemaining?: number;
  readonly filesDone: number;
  readonly filesTotal?: number;
  /** The file that bytes came for last, as a path inside the repository. */
  readonly currentFile?: string;
  /** The host that its bytes are asked for at, and whether that is a mirror of the hub. */
  readonly sourceHost?: string;
  readonly fromMirror?: true;
  /** Each file of the model with its own bytes, once the list is known. */
  readonly files?: readonly FileProgress[];
  /** Sockets that carry bytes right now. */
  readonly connections?: number;
  /** True when no byte has come for 3 s while downloading. */
  readonly stalled: boolean;
  /** While stalled: whole seconds since the last byte. */
  readonly secondsSinceLastByte?: number;
  /** While waiting to try again: which attempt comes next (from 2), and when (milliseconds since 1970). */
  readonly attempt?: number;
  readonly retryAt?: number;
  /** While waiting: why, in the person's language. */
  readonly retryReason?: string;
  /** How many downloads wait behind this one. */
  readonly queuedBehind?: number;
  /** Another window or program does it; it can be cancelled, paused and resumed from here. */
  readonly inOtherWindow?: true;
  /** That window has given no sign of life for a while. */
  readonly isOwnerSilent?: true;
  readonly errorCode?: ErrorCode;
  /** A message for a person, in their language. */
  readonly errorMessage?: string;
}

/** One file's part of a {@link ModelDownloadProgress}. */
export interface FileProgress {
  readonly path: string;
  readonly sizeBytes: number;
  readonly downloadedBytes: number;
  readonly verified: boolean;
}

/** A model whose every file is on the disk. */
export interface DownloadedModel {
  readonly modelId: string;
  readonly name: string;
  readonly repo: string;
  /** The commit, 40 hex digits. */
  readonly revision: string;
  /** Bytes of the model's files; a file that it shares with another model is counted in both. */
  readonly sizeOnDisk: number;
  /** The snapshot folder, or the file of a one-file model. */
  readonly path: string;
  readonly files: readonly DownloadedFile[];
  /** Every file was hashed at its present size and time. */
  readonly verified: boolean;
}

/** One file of a downloaded model. */
export interface DownloadedFile {
  /** Slash-separated path inside the repository. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** `sha256:…` or `git-sha1:…`; absent when it is unknown. */
  readonly digest?: string;
}

/** The model that is loaded. */
export interface LoadedModel {
  readonly modelId: string;
  readonly name: string;
  readonly engine: 'whisper.cpp' | 'sherpa-onnx' | 'transcribe.cpp';
  /** The engine's version and kind, "sherpa-onnx 1.13.8 (WebAssembly)". */
  readonly engineDescription: string;
  readonly threads: number;
  /** Whether a graphics card computes. */
  readonly onGpu: boolean;
  /** From the start of its process until the model was ready. */
  readonly loadMs: number;
  /** Whether its memory need fits what was available when it was loaded. */
  readonly memory: MemoryVerdict;
  /** It accepts the language that is spoken. */
  readonly takesLanguage: boolean;
  /** It does not detect the spoken language: it assumes English unless the language is given. */
  readonly asksForLanguage: boolean;
  /** It can give the text of another language in English. */
  readonly translates: boolean;
  /** It accepts names and words that are likely to be said. */
  readonly takesPrompt: boolean;
  /** The languages that it speaks, where its files say so. */
  readonly languages?: readonly string[];
}

/** Whether a model fits into memory. */
export interface MemoryVerdict {
  readonly verdict: 'fits' | 'tight' | 'tooBig';
  readonly neededBytes: number;
  readonly availableBytes: number;
}

/** The findings and repairs of a verification. */
export interface VerifyReport {
  /** In order; each with how long it took. */
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
  readonly checkedFiles: number;
  readonly checkedBytes: number;
  readonly good: readonly FileOfModel[];
  /** There, but with other bytes than its digest says. */
  readonly damaged: readonly FileOfModel[];
  readonly missing: readonly FileOfModel[];
  /** There, but nothing says which bytes it should have. */
  readonly unknown: readonly FileOfModel[];
  /** Whose commit has no file list, so that it is not known whether they are whole. */
  readonly unlisted: readonly ModelFiles[];
  /** Those of `damaged` and `missing` that are right again. */
  readonly repaired: readonly FileOfModel[];
  readonly reclaimedBytes: number;
}

/** One file of one commit. */
export interface FileOfModel {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
}

/** The files of one model in one commit. */
export interface ModelFiles {
  readonly repo: string;
  readonly commit: string;
  readonly paths: readonly string[];
  /** The revision that the model follows. */
  readonly revision?: string;
}

/** The changes that an update of a downloaded model would make. */
export interface ModelUpdate {
  readonly modelId: string;
  readonly modelName: string;
  /** Commits, 40 hex digits. */
  readonly currentRevision: string;
  readonly newRevision: string;
  /** Paths whose content would be another, that would come or go. */
  readonly changedFiles: readonly string[];
  /** Bytes that would be downloaded. */
  readonly downloadBytes: number;
}

/** File formats of models. */
export type ModelFormat =
  | 'ggml'
  | 'gguf-transcribe-cpp'
  | 'ctranslate2'
  | 'transformers'
  | 'onnx-transformers'
  | 'onnx-sherpa'
  | 'onnx-asr'
  | 'onnx-moonshine'
  | 'nemo'
  | 'gguf-nemo-speech-cpp'
  | 'coreml'
  | 'unknown';

/** A licence. */
export interface Licence {
  /** SPDX id or `LicenseRef-…`; `NOASSERTION` when it could not be verified. */
  readonly id: string;
  readonly url?: string;
  readonly note?: string;
}

/** Where a model's bytes come from. */
export type ModelSource =
  | {
      readonly kind: 'hub';
      readonly repo: string;
      /** Branch, tag or commit; absent: `main`. */
      readonly revision?: string;
      /** Shell patterns of the files that belong to the model; empty means all files. */
      readonly patterns: readonly string[];
      /** Another endpoint than the configured one. */
      readonly endpoint?: string;
      /** More endpoints that serve the same repository, tried in order when the first is exhausted. */
      readonly mirrors?: readonly string[];
    }
  | {
      /** On this computer only, imported or left by a catalog that is gone: no hub is ever asked about it. */
      readonly kind: 'local';
      readonly repo: string;
      readonly revision?: string;
      readonly patterns: readonly string[];
    }
  | {
      /** Plain https files, each with its sha256. Stored as a repository of their own name. */
      readonly kind: 'files';
      readonly repo: string;
      readonly files: readonly {
        readonly path: string;
        readonly urls: readonly string[];
        readonly sizeBytes: number;
        readonly sha256: string;
      }[];
    };

/** A file that the catalog knows of; sizes and digests are absent where they could not be verified. */
export interface CatalogFile {
  readonly path: string;
  readonly role: string;
  readonly sizeBytes?: number;
  /** Lower-case hex sha256, belonging to the source's revision. */
  readonly sha256?: string;
  /** Git's blob id of a small file, lower-case hex, belonging to the source's revision. */
  readonly gitSha1?: string;
  readonly required: boolean;
}

/** A published error rate and speed. Only figures of one benchmark can be compared. */
export interface Accuracy {
  readonly werPercent?: number;
  readonly rtfx?: number;
  /** The measurement: which one, in which language, on which machine. */
  readonly benchmark?: string;
  readonly source: string;
}

/** One thing that can be downloaded: a variant of a family in one format. A field that is not known is absent. */
export interface CatalogModel {
  readonly id: string;
  readonly name: string;
  readonly familyId: string;
  readonly familyName: string;
  readonly publisher?: string;
  readonly description?: string;
  /** Advice for a person who chooses it, in English. */
  readonly note?: string;
  /** Known problems and how to avoid them, in English. */
  readonly defect?: string;
  /** Its requirements that not every installation meets, in English. */
  readonly needs?: string;
  readonly homepage?: string;
  readonly format: ModelFormat;
  readonly licence: Licence;
  readonly gated: boolean;
  /** Language codes as the catalog's source uses them; empty: unknown. */
  readonly languages: readonly string[];
  /** How many languages it speaks, when that is more than are listed. */
  readonly languageCount?: number;
  /** `transcribe`, `voice-activity-detection`, …; absent or empty: unknown. */
  readonly tasks?: readonly string[];
  /** The model's name without format and quantization; absent where its catalog does not group variants. */
  readonly modelName?: string;
  /** The times that it gives with its text; absent: not stated. */
  readonly timestamps?: 'none' | 'segment' | 'word' | 'token';
  /** The model whatever its format and quantization: the same for every copy of it; absent: unknown. */
  readonly checkpoint?: string;
  /** The kind of model by its files, where a hub has stated it: `parakeet`, `moonshine`. */
  readonly architecture?: string;
  readonly parameters?: number;
  readonly quantization?: string;
  /** Sum of the required files; absent unless every one of them has a size. */
  readonly sizeBytes?: number;
  readonly memoryBytes?: { readonly bytes: number; readonly kind: string };
  readonly accuracy?: Accuracy;
  /** Rates of further benchmarks, such as of exactly this quantization. */
  readonly moreAccuracy?: readonly Accuracy[];
  /** The names of the runtimes that can load it. */
  readonly loaders: readonly string[];
  readonly streaming: boolean;
  readonly translates: boolean;
  /** Loading it can run code that it contains (pickle). */
  readonly runsCode: boolean;
  /** One of the hand-picked first choices. */
  readonly starter: boolean;
  /** Why it is a first choice, in English. */
  readonly starterReason?: string;
  /** The download is one packed file (the one in `files`), to be unpacked before anything can load it. */
  readonly packed?: 'tar.bz2' | 'tar.gz' | 'tar' | 'zip';
  /** Why it can't be downloaded at all, in English; it is only described. */
  readonly unavailable?: string;
  /** The repository's name was inferred by the catalog's makers and never seen. */
  readonly repoUnconfirmed?: boolean;
  readonly source: ModelSource;
  readonly files: readonly CatalogFile[];
  /** Which catalog it came from; `name` is shown for all but the built-in one. */
  readonly catalog: { readonly id: string; readonly name: string };
}
