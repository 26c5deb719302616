import { availableParallelism, freemem, totalmem } from 'node:os';
import { AsrError, Cancelled, causeText } from '../base/asrError';
import { Emitter } from '../base/event';
import { sentence } from '../base/sentence';
import { findProgram } from './audio/findProgram';
import { checkModel } from './checkModel';
import { exitError } from './child/exitError';
import { LoadedProcess } from './child/loadedProcess';
import { RuntimeChild } from './child/runtimeChild';
import { enginePackages, type EnginePackages } from './engineAvailability';
import { loadability } from './loadability';
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
import { threadCount } from './threadCount';
import type { Transcription } from './transcript/segment';

/** What a slow machine with a slow disk stays within, and a person's patience does too. */
const defaultLimits: RuntimeLimits = {
  loadMs: 60_000,
  loadBytesPerSecond: 20_000_000,
  pieceMs: 600_000,
  idleMs: 20_000,
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
    return loadability(model, this.#packages());
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
    const machine = { totalBytes: totalmem(), availableBytes: freemem() };
    const { plan, memory, sizeBytes } = await checkModel(
      model,
      this.#options.memory?.() ?? machine,
      this.#packages(),
    );
    checkCancelled();

    onPhase('starting');
    const { clock, logger, preferWasm = false } = this.#options;
    const threads = threadCount(options.threads ?? 0, availableParallelism(), process.arch);
    const { language, vadPath } = options;
    const order: LoadOrder = {
      plan,
      sizeBytes,
      threads,
      preferWasm,
      ...(language === undefined ? {} : { language }),
      ...(vadPath === undefined ? {} : { vadPath }),
    };
    const startedMs = clock.nowMs();
    const child = new RuntimeChild(this.#options);
    this.#starting = child;
    const abort = (): void => void child.end();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const loading = new LoadedProcess(child, model.name, clock);
      onPhase('loading');
      const reply = await loading.call(
        { kind: 'load', id: loading.nextId(), load: order },
        'loading',
        { silentMs: this.#loadLimitMs(sizeBytes), idleMs: this.#limits.idleMs },
      );
      checkCancelled();
      const loaded: LoadedModel = {
        modelId: model.modelId,
        name: model.name,
        engine: plan.engine,
        engineDescription: reply.kind === 'loaded' ? reply.description : '',
        threads,
        loadMs: Math.round(clock.nowMs() - startedMs),
        memory,
      };
      logger.info(`runtime: ${model.modelId} loaded in ${loaded.loadMs} ms`);
      this.#adopt({ model: loaded, process: loading, child, released: false });
      onPhase('ready');
      return loaded;
    } catch (error) {
      await child.end();
      checkCancelled();
      logger.warn(`runtime: loading ${model.modelId} failed: ${causeText(error)}`);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      if (this.#starting === child) this.#starting = undefined;
    }
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

  #packages(): EnginePackages {
    const { processPath, preferWasm = false } = this.#options;
    const found = enginePackages(processPath, process.platform, process.arch);
    return preferWasm ? { ...found, sherpaNative: false } : found;
  }

  #loadLimitMs(sizeBytes: number): number {
    const { loadMs, loadBytesPerSecond } = this.#limits;
    return loadMs + Math.round((sizeBytes / loadBytesPerSecond) * 1000);
  }
}

/** The promise, or Cancelled as soon as the signal says so; what the promise does afterwards is nobody's concern. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(new Cancelled());
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
