import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import type { AsrError } from '../common/asrError';
import type { Event } from '../common/event';
import type { LocalizedMessage } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import type { Measurement } from '../protocol/measurement';
import type { AudioTrack } from './audio/ffmpeg';
import type { ModelAbilities } from './format/abilities';
import type { MachineMemory, MemoryVerdict } from './format/memoryNeed';
import type { EngineName, Loadability, ModelOnDisk } from './model';
import type { Device, SpeechOptions } from './process/engine';
import type { AudioInput, TranscribeProgress } from './process/messages';
import type { CueLimits, Transcription } from './transcript/segment';

/** The phases of a load, in this order. */
export type LoadPhase = 'checking' | 'starting' | 'loading' | 'ready';

export interface LoadOptions {
  /** 0 or absent: as many as the machine has physical cores, at most 8. */
  readonly threads?: number;
  /** The device that computes; absent: `auto`. */
  readonly device?: Device;
  /** The spoken language, for a model that takes it at load time; absent: the model detects it. */
  readonly language?: string;
  /** A downloaded Silero voice detector (ONNX), to cut long audio at pauses. */
  readonly vadPath?: string;
}

/** The options of a transcription. */
export interface TranscribeOptions extends SpeechOptions {
  /** Absent: the usual ones. */
  readonly cueLimits?: CueLimits;
}

/** The model that is loaded. */
export interface LoadedModel extends ModelAbilities {
  readonly modelId: string;
  readonly name: string;
  readonly engine: EngineName;
  /** The engine's version and kind, "sherpa-onnx 1.13.8 (WebAssembly)". */
  readonly engineDescription: string;
  readonly threads: number;
  /** Whether a graphics card computes. */
  readonly onGpu: boolean;
  /** From the start of the process until the model was ready. */
  readonly loadMs: number;
  /** Whether its memory need fits what was available when it was loaded. */
  readonly memory: MemoryVerdict;
}

/** The loaded model's process ended unexpectedly. */
export interface RuntimeExit {
  readonly modelId: string;
  readonly error: AsrError;
}

/** A model's process ended or hung on the graphics card, and the processor computes instead, from now on. */
export interface DeviceFallback {
  readonly modelId: string;
  readonly name: string;
}

/** Loads a model in a process of its own and transcribes with it; one model at a time. */
export interface Runtime extends Disposable {
  /** The model that is loaded now. */
  readonly loaded: LoadedModel | undefined;
  /** Fires when the loaded model's process ended unexpectedly; `loaded` is undefined by then. */
  readonly onDidExit: Event<RuntimeExit>;
  /** Fires whenever `loaded` changes. */
  readonly onDidChangeLoaded: Event<LoadedModel | undefined>;

  /** Fires when a model is loaded for the processor because it failed on the graphics card; once for each model. */
  readonly onDidFallBack: Event<DeviceFallback>;

  /**
   * Tries once for each version and machine which engines can be loaded here, each in a process of its own; gives back
   * those that can. Never rejects.
   */
  engines(): Promise<ReadonlySet<EngineName>>;

  /** Why an engine can't be loaded here, as far as is known; undefined before {@link engines} was asked. */
  engineRefusal(engine: EngineName): LocalizedMessage | undefined;

  /** Inspects the files (some kB of them): whether and how the model can be loaded. Never rejects. */
  canLoad(model: ModelOnDisk): Promise<Loadability>;

  /**
   * Loads a model; one that is loaded is unloaded first, a load that is under way is cancelled. Rejects with
   * `unsupported` (a format or machine that can't), `integrity` (files missing, cut or of another kind), `runtime`
   * (the engine refused, crashed, hung or ran out of memory) or Cancelled. Afterwards no process is left.
   */
  load(
    model: ModelOnDisk,
    options: LoadOptions,
    onPhase: (phase: LoadPhase) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel>;

  /**
   * Transcribes a file or samples with the loaded model. Calls wait for each other. Rejects with Cancelled at once
   * when `signal` aborts (an engine that does not stop within `cancelMs` is killed, and the model loaded again before
   * the next call), `unsupported` or `notFound` for the audio, `runtime` when no model is loaded or the engine fails.
   * After a crash or a hang no model is loaded.
   */
  transcribe(
    audio: AudioInput,
    options: TranscribeOptions,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription>;

  /** The audio tracks of a file, read with ffmpeg; empty where it is a WAV file or there is no ffmpeg. */
  audioTracks(audioPath: string, signal: AbortSignal): Promise<readonly AudioTrack[]>;

  /**
   * Transcribes the bundled clip once and measures the speed. Rejects as {@link transcribe}, and with `runtime` when
   * the clip's speech gave no text: the speed of that says nothing.
   */
  measure(signal: AbortSignal): Promise<Measurement>;

  /** Frees the model and ends its process; settles when the process is gone. */
  unload(): Promise<void>;
}

/** How long the runtime's process may take; a test shortens them. */
export interface RuntimeLimits {
  /** A load: this much, and a second more for each `loadBytesPerSecond`. */
  readonly loadMs: number;
  readonly loadBytesPerSecond: number;
  /** One piece of at most 30 s of audio. */
  readonly pieceMs: number;
  /** A cancelled piece: no engine can be interrupted, so one that is still busy after this is killed. */
  readonly cancelMs: number;
  /** An engine that uses no processor time for this long while transcribing hangs. */
  readonly idleMs: number;
}

export interface RuntimeOptions {
  /** The bundle of the runtime's process (`dist/runtimeProcess.js`). */
  readonly processPath: string;
  /** The bundled clip that {@link Runtime.measure} transcribes (`media/clip.wav`). */
  readonly clipPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly limits?: Partial<RuntimeLimits>;
  /** The memory of the machine; absent: what the system reports. */
  readonly memory?: () => MachineMemory;
  /** Where what this machine can do is kept from one session to the next; absent: nowhere, and nothing is tried. */
  readonly factsPath?: string;
  /** The setting `asr.ffmpeg.path`, read at each use; empty or absent: the ffmpeg on `PATH`. */
  readonly ffmpegPath?: () => string;
  /** Never use the native sherpa-onnx package. */
  readonly preferWasm?: boolean;
}
