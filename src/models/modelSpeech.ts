import path from 'node:path';
import { defined } from '../protocol/defined';
import { abortable } from '../common/abortable';
import { AsrError, Cancelled, causeText, isCancellation } from '../common/asrError';
import type { Disposable } from '../common/disposable';
import { Emitter, type Event } from '../common/event';
import { localized } from '../common/localizedMessage';
import { below } from '../common/paths';
import type { Logger } from '../common/logger';
import {
  type AudioInput,
  type AudioTrack,
  type CodeSnippet,
  type CueLimits,
  type Device,
  type DeviceFallback,
  formatTranscript,
  type LoadedModel,
  type LoadPhase,
  type MemoryVerdict,
  type ModelOnDisk,
  modelSnippet,
  type Runtime,
  type RuntimeExit,
  type TranscribeProgress,
  type TranscriptFormat,
  type Transcription,
} from '../runtime';
import type { CatalogModel, Machine } from '../catalog';
import type { DownloadedModel } from '../protocol/downloadedModel';
import type { Measurement } from '../protocol/measurement';
import type { Inventory } from './inventory';
import { loadRefusal } from './loadRefusal';
import { shouldWarnAboutMemory } from './memoryWarning';
import type { ModelRecord } from './modelRecord';
import {
  checkRequest,
  maySpeak,
  type SpeechRequest,
  type SpokenLanguages,
  spokenLanguages,
  strangeLanguage,
  wantedLanguage,
} from './speechRequest';
import {
  type FilesRequest,
  recordingsIn,
  type RecordingResult,
  transcribeFiles,
  transcriptPaths,
} from './transcribeFiles';

/** The phases of a load: a download when the model is missing, then the runtime's own phases. */
export type SpeechPhase = 'downloading' | LoadPhase;

/** Asks the person whether a model may be loaded although memory is short; false cancels the load. */
export type ConfirmLowMemory = (name: string, memory: MemoryVerdict) => Promise<boolean>;

/** Remembers how fast each model was on this machine, by model id and revision. */
export interface Measurements {
  get(modelId: string, revision: string): Measurement | undefined;
  put(revision: string, measurement: Measurement): Promise<void>;
}

/** The dependencies of {@link ModelSpeech}. */
export interface SpeechDependencies {
  readonly runtime: Runtime;
  /** Absent: loaded models are not measured. */
  readonly measurements?: Measurements;
  /** 0: as many as the machine has physical cores. */
  readonly threads: () => number;
  /** The longest subtitles. */
  readonly cueLimits: () => CueLimits;
  readonly device: () => Device;
  readonly machine: () => Machine;
  readonly logger: Logger;
}

/** sherpa-onnx, whisper.cpp and transcribe.cpp. */
const engineCount = 3;

/** Loads one model at a time and transcribes with it. */
export class ModelSpeech implements Disposable {
  readonly #dependencies: SpeechDependencies;
  readonly #inventory: Inventory;
  readonly #download: (modelId: string) => Promise<DownloadedModel>;
  readonly #onDidChangeFacts = new Emitter<undefined>();
  #askedForEngines = false;
  /** Transcriptions that have not ended. */
  readonly #transcribing = new Set<Promise<unknown>>();
  /** The newest request to load. An older one is cancelled, however long its download takes. */
  #request = new AbortController();

  /** A model was measured, or a load found that the disk has changed. */
  readonly onDidChangeFacts = this.#onDidChangeFacts.event;

  constructor(
    dependencies: SpeechDependencies,
    inventory: Inventory,
    download: (modelId: string) => Promise<DownloadedModel>,
  ) {
    this.#dependencies = dependencies;
    this.#inventory = inventory;
    this.#download = download;
  }

  /** The model that is loaded now. */
  get loaded(): LoadedModel | undefined {
    return this.#dependencies.runtime.loaded;
  }

  get onDidChangeLoaded(): Event<LoadedModel | undefined> {
    return this.#dependencies.runtime.onDidChangeLoaded;
  }

  get onDidFallBack(): Event<DeviceFallback> {
    return this.#dependencies.runtime.onDidFallBack;
  }

  get onDidExit(): Event<RuntimeExit> {
    return this.#dependencies.runtime.onDidExit;
  }

  /** Why a model can't be loaded here, before it is downloaded; undefined when nothing is known against it. */
  refusal(model: CatalogModel): AsrError | undefined {
    const { runtime } = this.#dependencies;
    if (!this.#askedForEngines) {
      this.#askedForEngines = true;
      // A refusal that was reported before the engines were known is worked out again.
      void runtime.engines().then(({ size }) => {
        if (size < engineCount) this.#onDidChangeFacts.fire(undefined);
      });
    }
    return loadRefusal(model, (engine) => runtime.engineRefusal(engine));
  }

  /** How fast the model was on this machine in the revision that is here, when that has been loaded once. */
  measurement(model: DownloadedModel): Measurement | undefined {
    return this.#dependencies.measurements?.get(model.modelId, model.revision);
  }

