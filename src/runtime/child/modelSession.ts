import { availableParallelism } from 'node:os';
import { AsrError, Cancelled, toAsrError } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import { Emitter } from '../../common/event';
import { localized } from '../../common/localizedMessage';
import { defined } from '../../protocol/defined';
import { abilitiesOf } from '../format/abilities';
import type { CheckedModel } from '../loadability';
import type { ModelOnDisk } from '../model';
import type { AudioInput, LoadOrder, TranscribeProgress } from '../process/messages';
import type { LoadedModel, LoadOptions, RuntimeLimits, TranscribeOptions } from '../runtime';
import type { Transcription } from '../transcript/segment';
import { exitError } from './exitError';
import { RpcClient } from './rpcClient';
import { RuntimeProcess, type RuntimeProcessOptions } from './runtimeProcess';
import { SwallowedFailure } from './swallowedFailure';

/** All that loading a checked model takes, the first time and again after its process was killed. */
interface LoadRequest {
  readonly model: ModelOnDisk;
  readonly memory: LoadedModel['memory'];
  readonly order: LoadOrder;
  readonly limits: RuntimeLimits;
  readonly clock: Clock;
}

interface Started {
  readonly model: LoadedModel;
  readonly client: RpcClient;
  readonly child: RuntimeProcess;
}

/** How long the last lines of a process's output may take to arrive. */
const outputMs = 2000;

/** With more threads speech models get slower: memory bandwidth is the limit by then. */
const mostThreads = 8;

/** One transcription: the audio, and the program that reads what isn't WAV. */
interface TranscribeJob {
  readonly audio: AudioInput;
  readonly options: TranscribeOptions;
  readonly ffmpegPath: string | undefined;
  readonly onPartial: (progress: TranscribeProgress) => void;
}

/**
 * A loaded model and the process that has it in memory. No engine can be interrupted within a piece: a process that
 * is still busy some time after a cancel is killed, and the model is loaded again in another one before the next call.
 */
export class ModelSession {
  readonly model: LoadedModel;
  readonly #options: RuntimeProcessOptions;
  readonly #request: LoadRequest;
  readonly #exits = new Emitter<AsrError>();
  readonly #ending = new AbortController();
  #child: RuntimeProcess;
  #client: RpcClient;
  #restarting: Promise<void> | undefined;

  private constructor(options: RuntimeProcessOptions, request: LoadRequest, started: Started) {
    this.#options = options;
    this.#request = request;
    this.model = started.model;
    this.#child = started.child;
    this.#client = started.client;
    this.#watch(started);
  }

  /** The process ended unexpectedly, and the model is no longer loaded. */
  readonly onDidExit = this.#exits.event;

  /**
   * Loads a model in a new process; when that fails or is cancelled, the process is gone. `onRunning`: the process
   * runs and begins to read the model. Rejects as its calls do.
   */
  static async start(
    options: RuntimeProcessOptions,
    request: LoadRequest,
    signal: AbortSignal,
    onRunning: () => void,
  ): Promise<ModelSession> {
    return new ModelSession(options, request, await begin(options, request, signal, onRunning));
  }

