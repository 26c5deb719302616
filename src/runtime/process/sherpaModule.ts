import { isObject } from '../../common/json';
import { modelSampleRate } from '../audio/resampler';
import type { SherpaConfig } from '../format/sherpaConfig';
import type { ModuleLoader } from './moduleLoader';

/** A recognizer of either package, whole-piece or streaming. */
interface Recognizer {
  /**
   * Transcribes one piece; the result is sherpa's answer as it came. `hotwords` only for a recognizer that was configured
   * for them: with another the native package crashes.
   */
  transcribePiece(samples: Float32Array, hotwords?: string): Promise<unknown>;
  configure(config: SherpaConfig): void;
}

/** sherpa-onnx as this process uses it, whichever package it came from. */
export interface Sherpa {
  readonly description: string;
  /** Whether a piece can be given words that are likely to be said. */
  readonly takesHotwords: boolean;
  createWhole(config: SherpaConfig): Promise<Recognizer>;
  createStreaming(config: SherpaConfig): Promise<Recognizer>;
}

interface NativeStream {
  acceptWaveform(wave: { readonly sampleRate: number; readonly samples: Float32Array }): void;
  inputFinished?(): void;
}

interface NativeWhole {
  createStream(hotwords?: string): NativeStream;
  decodeAsync(stream: NativeStream): Promise<unknown>;
  setConfig(config: SherpaConfig): void;
}

interface StreamingRecognizer<Stream> {
  createStream(): Stream;
  isReady(stream: Stream): boolean;
  decode(stream: Stream): void;
  getResult(stream: Stream): unknown;
}

interface NativeModule {
  readonly version?: unknown;
  readonly OfflineRecognizer: { createAsync(config: SherpaConfig): Promise<NativeWhole> };
  readonly OnlineRecognizer: new (config: SherpaConfig) => StreamingRecognizer<NativeStream>;
}

interface WasmStream {
  acceptWaveform(sampleRate: number, samples: Float32Array): void;
  inputFinished?(): void;
  free(): void;
}

interface WasmWhole {
  readonly handle: unknown;
  createStream(): WasmStream;
  decode(stream: WasmStream): void;
  getResult(stream: WasmStream): unknown;
  setConfig(config: SherpaConfig): void;
}

interface WasmModule {
  readonly version?: unknown;
  createOfflineRecognizer(config: SherpaConfig): WasmWhole;
  createOnlineRecognizer(
    config: SherpaConfig,
  ): StreamingRecognizer<WasmStream> & { readonly handle: unknown };
}

/** Streaming models emit the last words only after some silence. */
const tail = new Float32Array(modelSampleRate * 0.8);

/** The native package, or why there is none. */
export function nativeSherpa(modules: ModuleLoader): {
  readonly sherpa?: Sherpa;
  readonly error?: unknown;
} {
  const { module, error } = modules.load('sherpa-onnx-node');
  if (!isNativeModule(module)) return { error };
  const wave = (samples: Float32Array): Parameters<NativeStream['acceptWaveform']>[0] => ({
    sampleRate: modelSampleRate,
    samples,
  });
  const sherpa: Sherpa = {
    description: `sherpa-onnx ${versionText(module.version)}`,
    takesHotwords: true,
    async createWhole(config) {
      const recognizer = await module.OfflineRecognizer.createAsync(config);
      return {
        async transcribePiece(samples, hotwords) {
          const stream =
            hotwords === undefined ? recognizer.createStream() : recognizer.createStream(hotwords);
          stream.acceptWaveform(wave(samples));
          return recognizer.decodeAsync(stream);
        },
        configure: (next) => recognizer.setConfig(next),
      };
    },
    createStreaming(config) {
      const recognizer = new module.OnlineRecognizer(config);
      return Promise.resolve(
        streaming(recognizer, (stream, samples) => stream.acceptWaveform(wave(samples))),
      );
    },
  };
  return { sherpa };
}

/**
 * The WebAssembly package: works on every platform, but on one thread and several times slower
 * (docs/model-formats.md section 6).
 */
export function wasmSherpa(modules: ModuleLoader): {
  readonly sherpa?: Sherpa;
  readonly error?: unknown;
} {
  const { module, error } = modules.load('sherpa-onnx');
  if (!isWasmModule(module)) return { error };
  const sherpa: Sherpa = {
    description: `sherpa-onnx ${versionText(module.version)} (WebAssembly)`,
    takesHotwords: false,
    createWhole(config) {
      const recognizer = loaded(module.createOfflineRecognizer(config));
      return Promise.resolve({
        transcribePiece(samples) {
          const stream = recognizer.createStream();
          try {
            stream.acceptWaveform(modelSampleRate, samples);
            recognizer.decode(stream);
            return Promise.resolve(recognizer.getResult(stream));
          } finally {
            stream.free();
          }
        },
        configure: (next) => recognizer.setConfig(next),
      });
    },
    createStreaming(config) {
      const recognizer = loaded(module.createOnlineRecognizer(config));
      return Promise.resolve(
        streaming(
          recognizer,
          (stream, samples) => stream.acceptWaveform(modelSampleRate, samples),
          (stream) => stream.free(),
        ),
      );
    },
  };
  return { sherpa };
}

function streaming<Stream extends { inputFinished?(): void }>(
  recognizer: StreamingRecognizer<Stream>,
  accept: (stream: Stream, samples: Float32Array) => void,
  release: (stream: Stream) => void = () => undefined,
): Recognizer {
  return {
    transcribePiece(samples) {
      const stream = recognizer.createStream();
      try {
        accept(stream, samples);
        accept(stream, tail);
        stream.inputFinished?.();
        while (recognizer.isReady(stream)) recognizer.decode(stream);
        return Promise.resolve(recognizer.getResult(stream));
      } finally {
        release(stream);
      }
    },
    configure: () => undefined,
  };
}

/** The WebAssembly package answers a model that it can't open with a null handle instead of an error. */
function loaded<T extends { readonly handle: unknown }>(recognizer: T): T {
  if (recognizer.handle === 0) throw new Error('the recognizer could not be created');
  return recognizer;
}

function isNativeModule(module: unknown): module is NativeModule {
  return (
    isObject(module) && hasCreateAsync(module['OfflineRecognizer']) && 'OnlineRecognizer' in module
  );
}

function hasCreateAsync(value: unknown): boolean {
  return (
    typeof value === 'function' && 'createAsync' in value && typeof value.createAsync === 'function'
  );
}

function isWasmModule(module: unknown): module is WasmModule {
  return isObject(module) && typeof module['createOfflineRecognizer'] === 'function';
}

function versionText(version: unknown): string {
  return typeof version === 'string' ? version : '';
}
