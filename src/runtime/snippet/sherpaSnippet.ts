import { sherpaFamily, sherpaParts, type SherpaFamily } from '../format/sherpaFamily';
import type { SherpaParts } from '../format/sherpaFamily';
import type { ModelOnDisk } from '../model';

type Options = Readonly<Partial<Record<keyof SherpaParts, string>>>;

const transducer: Options = { encoder: '--encoder', decoder: '--decoder', joiner: '--joiner' };

/** The options of sherpa-onnx's command line by which each family's parts are named. */
const optionsByFamily: Readonly<Partial<Record<SherpaFamily, Options>>> = {
  transducer,
  'nemo-transducer': transducer,
  'streaming-transducer': transducer,
  whisper: { encoder: '--whisper-encoder', decoder: '--whisper-decoder' },
  canary: { encoder: '--canary-encoder', decoder: '--canary-decoder' },
  'fire-red-asr': { encoder: '--fire-red-asr-encoder', decoder: '--fire-red-asr-decoder' },
  'moonshine-v1': {
    preprocessor: '--moonshine-preprocessor',
    encoder: '--moonshine-encoder',
    uncachedDecoder: '--moonshine-uncached-decoder',
    cachedDecoder: '--moonshine-cached-decoder',
  },
  'moonshine-v2': {
    encoder: '--moonshine-encoder',
    mergedDecoder: '--moonshine-merged-decoder',
  },
  'sense-voice': { model: '--sense-voice-model' },
  paraformer: { model: '--paraformer' },
  'nemo-ctc': { model: '--nemo-ctc-model' },
  'zipformer-ctc': { model: '--zipformer-ctc-model' },
  'wenet-ctc': { model: '--wenet-ctc-model' },
  'telespeech-ctc': { model: '--telespeech-ctc' },
  dolphin: { model: '--dolphin-model' },
  omnilingual: { model: '--omnilingual-asr-model' },
};

/**
 * A sherpa-onnx model's command line, one argument a line, `quote` around each path; undefined for a family whose
 * options are not known, or a model that lacks a part. `known`: what its metadata says it is; absent: its names decide.
 */
export function sherpaArguments(
  model: ModelOnDisk,
  quote: (text: string) => string,
  known?: SherpaFamily,
): readonly string[] | undefined {
  const parts = sherpaParts(model.files);
  const family = known ?? sherpaFamily(parts, new Map(), `${model.modelId} ${model.folder}`);
  const options = family === undefined ? undefined : optionsByFamily[family];
  if (family === undefined || options === undefined) return undefined;
  const named: [keyof SherpaParts, string][] = [['tokens', '--tokens']];
  for (const part of Object.keys(parts) as (keyof SherpaParts)[]) {
    const option = options[part];
    if (option !== undefined) named.push([part, option]);
  }
  if (named.length !== Object.keys(options).length + 1) return undefined;
  const paths = named.map(
    ([part, option]) => `${option}=${quote(parts[part]?.absolutePath ?? '')}`,
  );
  const program = family === 'streaming-transducer' ? 'sherpa-onnx' : 'sherpa-onnx-offline';
  const type = family === 'nemo-transducer' ? ['--model-type=nemo_transducer'] : [];
  return [program, ...paths, ...type];
}