  /** Rejects with Cancelled when `signal` aborts or {@link end} is called; settles when the model can be used again. */
  async transcribe(job: TranscribeJob, signal: AbortSignal): Promise<Transcription> {
    const { clock, limits } = this.#request;
    const [child, client] = [this.#child, this.#client];
    const id = client.nextId();
    let deadline: { dispose(): void } | undefined;
    const swallowed = new SwallowedFailure(child, id);
    const cancel = (): void => {
      child.send({ kind: 'cancel', id });
      deadline = clock.after(limits.cancelMs, () => this.#restart());
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const { audio, ffmpegPath } = job;
      const { cueLimits, ...options } = job.options;
      const order = { audio, options, ...defined({ ffmpegPath, cueLimits }) };
      const reply = await client.call(
        { kind: 'transcribe', id, transcribe: order },
        'transcribing',
        { silentMs: limits.pieceMs, idleMs: limits.idleMs },
        ({ progress }) => {
          if (!signal.aborted) job.onPartial(progress);
        },
      );
      if (reply.kind !== 'transcribed') throw new Error('the runtime answered something else');
      if (reply.result.segments.length === 0) {
        const failure = await swallowed.found(clock, outputMs);
        if (failure !== undefined) throw this.#gaveNothing(failure);
      }
      return reply.result;
    } catch (error) {
      deadline?.dispose();
      await this.#restarting;
      if (this.#ending.signal.aborted || signal.aborted) throw new Cancelled();
      throw error;
    } finally {
      deadline?.dispose();
      swallowed.dispose();
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Ends the process; settles when it is gone. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#child.end(), this.#restarting]);
  }

  #gaveNothing(failure: string): AsrError {
    return new AsrError(
      'runtime',
      localized(
        '{0} failed on this recording and gave no text. Choose another model; the log has the details.',
        this.model.name,
      ),
      { cause: new Error(failure) },
    );
  }

  /** Ends the busy process and loads the model in a new one. */
  #restart(): void {
    const busy = this.#child;
    const restart = async (): Promise<void> => {
      await busy.end();
      const started = await begin(this.#options, this.#request, this.#ending.signal);
      this.#child = started.child;
      this.#client = started.client;
      this.#watch(started);
    };
    this.#restarting = restart()
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) this.#exits.fire(toAsrError(error));
      })
      .finally(() => {
        this.#restarting = undefined;
      });
  }

  #watch({ child, client }: Started): void {
    void child.gone.then((end) => {
      if (this.#ending.signal.aborted || this.#restarting !== undefined) return;
      const activity = client.activity ?? 'idle';
      this.#exits.fire(client.hung ?? exitError(end, this.model.name, activity));
    });
  }
}

async function begin(
  options: RuntimeProcessOptions,
  request: LoadRequest,
  signal: AbortSignal,
  onRunning: () => void = () => undefined,
): Promise<Started> {
  const child = new RuntimeProcess(options);
  // The first message is the report that it is alive.
  const firstReply = child.onReply(() => {
    firstReply.dispose();
    onRunning();
  });
  const abort = (): void => void child.end();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    const loaded = await loadModel(child, request);
    if (signal.aborted) throw new Cancelled();
    return { ...loaded, child };
  } catch (error) {
    await child.end();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Loads the model in a process that has just been started. Rejects as the process's calls do. */
async function loadModel(
  child: RuntimeProcess,
  { model, memory, order, limits, clock }: LoadRequest,
): Promise<{ readonly model: LoadedModel; readonly client: RpcClient }> {
  const startedMs = clock.nowMs();
  const client = new RpcClient(child, model.name, clock);
  const readMs = Math.round((order.sizeBytes / limits.loadBytesPerSecond) * 1000);
  const reply = await client.call({ kind: 'load', id: client.nextId(), load: order }, 'loading', {
    silentMs: limits.loadMs + readMs,
    idleMs: limits.idleMs,
  });
  const loaded: LoadedModel = {
    modelId: model.modelId,
    name: model.name,
    engine: order.plan.engine,
    engineDescription: reply.kind === 'loaded' ? reply.description : '',
    threads: order.threads,
    onGpu: reply.kind === 'loaded' && reply.onGpu,
    ...abilitiesOf(order.plan),
    ...(reply.kind === 'loaded' ? reply.abilities : {}),
    loadMs: Math.round(clock.nowMs() - startedMs),
    memory,
  };
  return { model: loaded, client };
}

/** The `load` request for a checked model. */
export function loadOrder(
  { plan, sizeBytes }: CheckedModel,
  { threads = 0, device = 'auto', language, vadPath }: LoadOptions,
  preferWasm: boolean,
): LoadOrder {
  return {
    plan,
    sizeBytes,
    threads: threadCount(threads, availableParallelism(), process.arch),
    preferWasm,
    device,
    ...defined({ language, vadPath }),
  };
}

/**
 * How many threads an engine gets: the requested number, else one for each physical core. Node reports logical cores;
 * on x64 two of them usually share a physical one, on arm64 they don't.
 */
export function threadCount(requested: number, logicalCores: number, arch: string): number {
  if (requested > 0) return Math.min(requested, 64);
  const physical = arch === 'x64' ? Math.ceil(logicalCores / 2) : logicalCores;
  return Math.max(1, Math.min(mostThreads, physical));
}
