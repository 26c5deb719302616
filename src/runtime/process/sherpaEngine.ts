import { AsrError } from '../../common/asrError';
import { isObject } from '../../common/json';
import { localized } from '../../common/localizedMessage';
import { modelSampleRate } from '../audio/resampler';
import { largestWasmModelBytes, noSherpa, tooLargeForWasm } from '../engineAvailability';
import { sherpaConfig, type SherpaConfig } from '../format/sherpaConfig';
import type { SherpaFamily, SherpaParts } from '../format/sherpaFamily';
import { splitTokens, type TimedText } from '../transcript/splitTokens';
import type { Engine, RecognisedPiece, SpeechOptions } from './engine';
import type { ModuleLoader } from './moduleLoader';
import { nativeSherpa, wasmSherpa, type Sherpa } from './sherpaModule';

interface SherpaModel {
  readonly kind: SherpaFamily;
  readonly parts: SherpaParts;
  readonly sizeBytes: number;
  readonly threads: number;
  readonly language?: string;
  /** Never use the native package: for tests, and for a system on which it is known to fail. */
  readonly preferWasm: boolean;
}

/** Models fail on fewer samples, which make no frame of features. */
const shortestSamples = modelSampleRate / 2;

/** Families whose configuration depends on the language or the task. */
const languageFamilies = new Set<SherpaFamily>([
  'whisper',
  'canary',
  'sense-voice',
  'cohere-transcribe',
]);

/** Loads a sherpa-onnx model: natively, or as WebAssembly where there is no native package. */
export async function loadSherpa(model: SherpaModel, modules: ModuleLoader): Promise<Engine> {
  const sherpa = chooseSherpa(model, modules);
  const configure = (options: SpeechOptions): SherpaConfig => {
    const config = sherpaConfig(model.kind, model.parts, { threads: model.threads, ...options });
    if (config !== undefined) return config;
    throw new AsrError(
      'runtime',
      localized('The model lacks a file that its kind ({0}) needs. Verify the model.', model.kind),
    );
  };
  const initial: SpeechOptions = model.language === undefined ? {} : { language: model.language };
  let current = JSON.stringify(initial);
  const recognizer =
    model.kind === 'streaming-transducer'
      ? await sherpa.createStreaming(configure(initial))
      : await sherpa.createWhole(configure(initial));

  return {
    description: sherpa.description,
    async transcribePiece(samples, startMs, options): Promise<RecognisedPiece> {
      const wanted = JSON.stringify({ ...initial, ...options });
      if (languageFamilies.has(model.kind) && wanted !== current) {
        recognizer.configure(configure({ ...initial, ...options }));
        current = wanted;
      }
      const answer = readSherpaAnswer(await recognizer.transcribePiece(padded(samples)));
      const durationMs = Math.round((samples.length * 1000) / modelSampleRate);
      const segments = splitTokens(answer, startMs, durationMs);
      return answer.language === undefined ? { segments } : { segments, language: answer.language };
    },
  };
}

function padded(samples: Float32Array): Float32Array {
  if (samples.length >= shortestSamples) return samples;
  const longer = new Float32Array(shortestSamples);
  longer.set(samples);
  return longer;
}

function chooseSherpa(model: SherpaModel, modules: ModuleLoader): Sherpa {
  const platform = `${process.platform}-${process.arch}`;
  const native = model.preferWasm ? undefined : nativeSherpa(modules);
  if (native?.sherpa !== undefined) return native.sherpa;
  const cause = native?.error;
  if (model.sizeBytes > largestWasmModelBytes) {
    throw new AsrError('unsupported', tooLargeForWasm(platform), { cause });
  }
  const wasm = wasmSherpa(modules);
  if (wasm.sherpa !== undefined) return wasm.sherpa;
  throw new AsrError('unsupported', noSherpa(platform), { cause: cause ?? wasm.error });
}

/** Reads an answer of sherpa-onnx, `{ text, tokens, timestamps, lang }`; anything else counts as no text. */
function readSherpaAnswer(answer: unknown): TimedText & { readonly language?: string } {
  if (!isObject(answer)) return { text: '', tokens: [], timesSeconds: [] };
  const timed: TimedText = {
    text: typeof answer['text'] === 'string' ? answer['text'] : '',
    tokens: strings(answer['tokens']),
    timesSeconds: numbers(answer['timestamps']),
  };
  const language = typeof answer['lang'] === 'string' ? answer['lang'].replace(/[<|>]/g, '') : '';
  return language === '' ? timed : { ...timed, language };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}
