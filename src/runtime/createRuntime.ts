import { freemem, totalmem } from 'node:os';
import { abortable } from '../common/abortable';
import { AsrError, Cancelled, causeText, isCancellation } from '../common/asrError';
import { Emitter } from '../common/event';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import type { Measurement } from '../protocol/measurement';
import { audioTracks, type AudioTrack } from './audio/ffmpeg';
import { findFfmpeg } from './audio/findFfmpeg';
import { ProcessEnded } from './child/exitError';
import { loadOrder, ModelSession } from './child/modelSession';
import { trialLoad } from './child/trialLoad';
import {
  afterTrials,
  enginePackages,
  missingEngine,
  type EnginePackages,
  platformNameHere,
} from './engineAvailability';
import { machineMemory, type MachineMemory, type MemoryVerdict } from './format/memoryNeed';
import { checkModel, loadability } from './loadability';
import { MachineFacts, type TrialResults } from './machineFacts';
import type { EngineName, Loadability, ModelOnDisk } from './model';
import type { AudioInput, EnginePart, LoadOrder, TranscribeProgress } from './process/messages';
import type {
  DeviceFallback,
  LoadedModel,
  LoadOptions,
  LoadPhase,
  Runtime,
  RuntimeExit,
  RuntimeLimits,
  RuntimeOptions,
  TranscribeOptions,
} from './runtime';
import type { Transcription } from './transcript/segment';

/** A slow machine with a slow disk stays within these. */
const defaultLimits: RuntimeLimits = {
  loadMs: 60_000,
  loadBytesPerSecond: 20_000_000,
  pieceMs: 600_000,
  cancelMs: 500,
  idleMs: 30_000,
};

const engineNames: readonly EngineName[] = ['whisper.cpp', 'sherpa-onnx', 'transcribe.cpp'];
const engineParts: readonly EnginePart[] = ['whisper', 'gguf', 'sherpaNative'];
const isWaveName = /\.wave?$/i;

/** A load under way, and how to cancel it. */
interface Starting {
  readonly abort: AbortController;
  readonly ended: Promise<unknown>;
}

/** Creates the runtime. No process runs until a model is loaded; disposing of it ends the one that does. */
export function createRuntime(options: RuntimeOptions): Runtime {
  return new ProcessRuntime(options);
}

