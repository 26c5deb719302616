import { isErrorCode, type ErrorCode } from '../../protocol/errorCode';
import { isObject } from '../../common/json';
import type { LocalizedMessage } from '../../common/localizedMessage';
import type { ModelAbilities } from '../format/abilities';
import type { LoadPlan } from '../format/loadPlan';
import type { CueLimits, Segment, Transcription } from '../transcript/segment';
import type { Device, SpeechOptions } from './engine';

/** A request of the host to the runtime's process. Plain values: they cross a process boundary. */
export type Request =
  | { readonly kind: 'load'; readonly id: number; readonly load: LoadOrder }
  | { readonly kind: 'transcribe'; readonly id: number; readonly transcribe: TranscribeOrder }
  /** Loads an engine's package and no model: whether that can be done on this machine. */
  | { readonly kind: 'try'; readonly id: number; readonly part: EnginePart }
  /** Ends the transcription with this id after the piece under way. */
  | { readonly kind: 'cancel'; readonly id: number };

/** The native packages of the engines. */
export type EnginePart = 'whisper' | 'gguf' | 'sherpaNative';

export interface LoadOrder {
  readonly plan: LoadPlan;
  readonly sizeBytes: number;
  readonly threads: number;
  readonly language?: string;
  readonly preferWasm: boolean;
  readonly device: Device;
  /** A Silero voice detector, to cut long audio at pauses. */
  readonly vadPath?: string;
}

export interface TranscribeOrder {
  readonly audio: AudioInput;
  readonly ffmpegPath?: string;
  readonly options: SpeechOptions;
  /** Absent: the usual ones. */
  readonly cueLimits?: CueLimits;
}

/** The audio to transcribe: a file, or 16 kHz mono samples between -1 and 1. */
export type AudioInput = { readonly path: string } | { readonly samples: Float32Array };

/** How far a transcription is. */
export interface TranscribeProgress {
  /** The segments since the last progress. */
  readonly segments: readonly Segment[];
  /** The text so far of the piece under way, from a model that recognises while it listens. */
  readonly partialText?: string;
  readonly transcribedMs: number;
  /** Absent while the length of the audio is unknown. */
  readonly totalMs?: number;
}

/** A message of the process. Every `load` and `transcribe` ends with exactly one `loaded`, `transcribed` or `failed` with its id. */
export type Reply =
  | {
      readonly kind: 'loaded';
      readonly id: number;
      readonly description: string;
      readonly abilities?: Partial<ModelAbilities>;
      readonly onGpu: boolean;
    }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: TranscribeProgress }
  | { readonly kind: 'transcribed'; readonly id: number; readonly result: Transcription }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }
  /** The end of a `try`; `error` is empty when the package can be loaded. */
  | { readonly kind: 'tried'; readonly id: number; readonly error: string }
  /** Sent at the start and then every second: processor time used so far, and whether the engine is transcribing. */
  | { readonly kind: 'alive'; readonly cpuMs: number; readonly transcribing: boolean };

/** An error on its way to the host. `cancelled` is not an error; `engine` carries the engine's own message. */
export type Failure =
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'error';
      readonly code: ErrorCode;
      readonly text: LocalizedMessage;
      readonly cause: string;
    }
  | { readonly kind: 'engine'; readonly cause: string };

/** The line on the standard error that comes after all that the engine wrote during a transcription. */
export function endOfOutput(id: number): string {
  return `end of the output of transcription ${String(id)}`;
}

/** Whether something that came from the process is a {@link Reply}. */
export function isReply(value: unknown): value is Reply {
  if (!isObject(value)) return false;
  if (value['kind'] === 'alive')
    return typeof value['cpuMs'] === 'number' && typeof value['transcribing'] === 'boolean';
  if (typeof value['id'] !== 'number') return false;
  switch (value['kind']) {
    case 'loaded':
      return (
        typeof value['description'] === 'string' &&
        typeof value['onGpu'] === 'boolean' &&
        isAbilities(value['abilities'])
      );
    case 'tried':
      return typeof value['error'] === 'string';
    case 'progress':
      return isProgress(value['progress']);
    case 'transcribed':
      return isTranscription(value['result']);
    case 'failed':
      return isFailure(value['failure']);
    default:
      return false;
  }
}

/** Whether something that came from the host is a {@link Request}; the host's own values are not checked deeper. */
export function isRequest(value: unknown): value is Request {
  if (!isObject(value) || typeof value['id'] !== 'number') return false;
  return (
    (value['kind'] === 'load' && isObject(value['load'])) ||
    (value['kind'] === 'transcribe' && isObject(value['transcribe'])) ||
    value['kind'] === 'try' ||
    value['kind'] === 'cancel'
  );
}

function isAbilities(value: unknown): value is Partial<ModelAbilities> | undefined {
  return (
    value === undefined ||
    (isObject(value) &&
      Object.entries(value).every(([name, ability]) =>
        name === 'languages'
          ? Array.isArray(ability) && ability.every((code) => typeof code === 'string')
          : typeof ability === 'boolean',
      ))
  );
}

function isProgress(value: unknown): value is TranscribeProgress {
  return (
    isObject(value) && isSegments(value['segments']) && typeof value['transcribedMs'] === 'number'
  );
}

function isTranscription(value: unknown): value is Transcription {
  return (
    isObject(value) &&
    typeof value['text'] === 'string' &&
    isSegments(value['segments']) &&
    isSpans(value['gaps']) &&
    typeof value['audioMs'] === 'number' &&
    typeof value['elapsedMs'] === 'number' &&
    typeof value['truncated'] === 'boolean' &&
    Array.isArray(value['warnings']) &&
    value['warnings'].every(isLocalizedMessage)
  );
}

function isSegments(value: unknown): value is Segment[] {
  return isSpans(value) && value.every((span) => 'text' in span && typeof span.text === 'string');
}

function isSpans(value: unknown): value is { readonly startMs: number; readonly endMs: number }[] {
  return (
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        isObject(item) && typeof item['startMs'] === 'number' && typeof item['endMs'] === 'number',
    )
  );
}

function isFailure(value: unknown): value is Failure {
  if (!isObject(value)) return false;
  if (value['kind'] === 'cancelled') return true;
  if (typeof value['cause'] !== 'string') return false;
  if (value['kind'] === 'engine') return true;
  return (
    value['kind'] === 'error' && isErrorCode(value['code']) && isLocalizedMessage(value['text'])
  );
}

function isLocalizedMessage(value: unknown): value is LocalizedMessage {
  return isObject(value) && typeof value['template'] === 'string' && Array.isArray(value['args']);
}
