import { AsrError, Cancelled, causeText } from '../../common/asrError';
import { defined } from '../../protocol/defined';
import { rootMeanSquare, type Loudness } from '../audio/pieceCutter';
import type { Engine } from './engine';
import {
  isRequest,
  type Failure,
  type LoadOrder,
  type Reply,
  type TranscribeOrder,
} from './messages';
import type { ModuleLoader } from './moduleLoader';
import { loadSherpa } from './sherpaEngine';
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
    const loaded = await loadEngine(order, modules);
    engine = {
      description: loaded.description,
      async transcribePiece(...piece) {
        transcribing = true;
        try {
          return await loaded.transcribePiece(...piece);
        } finally {
          transcribing = false;
        }
      },
    };
    const { description, abilities } = loaded;
    send({ kind: 'loaded', id, description, ...defined({ abilities }) });
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
    send({ kind: 'transcribed', id, result });
  };

  channel.on('message', (message) => {
    if (!isRequest(message)) return;
    if (message.kind === 'cancel') {
      running.get(message.id)?.abort();
      return;
    }
    const { id } = message;
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

function loadEngine(order: LoadOrder, modules: ModuleLoader): Promise<Engine> {
  const { plan, threads } = order;
  if (plan.engine === 'whisper.cpp') {
    const { kind, modelPath, multilingual } = plan;
    return loadWhisper({ kind, modelPath, multilingual, threads }, modules);
  }
  return loadSherpa(
    {
      kind: plan.kind,
      parts: plan.parts,
      sizeBytes: order.sizeBytes,
      threads,
      preferWasm: order.preferWasm,
      ...defined({ language: order.language }),
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