class ProcessRuntime implements Runtime {
  readonly #options: RuntimeOptions;
  readonly #limits: RuntimeLimits;
  readonly #exits = new Emitter<RuntimeExit>();
  readonly #changes = new Emitter<LoadedModel | undefined>();
  readonly #fallbacks = new Emitter<DeviceFallback>();
  readonly #facts: MachineFacts;
  /** The trial loads of this session, and what they left. */
  #trying: Promise<TrialResults> | undefined;
  #known: EnginePackages | undefined;
  #current: ModelSession | undefined;
  /** Loads the model again that was loaded last, as it was asked for. */
  #reload: (() => Promise<LoadedModel>) | undefined;
  #starting: Starting | undefined;
  /** Counts loads and unloads, so that an older load knows that it was superseded. */
  #generation = 0;
  /** Settles with the previous call: the engine transcribes one piece at a time, also after a cancel. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#facts = new MachineFacts(options.factsPath, options.processPath);
  }

  readonly onDidExit = this.#exits.event;
  readonly onDidChangeLoaded = this.#changes.event;
  readonly onDidFallBack = this.#fallbacks.event;

  get loaded(): LoadedModel | undefined {
    return this.#current?.model;
  }

  async engines(): Promise<ReadonlySet<EngineName>> {
    const [packages, here] = [await this.#packages(), platformNameHere()];
    return new Set(
      engineNames.filter((engine) => missingEngine(engine, 0, packages, here) === undefined),
    );
  }

  engineRefusal(engine: EngineName): LocalizedMessage | undefined {
    return this.#known && missingEngine(engine, 0, this.#known, platformNameHere());
  }

  async canLoad(model: ModelOnDisk): Promise<Loadability> {
    return loadability(model, this.#machine(), await this.#packages());
  }

  async load(
    model: ModelOnDisk,
    options: LoadOptions,
    onPhase: (phase: LoadPhase) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    if (signal.aborted) throw new Cancelled();
    this.#generation += 1;
    const generation = this.#generation;
    const checkCancelled = (): void => {
      if (signal.aborted || generation !== this.#generation) throw new Cancelled();
    };
    onPhase('checking');
    await this.#endProcesses();
    const packages = await this.#packages();
    const checked = await checkModel(model, this.#machine(), packages);
    checkCancelled();

    const { logger } = this.#options;
    const preferWasm = !packages.sherpaNative;
    const begin = (order: LoadOrder): Promise<ModelSession> => {
      onPhase('starting');
      return this.#begin(model, checked.memory, order, onPhase, signal);
    };
    const isCpuOnly = await this.#facts.isCpuOnly(model.modelId);
    const order = loadOrder(
      checked,
      isCpuOnly ? { ...options, device: 'cpu' } : options,
      preferWasm,
    );
    const { vadPath: _vadPath, ...withoutDetector } = order;
    let current: ModelSession;
    try {
      current = await begin(order).catch(async (error: unknown) => {
        checkCancelled();
        if (order.vadPath === undefined) return await this.#onProcessor(order, begin, error);
        // A file that isn't a voice detector ends the process; the model works without one.
        logger.warn(`runtime: again without the voice detector: ${causeText(error)}`);
        return await begin(withoutDetector).catch((again: unknown) => {
          checkCancelled();
          return this.#onProcessor(withoutDetector, begin, again);
        });
      });
    } catch (error) {
      checkCancelled();
      logger.warn(`runtime: loading ${model.modelId} failed: ${causeText(error)}`);
      throw error;
    }
    logger.info(`runtime: ${model.modelId} loaded in ${current.model.loadMs} ms`);
    this.#reload = () => this.load(model, options, () => undefined, new AbortController().signal);
    onPhase('ready');
    return current.model;
  }

  transcribe(
    audio: AudioInput,
    options: TranscribeOptions,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription> {
    const ended = this.#queue.then(() => this.#transcribeNow(audio, options, onPartial, signal));
    this.#queue = ended.catch(() => undefined);
    return abortable(ended, signal);
  }

  async audioTracks(audioPath: string, signal: AbortSignal): Promise<readonly AudioTrack[]> {
    if (isWaveName.test(audioPath)) return [];
    const ffmpegPath = await this.#ffmpegFor(audioPath);
    return ffmpegPath === undefined ? [] : await audioTracks(ffmpegPath, audioPath, signal);
  }

  async measure(signal: AbortSignal): Promise<Measurement> {
    const { modelId, name, engineDescription, threads, loadMs } = this.#session().model;
    const { audioMs, elapsedMs, segments } = await this.transcribe(
      { path: this.#options.clipPath },
      {},
      () => undefined,
      signal,
    );
    if (segments.length === 0) {
      throw new AsrError(
        'runtime',
        localized('{0} gave no text for a recording of speech. Choose another model.', name),
      );
    }
    return {
      modelId,
      measuredAtMs: this.#options.clock.wallMs(),
      engineDescription,
      threads,
      loadMs,
      audioMs,
      elapsedMs,
      realTimeFactor: audioMs / Math.max(1, elapsedMs),
    };
  }

  async unload(): Promise<void> {
    this.#generation += 1;
    await this.#endProcesses();
  }

  dispose(): void {
    void this.unload();
    this.#exits.dispose();
    this.#changes.dispose();
    this.#fallbacks.dispose();
  }

  /** Starts a process, loads the model in it and makes it the current one; no process is left when that fails or is cancelled. */
  async #begin(
    model: ModelOnDisk,
    memory: MemoryVerdict,
    order: LoadOrder,
    onPhase: (phase: LoadPhase) => void,
    signal: AbortSignal,
  ): Promise<ModelSession> {
    const abort = new AbortController();
    const request = { model, memory, order, limits: this.#limits, clock: this.#options.clock };
    const wanted = AbortSignal.any([signal, abort.signal]);
    const started = ModelSession.start(this.#options, request, wanted, () => onPhase('loading'));
    const starting: Starting = { abort, ended: started.catch(() => undefined) };
    this.#starting = starting;
    try {
      const session = await started;
      if (wanted.aborted) {
        await session.end();
        throw new Cancelled();
      }
      this.#adopt(session);
      return session;
    } finally {
      if (this.#starting === starting) this.#starting = undefined;
    }
  }

  async #transcribeNow(
    audio: AudioInput,
    options: TranscribeOptions,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription> {
    const ffmpegPath = 'path' in audio ? await this.#ffmpegFor(audio.path) : undefined;
    if (signal.aborted) throw new Cancelled();
    const session = this.#session();
    const job = { audio, options, ffmpegPath, onPartial };
    const reload = this.#reload;
    try {
      return await session.transcribe(job, signal);
    } catch (error) {
      if (!(error instanceof ProcessEnded) || !session.model.onGpu || reload === undefined)
        throw error;
      this.#options.logger.warn(`runtime: again on the processor: ${causeText(error)}`);
      await this.#rememberCpuOnly(session.model);
      await reload();
      return await this.#session().transcribe(job, signal);
    }
  }

  /** Loads a model for the processor when its process has ended or hung and the graphics card may be why. */
  async #onProcessor(
    order: LoadOrder,
    begin: (order: LoadOrder) => Promise<ModelSession>,
    error: unknown,
  ): Promise<ModelSession> {
    const mayUseGpu = order.plan.engine !== 'sherpa-onnx' && order.device !== 'cpu';
    if (!(error instanceof ProcessEnded) || !mayUseGpu) throw error;
    this.#options.logger.warn(`runtime: again on the processor: ${causeText(error)}`);
    // A model that fails there too is bad, and the first error says how.
    const session = await begin({ ...order, device: 'cpu' }).catch((again: unknown) => {
      throw isCancellation(again) ? again : error;
    });
    await this.#rememberCpuOnly(session.model);
    return session;
  }

  async #rememberCpuOnly({ modelId, name }: LoadedModel): Promise<void> {
    await this.#facts.addCpuOnly(modelId);
    this.#fallbacks.fire({ modelId, name });
  }

  /** The ffmpeg that reads a file; a wrong setting is no reason against a WAV file, which needs none. */
  async #ffmpegFor(audioPath: string): Promise<string | undefined> {
    const { env, ffmpegPath } = this.#options;
    try {
      return await findFfmpeg(ffmpegPath?.() ?? '', env, process.platform);
    } catch (error) {
      if (isWaveName.test(audioPath)) return undefined;
      throw error;
    }
  }

  #session(): ModelSession {
    if (this.#current !== undefined) return this.#current;
    throw new AsrError('runtime', localized('No model is loaded. Load a model first.'));
  }

  #adopt(session: ModelSession): void {
    this.#current = session;
    this.#changes.fire(session.model);
    session.onDidExit((error) => {
      if (this.#current !== session) return;
      this.#current = undefined;
      const { modelId } = session.model;
      this.#options.logger.warn(`runtime: ${modelId}: ${causeText(error)}`);
      this.#changes.fire(undefined);
      this.#exits.fire({ modelId, error });
    });
  }

  async #endProcesses(): Promise<void> {
    const current = this.#current;
    const starting = this.#starting;
    this.#current = undefined;
    if (current !== undefined) this.#changes.fire(undefined);
    starting?.abort.abort();
    await Promise.all([current?.end(), starting?.ended]);
  }

  #machine(): MachineMemory {
    const { memory } = this.#options;
    if (memory !== undefined) return memory();
    return machineMemory({
      totalBytes: totalmem(),
      freeBytes: freemem(),
      limitBytes: process.constrainedMemory(),
    });
  }

  /** The engines that can be used, after a trial load of each that was not tried yet. */
  async #packages(): Promise<EnginePackages> {
    const { processPath, preferWasm = false } = this.#options;
    const found = enginePackages(processPath, process.platform, process.arch);
    this.#trying ??= this.#tryEngines(found);
    const usable = afterTrials(found, await this.#trying);
    this.#known = usable;
    return preferWasm ? { ...usable, sherpaNative: false } : usable;
  }

  async #tryEngines(found: EnginePackages): Promise<TrialResults> {
    if (this.#options.factsPath === undefined) return {};
    const known = await this.#facts.trials();
    const fresh: Partial<Record<EnginePart, string>> = {};
    const untried = engineParts.filter((part) => found[part] && known[part] === undefined);
    const { clock, logger } = this.#options;
    await Promise.all(
      untried.map(async (part) => {
        const why = await trialLoad(this.#options, part, clock, this.#limits.loadMs);
        if (why === undefined) return;
        fresh[part] = why;
        if (why !== '') logger.warn(`runtime: ${part} can't be loaded here: ${why}`);
      }),
    );
    if (Object.keys(fresh).length > 0) await this.#facts.addTrials(fresh);
    return { ...known, ...fresh };
  }
}
