import assert from 'node:assert/strict';
import { formatTranscript, type ModelOnDisk, type Runtime } from '../../../src/runtime';
import {
  ggufModel,
  moonshineModel,
  nemoCtcModel,
  nemoTransducerModel,
  senseVoiceModel,
  whisperGgml,
} from '../../hub/models';
import { hasFfprobe, packetsOf } from './ffprobe';
import { childrenOf, removeBundle, TempFolder, testRuntime, tone } from './support';

const never = new AbortController().signal;
const nothing = (): void => undefined;
/** Several pieces for every engine. */
const seconds = 70;

/** The words that a model says of each piece; a word of a script without spaces is a character or two. */
const languages: Readonly<Record<string, readonly string[]>> = {
  English: ['Ask', 'what', 'you', 'can', 'do.', 'Then', 'ask', 'again.'],
  Chinese: ['你好', '世界。', '今天', '天气', '很好。'],
  Arabic: ['مرحبا', 'بالعالم.', 'كيف', 'حالك', 'اليوم؟'],
  Thai: ['สวัสดี', 'ชาว', 'โลก', 'วันนี้', 'อากาศดี'],
};

type MakeModel = (folder: TempFolder, words: readonly string[]) => Promise<ModelOnDisk>;
const engines: Readonly<Record<string, MakeModel>> = {
  'sherpa-onnx, CTC': (folder, words) => folder.model('onnx-sherpa', nemoCtcModel({ words })),
  'sherpa-onnx, transducer': (folder, words) =>
    folder.model('onnx-sherpa', nemoTransducerModel({ words })),
  'sherpa-onnx, SenseVoice': (folder, words) =>
    folder.model('onnx-sherpa', senseVoiceModel({ words })),
  'sherpa-onnx, Moonshine (no times)': (folder, words) =>
    folder.model('onnx-transformers', moonshineModel({ words })),
  'whisper.cpp': (folder, words) => {
    const spaced = words.map((word) => ` ${word}`);
    const bytes = whisperGgml({ words: spaced, stateSize: 16, endStep: 1000 });
    return folder.model('ggml', { 'ggml-tiny.en.bin': bytes });
  },
  'transcribe.cpp': (folder, words) =>
    folder.model('gguf-transcribe-cpp', { 'tiny.gguf': ggufModel({ text: words.join(' ') }) }),
};

const letters = (text: string): string => text.replace(/\s/gu, '');

describe('subtitles of every engine', () => {
  const folder = new TempFolder();
  let runtime: Runtime;
  before(async () => {
    runtime = await testRuntime();
  });
  beforeEach(() => folder.create());
  afterEach(async () => {
    await runtime.unload();
    await folder.remove();
    assert.deepEqual(await childrenOf(process.pid), []);
  });
  after(async () => {
    if (!hasFfprobe()) console.log('      ffprobe is not installed: the files were not read back');
    await removeBundle();
  });

  for (const [engine, makeModel] of Object.entries(engines)) {
    for (const [language, words] of Object.entries(languages)) {
      it(`${engine}, ${language}: in order, within the audio, nothing lost or doubled`, async () => {
        const model = await makeModel(folder, words);
        await runtime.load(model, { threads: 1 }, nothing, never);
        const samples = tone(seconds);
        const result = await runtime.transcribe({ samples }, {}, nothing, never);

        // The engine's words, as often as it was given a piece.
        const said = letters(words.join(''));
        const pieces = letters(result.text).length / said.length;
        assert.ok(pieces >= 2, result.text);
        assert.equal(letters(result.text), said.repeat(pieces));
        const shown = result.segments.map(({ text }) => letters(text)).join('');
        assert.equal(shown, letters(result.text));

        let endMs = 0;
        for (const cue of result.segments) {
          assert.ok(cue.startMs >= endMs && cue.endMs > cue.startMs, JSON.stringify(cue));
          assert.ok(cue.endMs - cue.startMs <= 7000, JSON.stringify(cue));
          endMs = cue.endMs;
        }
        assert.ok(endMs <= seconds * 1000);

        if (!hasFfprobe()) return;
        const expected = result.segments.map(({ startMs, endMs: end }) => ({
          startMs,
          endMs: end,
        }));
        for (const format of ['srt', 'vtt'] as const) {
          const file = await folder.write(`a.${format}`, formatTranscript(result, format));
          assert.deepEqual(packetsOf(file), expected, format);
        }
      });
    }
  }
});
