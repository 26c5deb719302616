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
  let engine: Engine | undefined;
  let transcribing = false;
  let newLoudness = (): Loudness => rootMeanSquare;
  const running = new Map<number, AbortController>();
  const send = (reply: Reply): void => {
    channel.send?.(reply);
  };

  const load = async (id: number, order: LoadOrder): Promise<void> => {
    const { vadPath } = order;
    const detector = vadPath === undefined ? undefined : loadVoiceDetector(vadPath, modules);
    if (detector !== undefined) newLoudness = detector;
    const loaded = await withShortPaths(order.plan, (plan) =>
      loadEngine({ ...order, plan }, modules),
    );
    engine = {
      ...loaded,
      async transcribePiece(...piece) {
        transcribing = true;
        try {
          return await loaded.transcribePiece(...piece);
        } finally {
          transcribing = false;
        }
      },
    };
    const { description, onGpu, abilities } = loaded;
    send({ kind: 'loaded', id, description, onGpu, ...defined({ abilities }) });
  };

  const transcribe = async (id: number, order: TranscribeOrder): Promise<void> => {
    if (engine === undefined) throw new Error('no model is loaded');
    const abort = new AbortController();
    running.set(id, abort);
    const result = await transcribeAudio(
      engine,
      order,
      newLoudness(),
      (progress) => send({ kind: 'progress', id, progress }),
      abort.signal,
    );
    // The host reads the output up to this line before it believes that there is no text.
    process.stderr.write(`${endOfOutput(id)}\n`);
    send({ kind: 'transcribed', id, result });
  };

  channel.on('message', (message) => {
    if (!isRequest(message)) return;
    if (message.kind === 'cancel') {
      running.get(message.id)?.abort();
      return;
    }
    const { id } = message;
    if (message.kind === 'try') {
      void tryPart(message.part, modules).then((error) => send({ kind: 'tried', id, error }));
      return;
    }
    const work =
      message.kind === 'load' ? load(id, message.load) : transcribe(id, message.transcribe);
    work
      .catch((error: unknown) => send({ kind: 'failed', id, failure: failureOf(error) }))
      .finally(() => running.delete(id));
  });

  const sendAlive = (): void => {
    const { user, system } = process.cpuUsage();
    send({ kind: 'alive', cpuMs: Math.round((user + system) / 1000), transcribing });
  };
  sendAlive();
  setInterval(sendAlive, aliveEveryMs);
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