  /** Code that loads a downloaded model in another program. `shell`: the program of the shell that commands are for. */
  async snippet(modelId: string, shell?: string): Promise<CodeSnippet> {
    const found = await modelSnippet(await this.#onDisk(modelId), shell);
    if (found !== undefined) return found;
    throw new AsrError('unsupported', localized('No code is known that loads {0}.', modelId));
  }

  /**
   * Loads a model, downloading it first when it is missing; measures it the first time, and again with another engine
   * or number of threads. Rejects with `unsupported` before anything is downloaded when its format is for another
   * program, with `integrity` when it is damaged or was not verified, else as the download and the runtime do; with
   * Cancelled at once when `signal` aborts (a download continues) or when another load or unload is requested meanwhile.
   */
  async load(
    modelId: string,
    onPhase: (phase: SpeechPhase) => void,
    signal: AbortSignal,
    confirmLowMemory: ConfirmLowMemory = () => Promise.resolve(true),
  ): Promise<LoadedModel> {
    this.#request.abort();
    const request = new AbortController();
    this.#request = request;
    const wanted = AbortSignal.any([signal, request.signal]);
    const downloaded = await abortable(this.#whole(modelId, onPhase), wanted);
    const model = await this.#onDisk(downloaded.modelId);
    const { runtime, machine, threads, device } = this.#dependencies;
    const ability = await runtime.canLoad(model);
    if (ability.loadable) {
      const situation = {
        totalBytes: machine().memoryBytes,
        freedBytes: runtime.loaded?.memory.neededBytes ?? 0,
        platform: process.platform,
      };
      const isRisky = shouldWarnAboutMemory(ability.memory, situation);
      if (isRisky && !(await abortable(confirmLowMemory(model.name, ability.memory), wanted))) {
        throw new Cancelled();
      }
    }
    const vadPath = voiceDetectorPath(await this.#inventory.records());
    const options = { threads: threads(), device: device(), ...defined({ vadPath }) };
    const loaded = await runtime.load(model, options, onPhase, wanted);
    if (!isStillTrue(this.measurement(downloaded), loaded)) void this.#measure(downloaded);
    return loaded;
  }

  /** The audio tracks of a file, read with ffmpeg; empty where it is a WAV file or there is no ffmpeg. */
  audioTracks(audioPath: string, signal: AbortSignal): Promise<readonly AudioTrack[]> {
    return this.#dependencies.runtime.audioTracks(audioPath, signal);
  }

  /** The languages of the loaded model, by its files, else by the catalog. */
  async languages(): Promise<SpokenLanguages> {
    const { loaded } = this;
    const record = loaded === undefined ? undefined : await this.#inventory.record(loaded.modelId);
    return spokenLanguages(loaded, record?.model);
  }

  /** Whether the loaded model may speak a language; see {@link maySpeak}. */
  async speaks(language: string): Promise<boolean> {
    const spoken = await this.languages();
    const wanted = wantedLanguage(language, spoken.languages);
    return wanted === undefined || maySpeak(spoken, wanted);
  }

  /**
   * Transcribes with the loaded model. Rejects with `unsupported`, before anything is transcribed, when the model does
   * not speak the language or can't translate; else as the runtime does. Warns when the model detected a language that
   * it does not speak.
   */
  async transcribe(
    audio: AudioInput,
    request: SpeechRequest,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription> {
    const { runtime, cueLimits } = this.#dependencies;
    const { inAnyLanguage = false, language, task, prompt, track } = request;
    const spoken = await this.languages();
    const wanted = language === undefined ? undefined : wantedLanguage(language, spoken.languages);
    const { loaded } = this;
    if (loaded !== undefined) checkRequest(loaded.name, spoken, wanted, task, inAnyLanguage);
    const options = {
      ...defined({ language: wanted, task, prompt, track }),
      cueLimits: cueLimits(),
    };
    const result = await this.#counted(runtime.transcribe(audio, options, onPartial, signal));
    const [only, ...others] = spoken.isWhole ? spoken.languages : [];
    const told = wanted ?? (others.length === 0 ? only : undefined);
    const detected = wanted === undefined ? result.language : undefined;
    const isStrange = detected !== undefined && !maySpeak(spoken, detected);
    return {
      ...result,
      ...defined({ language: result.language ?? told }),
      warnings: isStrange
        ? [...result.warnings, strangeLanguage(loaded?.name ?? '', detected)]
        : result.warnings,
    };
  }

  /** Resolves when nothing is being transcribed: a load before would end it. Rejects with Cancelled when `signal` aborts. */
  async idle(signal: AbortSignal): Promise<void> {
    while (this.#transcribing.size > 0) {
      await abortable(Promise.allSettled(this.#transcribing), signal);
    }
  }

  /** Transcribes recordings one after the other; see {@link transcribeFiles}. */
  transcribeFiles(
    recordings: readonly string[],
    request: FilesRequest,
  ): Promise<readonly RecordingResult[]> {
    return transcribeFiles(this, recordings, request);
  }

  /** The recordings that are meant by files and folders; see {@link recordingsIn}. */
  recordingsIn(paths: readonly string[]): Promise<readonly string[]> {
    return recordingsIn(paths);
  }

  /** Where the transcripts of recordings go; see {@link transcriptPaths}. */
  transcriptPaths(
    recordings: readonly string[],
    format: TranscriptFormat,
    folder?: string,
  ): readonly string[] {
    return transcriptPaths(recordings, format, folder);
  }

  /** A transcription as text in a format. */
  transcript(transcription: Transcription, format: TranscriptFormat): string {
    return formatTranscript(transcription, format);
  }

  unload(): Promise<void> {
    this.#request.abort();
    return this.#dependencies.runtime.unload();
  }

  dispose(): void {
    this.#request.abort();
    this.#dependencies.runtime.dispose();
    this.#onDidChangeFacts.dispose();
  }

  async #counted<T>(transcription: Promise<T>): Promise<T> {
    this.#transcribing.add(transcription);
    try {
      return await transcription;
    } finally {
      this.#transcribing.delete(transcription);
    }
  }

  async #measure({ name, revision }: DownloadedModel): Promise<void> {
    const { measurements } = this.#dependencies;
    if (measurements === undefined) return;
    try {
      const measured = await this.#dependencies.runtime.measure(new AbortController().signal);
      await measurements.put(revision, measured);
      this.#onDidChangeFacts.fire(undefined);
    } catch (error) {
      // A model that loads and is then unloaded at once was not measured; nothing is wrong with it.
      if (!isCancellation(error))
        this.#dependencies.logger.warn(`${name} was not measured: ${causeText(error)}`);
    }
  }

  /** The model, whole and verified: what is on the disk now, else what its download brings. */
  async #whole(modelId: string, onPhase: (phase: SpeechPhase) => void): Promise<DownloadedModel> {
    // Other programs may have changed the files since the last scan.
    this.#inventory.invalidate();
    const record = await this.#inventory.record(modelId);
    // Of what is here in a format that no name tells, the runtime knows more: it looks into the files.
    const isForBytes = record?.state === 'downloaded' && record.model.format === 'unknown';
    const refused = record === undefined || isForBytes ? undefined : this.refusal(record.model);
    if (refused !== undefined) throw refused;
    if (record?.state === 'damaged') {
      this.#onDidChangeFacts.fire(undefined);
      throw new AsrError(
        'integrity',
        localized('{0} is damaged. Verify it to repair it, then load it.', record.model.name),
      );
    }
    const here = record?.state === 'downloaded' ? record.downloaded : undefined;
    if (here === undefined) onPhase('downloading');
    const downloaded = here ?? (await this.#download(modelId));
    if (downloaded.verified) return downloaded;
    this.#onDidChangeFacts.fire(undefined);
    throw new AsrError(
      'integrity',
      localized('{0} was not verified yet. Verify it first, then load it.', downloaded.name),
    );
  }

  async #onDisk(modelId: string): Promise<ModelOnDisk> {
    const record = await this.#inventory.record(modelId);
    const found = record === undefined ? undefined : modelOnDisk(record);
    if (found !== undefined) return found;
    throw new AsrError('notFound', localized('{0} is not downloaded.', modelId));
  }
}

/** Whether a measurement says how fast the model is as it is loaded now. */
function isStillTrue(
  measured: Measurement | undefined,
  { engineDescription, threads }: LoadedModel,
): boolean {
  return measured?.engineDescription === engineDescription && measured.threads === threads;
}

/** A downloaded model in the form that the runtime loads; undefined when it isn't whole. */
function modelOnDisk({ model, downloaded, state }: ModelRecord): ModelOnDisk | undefined {
  if (downloaded === undefined || state !== 'downloaded') return undefined;
  const [only] = downloaded.files;
  const isOneFile = downloaded.files.length === 1 && only !== undefined;
  // The path of a one-file model is the file; its snapshot folder is as many levels up as the file's path has parts.
  const folder = isOneFile
    ? path.resolve(downloaded.path, ...only.path.split('/').map(() => '..'))
    : downloaded.path;
  // A graphics card's memory says nothing about the processor's.
  const published = model.memoryBytes;
  const roles = new Map(model.files.map((file) => [file.path, file.role]));
  return {
    modelId: model.id,
    name: model.name,
    format: model.format,
    isImported: model.source.kind === 'local',
    folder,
    files: downloaded.files.map(({ path: inRepo, size }) => ({
      path: inRepo,
      role: roles.get(inRepo) ?? '',
      absolutePath: below(folder, inRepo),
      sizeBytes: size,
    })),
    ...(published === undefined || published.kind.startsWith('VRAM')
      ? {}
      : { memoryBytes: published.bytes }),
  };
}

/**
 * The file of a downloaded and verified Silero voice detector in ONNX, which cuts long audio at its pauses; undefined
 * when there is none. Other detectors (TEN) want another configuration.
 */
function voiceDetectorPath(records: readonly ModelRecord[]): string | undefined {
  for (const record of records) {
    if (record.model.format !== 'onnx-sherpa' || record.downloaded?.verified !== true) continue;
    const found = modelOnDisk(record)?.files.find(
      ({ path, role }) => /silero[^/]*\.onnx$/i.test(path) && (role === 'vad' || role === ''),
    );
    if (found !== undefined) return found.absolutePath;
  }
  return undefined;
}
