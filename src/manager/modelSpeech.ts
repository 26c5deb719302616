import { AsrError, causeText, isCancellation } from '../base/asrError';
import type { Disposable } from '../base/disposable';
import type { Event } from '../base/event';
import { sentence } from '../base/sentence';
import type {
  AudioInput,
  CodeSnippet,
  LoadedModel,
  LoadPhase,
  Measurement,
  ModelOnDisk,
  Runtime,
  RuntimeExit,
  SpeechOptions,
  TranscribeProgress,
  Transcription,
  TranscriptFormat,
} from '../runtime';
import { codeSnippet, formatLoadability, formatTranscript } from '../runtime';
import type { CatalogModel } from '../catalog';
import type { Inventory } from './inventory';
import type { ManagerPorts } from './managerPorts';
import { modelOnDisk } from './modelOnDisk';
import type { DownloadedModel } from './modelRecord';

/** Remembers how fast each model was on this machine, by model id and revision. */
export interface Measurements {
  get(modelId: string, revision: string): Measurement | undefined;
  put(revision: string, measurement: Measurement): Promise<void>;
}

/** What speech needs beside the manager's own ports. */
export interface SpeechPorts {
  readonly runtime: Runtime;
  readonly measurements: Measurements;
  /** 0: as many as the machine has physical cores. */
  readonly threads: () => number;
}

/** Loads one model at a time and transcribes with it. */
export class ModelSpeech implements Disposable {
  readonly #ports: SpeechPorts & Pick<ManagerPorts, 'logger'>;
  readonly #inventory: Inventory;
  readonly #download: (modelId: string) => Promise<DownloadedModel>;

  constructor(
    ports: SpeechPorts & Pick<ManagerPorts, 'logger'>,
    inventory: Inventory,
    download: (modelId: string) => Promise<DownloadedModel>,
  ) {
    this.#ports = ports;
    this.#inventory = inventory;
    this.#download = download;
  }

  /** The model that is loaded now. */
  get loaded(): LoadedModel | undefined {
    return this.#ports.runtime.loaded;
  }

  get onDidChangeLoaded(): Event<LoadedModel | undefined> {
    return this.#ports.runtime.onDidChangeLoaded;
  }

  get onDidExit(): Event<RuntimeExit> {
    return this.#ports.runtime.onDidExit;
  }

  /** Why a model can't be loaded here, by its format alone; undefined when it can. */
  refusal(model: CatalogModel): AsrError | undefined {
    const answer = formatLoadability(model.name, model.format);
    return answer.loadable ? undefined : new AsrError('unsupported', answer.reason);
  }

  /** How fast the model was on this machine, when it has been loaded once. */
  measurement(model: DownloadedModel): Measurement | undefined {
    return this.#ports.measurements.get(model.modelId, model.revision);
  }

  /** Code that loads a downloaded model in another program. */
  async snippet(modelId: string): Promise<CodeSnippet> {
    const found = codeSnippet(await this.#onDisk(modelId));
    if (found !== undefined) return found;
    throw new AsrError('unsupported', sentence('No code is known that loads {0}.', modelId));
  }

  /** Loads a model, downloading it first when it must; measures it the first time. Rejects as the runtime does. */
  async load(
    modelId: string,
    onPhase: (phase: LoadPhase) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const downloaded = await this.#download(modelId);
    if (!downloaded.verified) {
      throw new AsrError(
        'integrity',
        sentence('{0} was not verified yet. Verify it first, then load it.', downloaded.name),
      );
    }
    const model = await this.#onDisk(downloaded.modelId);
    const loaded = await this.#ports.runtime.load(
      model,
      { threads: this.#ports.threads() },
      onPhase,
      signal,
    );
    if (this.measurement(downloaded) === undefined) void this.#measure(downloaded);
    return loaded;
  }

  transcribe(
    audio: AudioInput,
    options: SpeechOptions,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription> {
    return this.#ports.runtime.transcribe(audio, options, onPartial, signal);
  }

  /** Writes a transcription down. */
  transcript(transcription: Transcription, format: TranscriptFormat): string {
    return formatTranscript(transcription, format);
  }

  unload(): Promise<void> {
    return this.#ports.runtime.unload();
  }

  dispose(): void {
    this.#ports.runtime.dispose();
  }

  async #measure({ name, revision }: DownloadedModel): Promise<void> {
    try {
      const measured = await this.#ports.runtime.measure(new AbortController().signal);
      await this.#ports.measurements.put(revision, measured);
      this.#inventory.invalidate();
    } catch (error) {
      // A model that loads and is then unloaded at once was not measured; nothing is wrong with it.
      if (!isCancellation(error))
        this.#ports.logger.warn(`${name} was not measured: ${causeText(error)}`);
    }
  }

  async #onDisk(modelId: string): Promise<ModelOnDisk> {
    const records = await this.#inventory.records();
    const record = records.find(({ model }) => model.id === modelId);
    const found = record === undefined ? undefined : modelOnDisk(record);
    if (found !== undefined) return found;
    throw new AsrError('notFound', sentence('{0} is not downloaded.', modelId));
  }
}
