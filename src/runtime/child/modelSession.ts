import { Cancelled, toAsrError, type AsrError } from '../../common/asrError';
import { Emitter } from '../../common/event';
import { defined } from '../../protocol/defined';
import { loadModel, type LoadRequest } from '../loadModel';
import type { SpeechOptions } from '../process/engine';
import type { AudioInput, TranscribeProgress } from '../process/messages';
import type { LoadedModel } from '../runtime';
import type { Transcription } from '../transcript/segment';
import { exitError } from './exitError';
import type { RpcClient } from './rpcClient';
import { RuntimeProcess, type RuntimeProcessOptions } from './runtimeProcess';

interface Started {
  readonly model: LoadedModel;
  readonly process: RpcClient;
  readonly child: RuntimeProcess;
}

/** One transcription: the audio, and the program that reads what isn't WAV. */
export interface TranscribeJob {
  readonly audio: AudioInput;
  readonly options: SpeechOptions;
  readonly ffmpegPath: string | undefined;
  readonly onPartial: (progress: TranscribeProgress) => void;
}

/**
 * A loaded model and the process that has it in memory. No engine can be interrupted while it hears a piece, so a
 * process that goes on after a cancel is ended, and the model loaded anew in another one, before the next call.
 */
export class ModelSession {
  readonly model: LoadedModel;
  readonly #options: RuntimeProcessOptions;
  readonly #request: LoadRequest;
  readonly #deaths = new Emitter<AsrError>();
  readonly #ending = new AbortController();
  #child: RuntimeProcess;
  #process: RpcClient;
  #renewal: Promise<void> | undefined;

  private constructor(options: RuntimeProcessOptions, request: LoadRequest, started: Started) {
    this.#options = options;
    this.#request = request;
    this.model = started.model;
    this.#child = started.child;
    this.#process = started.process;
    this.#watch(started);
  }

  /** The process went away without being asked to, and the model with it. */
  readonly onDidDie = this.#deaths.event;

  /**
   * Loads a model in a new process; when that fails or is cancelled, the process is gone. `onRunning`: the process is
   * there and begins to read. Rejects as its calls do.
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
  async transcribe(hearing: TranscribeJob, signal: AbortSignal): Promise<Transcription> {
    const { clock, limits } = this.#request;
    const [child, called] = [this.#child, this.#process];
    const id = called.nextId();
    let patience: { dispose(): void } | undefined;
    const cancel = (): void => {
      child.send({ kind: 'cancel', id });
      patience = clock.after(limits.cancelMs, () => this.#renew());
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const { audio, options, ffmpegPath } = hearing;
      const order = { audio, options, ...defined({ ffmpegPath }) };
      const reply = await called.call(
        { kind: 'transcribe', id, transcribe: order },
        'transcribing',
        { silentMs: limits.pieceMs, idleMs: limits.idleMs },
        ({ progress }) => {
          if (!signal.aborted) hearing.onPartial(progress);
        },
      );
      if (reply.kind !== 'transcribed') throw new Error('the runtime answered something else');
      return reply.result;
    } catch (error) {
      patience?.dispose();
      await this.#renewal;
      if (this.#ending.signal.aborted || signal.aborted) throw new Cancelled();
      throw error;
    } finally {
      patience?.dispose();
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Ends the process; settles when it is gone. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#child.end(), this.#renewal]);
  }

  /** Ends the busy process and loads the model in a new one. */
  #renew(): void {
    const busy = this.#child;
    const renew = async (): Promise<void> => {
      await busy.end();
      const started = await begin(this.#options, this.#request, this.#ending.signal);
      this.#child = started.child;
      this.#process = started.process;
      this.#watch(started);
    };
    this.#renewal = renew()
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) this.#deaths.fire(toAsrError(error));
      })
      .finally(() => {
        this.#renewal = undefined;
      });
  }

  #watch({ child, process }: Started): void {
    void child.gone.then((end) => {
      if (this.#ending.signal.aborted || this.#renewal !== undefined) return;
      const activity = process.activity ?? 'idle';
      this.#deaths.fire(process.hung ?? exitError(end, this.model.name, activity));
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
  // The first that it says is that it is alive.
  const firstWord = child.onReply(() => {
    firstWord.dispose();
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
