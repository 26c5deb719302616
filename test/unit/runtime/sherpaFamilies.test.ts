import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { sherpaConfig } from '../../../src/runtime/format/sherpaConfig';
import type { SherpaFamily, SherpaParts } from '../../../src/runtime/format/sherpaFamily';
import type { ModelFile } from '../../../src/runtime';
import { nemoCtcModel } from '../../hub/models';
import { TempFolder } from './support';

/**
 * The output of each family's own loader in sherpa-onnx when every one of its files is a NeMo CTC model: the proof
 * that the configuration's field names reach that loader, without a real model of each family.
 */
const expected: readonly (readonly [SherpaFamily, RegExp])[] = [
  ['qwen3-asr', /qwen3-asr-model.*conv_frontend/],
  ['moonshine-v1', /^created/],
  ['moonshine-v2', /base64-decode/],
  ['transducer', /Please specify a CTC model/],
  ['nemo-transducer', /transducer-nemo-model/],
  ['whisper', /whisper-model/],
  ['canary', /canary-model/],
  ['cohere-transcribe', /cohere-transcribe-model/],
  ['fire-red-asr', /fire-red-asr-model/],
  ['sense-voice', /sense-voice-model/],
  ['paraformer', /paraformer-model/],
  ['nemo-ctc', /^created/],
  ['zipformer-ctc', /^created/],
  ['wenet-ctc', /^created/],
  ['telespeech-ctc', /^created/],
  ['dolphin', /dolphin-model/],
  ['omnilingual', /^created/],
  ['medasr', /medasr-ctc-model/],
  ['fire-red-asr-ctc', /fire-red-asr-ctc-model/],
];

describe('every family’s configuration reaches its own loader in sherpa-onnx', () => {
  const folder = new TempFolder();
  beforeEach(() => folder.create());
  afterEach(() => folder.remove());

  for (const [family, words] of expected) {
    it(family, async () => {
      const model = await folder.model('onnx-sherpa', nemoCtcModel());
      const [file, tokens] = model.files;
      assert.ok(file !== undefined && tokens !== undefined);
      const config = sherpaConfig(family, await everyPart(file, tokens), { threads: 1 });
      assert.match(await loaderWords(JSON.stringify(config)), words);
    });
  }

  async function everyPart(file: ModelFile, tokens: ModelFile): Promise<SherpaParts> {
    const vocabulary = await folder.write('tokenizer/vocab.json', '{}');
    await folder.write('tokenizer/merges.txt', '\n');
    await folder.write('tokenizer/tokenizer_config.json', '{}');
    return {
      model: file,
      encoder: file,
      decoder: file,
      joiner: file,
      preprocessor: file,
      uncachedDecoder: file,
      cachedDecoder: file,
      mergedDecoder: file,
      convFrontend: file,
      tokens,
      tokenizerVocabulary: { ...tokens, absolutePath: vocabulary },
    };
  }
});

/** The output of sherpa-onnx for a configuration, in a process of its own since it may exit. */
function loaderWords(config: string): Promise<string> {
  const sherpa = createRequire(__filename).resolve('sherpa-onnx-node');
  const script = `require(${JSON.stringify(sherpa)}).OfflineRecognizer
    .createAsync(JSON.parse(process.argv[1])).then(() => console.log('created'), console.log);`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['-e', script, config], (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
}
