import { AsrError, Cancelled, causeText } from '../../common/asrError';
import { defined } from '../../protocol/defined';
import { rootMeanSquare, type Loudness } from '../audio/pieceCutter';
import type { Engine } from './engine';
import {
  endOfOutput,
  isRequest,
  type EnginePart,
  type Failure,
  type LoadOrder,
  type Reply,
  type TranscribeOrder,
} from './messages';
import { loadGguf, tryGguf } from './ggufEngine';
import type { ModuleLoader } from './moduleLoader';
import { loadSherpa } from './sherpaEngine';
import { withShortPaths } from './shortPaths';
import { transcribeAudio } from './transcribeAudio';
import { loadVoiceDetector } from './voiceDetector';
import { loadWhisper } from './whisperEngine';

/** The part of `process` that carries the messages. */
interface Channel {
  send?(message: Reply): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

const aliveEveryMs = 1000;

/** Answers the host's requests until the process ends. */
export function serve(channel: Channel, modules: ModuleLoader): void {
  const server = new RequestServer(channel, modules);
  channel.on('message', (message) => server.handle(message));
  server.sendAlive();
  setInterval(() => server.sendAlive(), aliveEveryMs);
}

class RequestServer {
  readonly #channel: Channel;
  readonly #modules: ModuleLoader;
  readonly #running = new Map<number, AbortController>();
  #engine: Engine | undefined;
  #transcribing = false;
  #newLoudness = (): Loudness => rootMeanSquare;

  constructor(channel: Channel, modules: ModuleLoader) {
    this.#channel = channel;
    this.#modules = modules;
  }

  handle(message: unknown): void {
    if (!isRequest(message)) return;
    const { id } = message;
    switch (message.kind) {
      case 'cancel':
        this.#running.get(id)?.abort();
        break;
      case 'try':
        void tryPart(message.part, this.#modules).then((error) =>
          this.#send({ kind: 'tried', id, error }),
        );
        break;
      case 'load':
        this.#answer(id, this.#load(id, message.load));
        break;
      case 'transcribe':
        this.#answer(id, this.#transcribe(id, message.transcribe));
        break;
    }
  }

  sendAlive(): void {
    const { user, system } = process.cpuUsage();
    const cpuMs = Math.round((user + system) / 1000);
    this.#send({ kind: 'alive', cpuMs, transcribing: this.#transcribing });
  }

  #answer(id: number, work: Promise<void>): void {
    work
      .catch((error: unknown) => this.#send({ kind: 'failed', id, failure: failureOf(error) }))
      .finally(() => this.#running.delete(id));
  }

  async #load(id: number, order: LoadOrder): Promise<void> {
    const { vadPath } = order;
    const detector = vadPath === undefined ? undefined : loadVoiceDetector(vadPath, this.#modules);
    if (detector !== undefined) this.#newLoudness = detector;
    const loaded = await withShortPaths(order.plan, (plan) =>
      loadEngine({ ...order, plan }, this.#modules),
    );
    this.#engine = {
      ...loaded,
      transcribePiece: (...piece) => this.#transcribePiece(loaded, piece),
    };
    const { description, onGpu, abilities } = loaded;
    this.#send({ kind: 'loaded', id, description, onGpu, ...defined({ abilities }) });
  }

  async #transcribePiece(
    engine: Engine,
    piece: Parameters<Engine['transcribePiece']>,
  ): ReturnType<Engine['transcribePiece']> {
    this.#transcribing = true;
    try {
      return await engine.transcribePiece(...piece);
    } finally {
      this.#transcribing = false;
    }
  }

  async #transcribe(id: number, order: TranscribeOrder): Promise<void> {
    if (this.#engine === undefined) throw new Error('no model is loaded');
    const abort = new AbortController();
    this.#running.set(id, abort);
    const result = await transcribeAudio(
      this.#engine,
      order,
      this.#newLoudness(),
      (progress) => this.#send({ kind: 'progress', id, progress }),
      abort.signal,
    );
    // The host reads the output up to this line before it believes that there is no text.
    process.stderr.write(`${endOfOutput(id)}\n`);
    this.#send({ kind: 'transcribed', id, result });
  }

  #send(reply: Reply): void {
    this.#channel.send?.(reply);
  }
}

/** Loads an engine's package with its libraries; gives back why it can't be. */
async function tryPart(part: EnginePart, modules: ModuleLoader): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  if (part === 'gguf') return tryGguf(modules);
  const name = part === 'whisper' ? `@fugood/node-whisper-${platform}` : 'sherpa-onnx-node';
  const { error } = modules.load(name);
  return Promise.resolve(error === undefined ? '' : causeText(error));
}

async function loadEngine(order: LoadOrder, modules: ModuleLoader): Promise<Engine> {
  const { plan, threads, device } = order;
  if (plan.engine === 'transcribe.cpp') {
    return loadGguf({ modelPath: plan.modelPath, threads, device }, modules);
  }
  if (plan.engine === 'whisper.cpp') {
    const { kind, modelPath, multilingual } = plan;
    try {
      return await loadWhisper({ kind, modelPath, multilingual, threads, device }, modules);
    } catch (error) {
      // The addon needs a newer C library than transcribe.cpp, which reads the same Whisper files.
      if (!(error instanceof AsrError) || kind !== 'whisper') throw error;
      return await loadGguf({ modelPath, threads, device }, modules).catch(() => {
        throw error;
      });
    }
  }
  return loadSherpa(
    {
      kind: plan.kind,
      parts: plan.parts,
      sizeBytes: order.sizeBytes,
      threads,
      preferWasm: order.preferWasm,
      ...defined({ language: order.language, longestPieceMs: plan.longestPieceMs }),
    },
    modules,
  );
}

function failureOf(error: unknown): Failure {
  if (error instanceof Cancelled) return { kind: 'cancelled' };
  if (error instanceof AsrError) {
    const cause = error.cause === undefined ? '' : causeText(error.cause);
    return { kind: 'error', code: error.code, text: error.localizedMessage, cause };
  }
  // WebAssembly throws bare numbers: the address of a C++ exception.
  return { kind: 'engine', cause: causeText(error) };
}
