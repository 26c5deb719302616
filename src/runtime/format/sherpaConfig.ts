import path from 'node:path';
import type { ModelFile } from '../model';
import type { SherpaFamily, SherpaParts } from './sherpaFamily';

/** A value of sherpa-onnx's configuration. */
type ConfigValue = string | number | { readonly [key: string]: ConfigValue };

/**
 * The configuration of a sherpa-onnx recognizer, in the field names of its JavaScript packages
 * (docs/model-formats.md section 4.2).
 */
export type SherpaConfig = Readonly<Record<string, ConfigValue>>;

/** The options that go into the configuration. */
interface SherpaChoices {
  readonly threads: number;
  /** Two-letter code; absent: the model detects the language. */
  readonly language?: string;
  readonly task?: 'transcribe' | 'translate';
  /** For words that are likely to be said: only a search over several beginnings can take them into account. */
  readonly hotwords?: { readonly unit: string; readonly bpeVocabPath: string };
}

/**
 * The configuration for a family: exactly one entry, because sherpa-onnx uses the first one that is not empty
 * (docs/model-formats.md section 4.2). Undefined when a part that the family needs is missing.
 */
export function sherpaConfig(
  family: SherpaFamily,
  parts: SherpaParts,
  choices: SherpaChoices,
): SherpaConfig | undefined {
  const entry = familyEntry(family, parts, choices);
  if (entry === undefined) return undefined;
  const modelConfig: Record<string, ConfigValue> = {
    ...entry,
    tokens: parts.tokens?.absolutePath ?? '',
    numThreads: choices.threads,
    provider: 'cpu',
    debug: 0,
  };
  if (family === 'nemo-transducer') modelConfig['modelType'] = 'nemo_transducer';
  if (choices.hotwords !== undefined) {
    modelConfig['modelingUnit'] = choices.hotwords.unit;
    modelConfig['bpeVocab'] = choices.hotwords.bpeVocabPath;
  }
  return {
    featConfig: { sampleRate: 16_000, featureDim: 80 },
    modelConfig,
    decodingMethod: choices.hotwords === undefined ? 'greedy_search' : 'modified_beam_search',
  };
}

const singleEntries = {
  paraformer: 'paraformer',
  'nemo-ctc': 'nemoCtc',
  'zipformer-ctc': 'zipformerCtc',
  'wenet-ctc': 'wenetCtc',
  dolphin: 'dolphin',
  omnilingual: 'omnilingual',
  medasr: 'medasr',
  'fire-red-asr-ctc': 'fireRedAsrCtc',
} as const;

function familyEntry(
  family: SherpaFamily,
  parts: SherpaParts,
  { language, task = 'transcribe' }: SherpaChoices,
): SherpaConfig | undefined {
  switch (family) {
    case 'qwen3-asr':
      return group('qwen3Asr', {
        convFrontend: parts.convFrontend,
        encoder: parts.encoder,
        decoder: parts.decoder,
        tokenizer: folderOf(parts.tokenizerVocabulary),
      });
    case 'moonshine-v1':
      return group('moonshine', {
        preprocessor: parts.preprocessor,
        encoder: parts.encoder,
        uncachedDecoder: parts.uncachedDecoder,
        cachedDecoder: parts.cachedDecoder,
      });
    case 'moonshine-v2':
      return group('moonshine', { encoder: parts.encoder, mergedDecoder: parts.mergedDecoder });
    case 'transducer':
    case 'nemo-transducer':
    case 'streaming-transducer':
      return group('transducer', {
        encoder: parts.encoder,
        decoder: parts.decoder,
        joiner: parts.joiner,
      });
    case 'whisper':
      return group(
        'whisper',
        { encoder: parts.encoder, decoder: parts.decoder },
        {
          language: language ?? '',
          task,
          tailPaddings: -1,
        },
      );
    case 'canary':
      return group(
        'canary',
        { encoder: parts.encoder, decoder: parts.decoder },
        {
          srcLang: language ?? 'en',
          tgtLang: task === 'translate' ? 'en' : (language ?? 'en'),
          usePnc: 1,
        },
      );
    case 'cohere-transcribe':
      return group(
        'cohereTranscribe',
        { encoder: parts.encoder, decoder: parts.decoder },
        { language: language ?? 'en' },
      );
    case 'fire-red-asr':
      return group('fireRedAsr', { encoder: parts.encoder, decoder: parts.decoder });
    case 'sense-voice':
      return group(
        'senseVoice',
        { model: parts.model },
        { language: language ?? 'auto', useInverseTextNormalization: 1 },
      );
    case 'telespeech-ctc':
      return parts.model === undefined ? undefined : { teleSpeechCtc: parts.model.absolutePath };
    case 'paraformer':
    case 'nemo-ctc':
    case 'zipformer-ctc':
    case 'wenet-ctc':
    case 'dolphin':
    case 'omnilingual':
    case 'medasr':
    case 'fire-red-asr-ctc':
      return group(singleEntries[family], { model: parts.model });
  }
}

function group(
  name: string,
  files: Readonly<Record<string, ModelFile | string | undefined>>,
  rest: SherpaConfig = {},
): SherpaConfig | undefined {
  const entry: Record<string, ConfigValue> = {};
  for (const [field, file] of Object.entries(files)) {
    if (file === undefined) return undefined;
    entry[field] = typeof file === 'string' ? file : file.absolutePath;
  }
  return { [name]: { ...entry, ...rest } };
}

function folderOf(file: ModelFile | undefined): string | undefined {
  return file === undefined ? undefined : path.dirname(file.absolutePath);
}
