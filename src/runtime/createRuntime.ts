import { freemem, totalmem } from 'node:os';
import { abortable } from '../common/abortable';
import { AsrError, Cancelled, causeText } from '../common/asrError';
import { Emitter } from '../common/event';
import { localized } from '../common/localizedMessage';
import { findProgram } from './audio/ffmpeg';
import { loadOrder, ModelSession } from './child/modelSession';
import { enginePackages, type EnginePackages } from './engineAvailability';
import { machineMemory, type MachineMemory, type MemoryVerdict } from './format/memoryNeed';
import { checkModel, loadability } from './loadability';
import type { Loadability, ModelOnDisk } from './model';
import type { AudioInput, LoadOrder, TranscribeProgress } from './process/messages';
import type {
  LoadedModel,
  LoadOptions,
  LoadPhase,
  Measurement,
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
  #current: ModelSession | undefined;
  #starting: Starting | undefined;
  /** Counts loads and unloads, so that an older load knows that it was superseded. */
  #generation = 0;
  /** Settles with the previous call: the engine transcribes one piece at a time, also after a cancel. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  readonly onDidExit = this.#exits.event;
  readonly onDidChangeLoaded = this.#changes.event;

  get loaded(): LoadedModel | undefined {
    return this.#current?.model;
  }

  canLoad(model: ModelOnDisk): Promise<Loadability> {
    return loadability(model, this.#machine(), this.#packages());
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
    const checked = await checkModel(model, this.#machine(), this.#packages());
    checkCancelled();

    const { logger, preferWasm = false } = this.#options;
    const begin = (order: LoadOrder): Promise<ModelSession> => {
      onPhase('starting');
      return this.#begin(model, checked.memory, order, onPhase, signal);
    };
    const order = loadOrder(checked, options, preferWasm);
    let current: ModelSession;
    try {
      current = await begin(order).catch((error: unknown) => {
        checkCancelled();
        if (order.vadPath === undefined) throw error;
        // A file that isn't a voice detector ends the process; the model works without one.
        logger.warn(`runtime: again without the voice detector: ${causeText(error)}`);
        const { vadPath: _vadPath, ...rest } = options;
        return begin(loadOrder(checked, rest, preferWasm));
      });
    } catch (error) {
      checkCancelled();
      logger.warn(`runtime: loading ${model.modelId} failed: ${causeText(error)}`);
      throw error;
    }
    logger.info(`runtime: ${model.modelId} loaded in ${current.model.loadMs} ms`);
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

  async measure(signal: AbortSignal): Promise<Measurement> {
    const { modelId, engineDescription, threads, loadMs } = this.#session().model;
    const { audioMs, elapsedMs } = await this.transcribe(
      { path: this.#options.clipPath },
      {},
      () => undefined,
      signal,
    );
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
    const ffmpegPath = await findProgram('ffmpeg', this.#options.env, process.platform);
    if (signal.aborted) throw new Cancelled();
    return await this.#session().transcribe({ audio, options, ffmpegPath, onPartial }, signal);
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

  #packages(): EnginePackages {
    const { processPath, preferWasm = false } = this.#options;
    const found = enginePackages(processPath, process.platform, process.arch);
    return preferWasm ? { ...found, sherpaNative: false } : found;
  }
}
