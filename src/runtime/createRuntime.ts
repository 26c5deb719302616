import { freemem, totalmem } from 'node:os';
import { abortable } from '../base/abortable';
import { AsrError, Cancelled, causeText } from '../base/asrError';
import { Emitter } from '../base/event';
import { sentence } from '../base/sentence';

import { findProgram } from './audio/findProgram';
import { checkModel } from './checkModel';
import { exitError } from './child/exitError';
import type { LoadedProcess } from './child/loadedProcess';
import { RuntimeChild } from './child/runtimeChild';
import { enginePackages, type EnginePackages } from './engineAvailability';
import type { MachineMemory, MemoryVerdict } from './format/memoryNeed';
import { loadability } from './loadability';
import { loadModel, loadOrder } from './loadModel';
import type { Loadability, ModelOnDisk } from './model';
import type { SpeechOptions } from './process/engine';
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
} from './runtime';
import type { Transcription } from './transcript/segment';

/** What a slow machine with a slow disk stays within, and a person's patience does too. */
const defaultLimits: RuntimeLimits = {
  loadMs: 60_000,
  loadBytesPerSecond: 20_000_000,
  pieceMs: 600_000,
  idleMs: 30_000,
};

/** The loaded model and its process. `released`: somebody asked for its end. */
interface Current {
  readonly model: LoadedModel;
  readonly process: LoadedProcess;
  readonly child: RuntimeChild;
  released: boolean;
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
  #current: Current | undefined;
  #starting: RuntimeChild | undefined;
  /** Counts loads and unloads, so that an older load knows that it is no longer wanted. */
  #generation = 0;
  /** The end of the call before: the engine hears one piece at a time, also after a cancel. */
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

    const { logger } = this.#options;
    const begin = (order: LoadOrder): Promise<Current> => {
      onPhase('starting');
      return this.#begin(model, checked.memory, order, onPhase, signal);
    };
    const { preferWasm = false } = this.#options;
    const order = loadOrder(checked, options, preferWasm);
    let current: Current;
    try {
      current = await begin(order).catch((error: unknown) => {
        checkCancelled();
        if (order.vadPath === undefined) throw error;
        // A voice detector that is none ends the process: the model may do without it.
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
    options: SpeechOptions,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription> {
    const ended = this.#queue.then(() => this.#transcribeNow(audio, options, onPartial, signal));
    this.#queue = ended.catch(() => undefined);
    return abortable(ended, signal);
  }

  async measure(signal: AbortSignal): Promise<Measurement> {
    const current = this.#needed();
    const { audioMs, elapsedMs } = await this.transcribe(
      { path: this.#options.clipPath },
      {},
      () => undefined,
      signal,
    );
    return {
      modelId: current.model.modelId,
      loadMs: current.model.loadMs,
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

  /** Starts a process, loads the model in it and adopts it; when that fails or is cancelled, the process is gone. */
  async #begin(
    model: ModelOnDisk,
    memory: MemoryVerdict,
    order: LoadOrder,
    onPhase: (phase: LoadPhase) => void,
    signal: AbortSignal,
  ): Promise<Current> {
    const generation = this.#generation;
    const child = new RuntimeChild(this.#options);
    this.#starting = child;
    const abort = (): void => void child.end();
    signal.addEventListener('abort', abort, { once: true });
    try {
      onPhase('loading');
      const { clock } = this.#options;
      const loaded = await loadModel(child, model, memory, order, this.#limits, clock);
      if (signal.aborted || generation !== this.#generation) throw new Cancelled();
      const current: Current = { ...loaded, child, released: false };
      this.#adopt(current);
      return current;
    } catch (error) {
      await child.end();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      if (this.#starting === child) this.#starting = undefined;
    }
  }

  async #transcribeNow(
    audio: AudioInput,
    options: SpeechOptions,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription> {
    const ffmpegPath = await findProgram('ffmpeg', this.#options.env, process.platform);
    if (signal.aborted) throw new Cancelled();
    const current = this.#needed();
    const id = current.process.nextId();
    const cancel = (): void => {
      current.child.send({ kind: 'cancel', id });
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const reply = await current.process.call(
        {
          kind: 'transcribe',
          id,
          transcribe: { audio, options, ...(ffmpegPath === undefined ? {} : { ffmpegPath }) },
        },
        'transcribing',
        { silentMs: this.#limits.pieceMs, idleMs: this.#limits.idleMs },
        ({ progress }) => {
          if (!signal.aborted) onPartial(progress);
        },
      );
      if (reply.kind !== 'transcribed') throw new Error('the runtime answered something else');
      return reply.result;
    } catch (error) {
      if (current.released) throw new Cancelled();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  #needed(): Current {
    if (this.#current !== undefined) return this.#current;
    throw new AsrError('runtime', sentence('No model is loaded. Load a model first.'));
  }

  #adopt(current: Current): void {
    this.#current = current;
    this.#changes.fire(current.model);
    void current.child.gone.then((end) => {
      if (current.released) return;
      this.#current = undefined;
      const { name, modelId } = current.model;
      const error =
        current.process.hung ?? exitError(end, name, current.process.activity ?? 'idle');
      this.#options.logger.warn(`runtime: ${modelId}: ${causeText(error)}`);
      this.#changes.fire(undefined);
      this.#exits.fire({ modelId, error });
    });
  }

  async #endProcesses(): Promise<void> {
    const current = this.#current;
    const starting = this.#starting;
    this.#current = undefined;
    if (current !== undefined) {
      current.released = true;
      this.#changes.fire(undefined);
    }
    await Promise.all([current?.child.end(), starting?.end()]);
  }

  #machine(): MachineMemory {
    return this.#options.memory?.() ?? { totalBytes: totalmem(), availableBytes: freemem() };
  }

  #packages(): EnginePackages {
    const { processPath, preferWasm = false } = this.#options;
    const found = enginePackages(processPath, process.platform, process.arch);
    return preferWasm ? { ...found, sherpaNative: false } : found;
  }
}
