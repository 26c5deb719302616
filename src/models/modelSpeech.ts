import { defined } from '../protocol/defined';
import { abortable } from '../common/abortable';
import { AsrError, Cancelled, causeText, isCancellation } from '../common/asrError';
import type { Disposable } from '../common/disposable';
import { Emitter, type Event } from '../common/event';
import { localized } from '../common/localizedMessage';
import {
  type AudioInput,
  type CodeSnippet,
  formatTranscript,
  type LoadedModel,
  type LoadPhase,
  type Measurement,
  type MemoryVerdict,
  type ModelOnDisk,
  modelSnippet,
  type RuntimeExit,
  type SpeechOptions,
  type TranscribeProgress,
  type TranscriptFormat,
  type Transcription,
} from '../runtime';
import type { CatalogModel } from '../catalog';
import type { DownloadedModel } from '../protocol/downloadedModel';
import type { Inventory } from './inventory';
import { loadRefusal } from './loadRefusal';
import type { ManagerDependencies } from './managerDependencies';
import { shouldWarnAboutMemory } from './memoryWarning';
import { modelOnDisk } from './modelOnDisk';
import type { ModelRecord } from './modelRecord';
import type { SpeechDependencies } from './speechDependencies';
import { voiceDetectorPath } from './voiceDetector';

/** What a load goes through: a download when it must, then the runtime's own phases. */
export type SpeechPhase = 'downloading' | LoadPhase;

/** Asks whether a model may be loaded although memory is short; false calls the load off. */
export type ConfirmLowMemory = (name: string, memory: MemoryVerdict) => Promise<boolean>;

type Ports = SpeechDependencies & Pick<ManagerDependencies, 'logger' | 'machine'>;

/** Loads one model at a time and transcribes with it. */
export class ModelSpeech implements Disposable {
  readonly #dependencies: Ports;
  readonly #inventory: Inventory;
  readonly #download: (modelId: string) => Promise<DownloadedModel>;
  readonly #onDidChangeFacts = new Emitter<undefined>();
  /** The newest request to load: it alone may go on, however long the downloads before take. */
  #request = new AbortController();

  /** A model was measured, or a load found the disk otherwise than it was known. */
  readonly onDidChangeFacts = this.#onDidChangeFacts.event;

  constructor(
    ports: Ports,
    inventory: Inventory,
    download: (modelId: string) => Promise<DownloadedModel>,
  ) {
    this.#dependencies = ports;
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

  get onDidExit(): Event<RuntimeExit> {
    return this.#dependencies.runtime.onDidExit;
  }

  /** Why a model can't be loaded here, before it is downloaded; undefined when nothing is known against it. */
  refusal(model: CatalogModel): AsrError | undefined {
    return loadRefusal(model);
  }

  /** How fast the model was on this machine in the revision that is here, when that has been loaded once. */
  measurement(model: DownloadedModel): Measurement | undefined {
    return this.#dependencies.measurements.get(model.modelId, model.revision);
  }

  /** Code that loads a downloaded model in another program. */
  async snippet(modelId: string): Promise<CodeSnippet> {
    const found = await modelSnippet(await this.#onDisk(modelId));
    if (found !== undefined) return found;
    throw new AsrError('unsupported', localized('No code is known that loads {0}.', modelId));
  }

  /**
   * Loads a model, downloading it first when it must; measures it the first time, and anew with another engine or
   * number of threads. Rejects with `unsupported` before
   * anything is downloaded when its format is for another program, with `integrity` when it is damaged or was not
   * verified, else as the download and the runtime do; with Cancelled at once when `signal` aborts (a download goes
   * on) or when another load or unload is asked for meanwhile.
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
    const { runtime, machine, threads } = this.#dependencies;
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
    const options = { threads: threads(), ...defined({ vadPath }) };
    const loaded = await runtime.load(model, options, onPhase, wanted);
    if (!isStillTrue(this.measurement(downloaded), loaded)) void this.#measure(downloaded);
    return loaded;
  }

  transcribe(
    audio: AudioInput,
    options: SpeechOptions,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription> {
    return this.#dependencies.runtime.transcribe(audio, options, onPartial, signal);
  }

  /** Writes a transcription down. */
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

  async #measure({ name, revision }: DownloadedModel): Promise<void> {
    try {
      const measured = await this.#dependencies.runtime.measure(new AbortController().signal);
      await this.#dependencies.measurements.put(revision, measured);
      this.#onDidChangeFacts.fire(undefined);
    } catch (error) {
      // A model that loads and is then unloaded at once was not measured; nothing is wrong with it.
      if (!isCancellation(error))
        this.#dependencies.logger.warn(`${name} was not measured: ${causeText(error)}`);
    }
  }

  /** The model, whole and verified: what is on the disk now, else what its download brings. */
  async #whole(modelId: string, onPhase: (phase: SpeechPhase) => void): Promise<DownloadedModel> {
    // Files may have changed behind our back since somebody last looked.
    this.#inventory.invalidate();
    const record = await this.#record(modelId);
    const refused = record === undefined ? undefined : this.refusal(record.model);
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

  async #record(modelId: string): Promise<ModelRecord | undefined> {
    return (await this.#inventory.records()).find(({ model }) => model.id === modelId);
  }

  async #onDisk(modelId: string): Promise<ModelOnDisk> {
    const record = await this.#record(modelId);
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
