import { localized, type LocalizedMessage } from '../../common/localizedMessage';

/**
 * The values of `general.architecture` that transcribe.cpp 0.2.3 transcribes with (docs/model-formats.md section 9).
 */
const ggufArchitectures: ReadonlySet<string> = new Set([
  'parakeet',
  'cohere_asr',
  'canary',
  'canary_qwen',
  'qwen3_asr',
  'voxtral',
  'voxtral_realtime',
  'whisper',
  'moonshine',
  'moonshine_streaming',
  'sensevoice',
  'funasr_nano',
  'gigaam',
  'granite_speech',
  'granite_speech_nar',
  'medasr',
  'moss',
]);

/** The architecture of GGUF files that find speakers and write no text. */
const speakerArchitecture = 'sortformer';

/** Why a GGUF model of an architecture can't be loaded here; undefined when it can. `name`: what the model is called. */
export function ggufRefusal(name: string, architecture: string): LocalizedMessage | undefined {
  if (architecture === speakerArchitecture) {
    return localized(
      '{0} tells speakers apart but does not transcribe. Load a speech model.',
      name,
    );
  }
  if (ggufArchitectures.has(architecture)) return undefined;
  return localized(
    '{0} is a GGUF model of the kind “{1}”, which the runtime does not know. Choose another model, or use it in the program that it was made for.',
    name,
    architecture,
  );
}
