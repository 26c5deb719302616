import { AsrError } from '../../common/asrError';
import { readTextWhenFree } from '../../common/fileInUse';
import { isObject } from '../../common/json';
import { localized } from '../../common/localizedMessage';
import { defined } from '../../protocol/defined';
import { modelSampleRate } from '../audio/resampler';
import { largestWasmModelBytes, noSherpa, tooLargeForWasm } from '../engineAvailability';
import { hotwordsOf, hotwordVocabulary, type HotwordVocabulary } from '../format/hotwords';
import { sherpaConfig, type SherpaConfig } from '../format/sherpaConfig';
import type { SherpaFamily, SherpaParts } from '../format/sherpaFamily';
import type { Engine, RecognisedPiece, SpeechOptions } from './engine';
import { withTemporaryText, withTokens } from './madeTokens';
import type { ModuleLoader } from './moduleLoader';
import { nativeSherpa, wasmSherpa, type Sherpa } from './sherpaModule';

interface SherpaModel {
  readonly kind: SherpaFamily;
  readonly parts: SherpaParts;
  readonly sizeBytes: number;
  readonly threads: number;
  readonly language?: string;
  readonly longestPieceMs?: number;
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

/** Families that can search with words that are likely to be said. */
const hotwordFamilies = new Set<SherpaFamily>(['transducer', 'nemo-transducer']);

/** Loads a sherpa-onnx model: natively, or as WebAssembly where there is no native package. */
export function loadSherpa(model: SherpaModel, modules: ModuleLoader): Promise<Engine> {
  return withTokens(model.parts, (parts) => loadParts({ ...model, parts }, modules));
}

async function loadParts(model: SherpaModel, modules: ModuleLoader): Promise<Engine> {
  const sherpa = chooseSherpa(model, modules);
  const configure = (options: SpeechOptions, hotwords?: Hotwords): SherpaConfig => {
    const { kind, parts, threads } = model;
    const config = sherpaConfig(kind, parts, { threads, ...options, ...defined({ hotwords }) });
    if (config !== undefined) return config;
    throw new AsrError(
      'runtime',
      localized('The model lacks a file that its kind ({0}) needs. Verify the model.', model.kind),
    );
  };
  const initial: SpeechOptions = model.language === undefined ? {} : { language: model.language };
  let current = JSON.stringify(initial);
  let recognizer =
    model.kind === 'streaming-transducer'
      ? await sherpa.createStreaming(configure(initial))
      : await sherpa.createWhole(configure(initial));
  const vocabulary =
    sherpa.takesHotwords && hotwordFamilies.has(model.kind) ? await vocabularyOf(model) : undefined;
  let searches = false;

  /** Reloads the model for the search with hotwords, or for the search without: a recognizer does only one of them. */
  const search = async (withWords: boolean): Promise<void> => {
    if (vocabulary === undefined || withWords === searches) return;
    const { unit, bpeVocab } = vocabulary;
    recognizer = !withWords
      ? await sherpa.createWhole(configure(initial))
      : await withTemporaryText('bpe.vocab', bpeVocab, (bpeVocabPath) =>
          sherpa.createWhole(configure(initial, { unit, bpeVocabPath })),
        );
    // Only now: what failed left the recognizer as it was, and words for one without them would crash the process.
    searches = withWords;
  };

  return {
    description: sherpa.description,
    onGpu: false,
    ...(vocabulary === undefined ? {} : { abilities: { takesPrompt: true } }),
    ...defined({ longestPieceMs: model.longestPieceMs }),
    async transcribePiece(samples, options): Promise<RecognisedPiece> {
      const wanted = JSON.stringify({ ...initial, ...options });
      if (languageFamilies.has(model.kind) && wanted !== current) {
        recognizer.configure(configure({ ...initial, ...options }));
        current = wanted;
      }
      const hotwords = vocabulary === undefined ? '' : hotwordsOf(options.prompt ?? '', vocabulary);
      await search(hotwords !== '');
      const words = hotwords === '' ? undefined : hotwords;
      return readSherpaAnswer(await recognizer.transcribePiece(padded(samples), words));
    },
  };
}

type Hotwords = NonNullable<Parameters<typeof sherpaConfig>[2]['hotwords']>;

/** Undefined where the model's tokens can't be read or are no words. */
async function vocabularyOf({ parts }: SherpaModel): Promise<HotwordVocabulary | undefined> {
  if (parts.tokens === undefined) return undefined;
  return hotwordVocabulary(await readTextWhenFree(parts.tokens.absolutePath));
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
function readSherpaAnswer(answer: unknown): RecognisedPiece {
  if (!isObject(answer)) return { text: '', parts: [] };
  const tokens = strings(answer['tokens']);
  const seconds = numbers(answer['timestamps']);
  const isTimed = tokens.length === seconds.length;
  const parts = isTimed
    ? tokens.map((text, index) => ({ text, startMs: (seconds[index] ?? Number.NaN) * 1000 }))
    : [];
  const text = typeof answer['text'] === 'string' ? answer['text'] : '';
  const language = typeof answer['lang'] === 'string' ? answer['lang'].replace(/[<|>]/g, '') : '';
  return language === '' ? { text, parts } : { text, parts, language };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}
