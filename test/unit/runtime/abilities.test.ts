import assert from 'node:assert/strict';
import type { Runtime } from '../../../src/runtime';
import { isReply } from '../../../src/runtime/process/messages';
import { nemoCtcModel, senseVoiceModel, whisperGgml } from '../../hub/models';
import { removeBundle, TempFolder, testRuntime, tone } from './support';

const never = new AbortController().signal;
const nothing = (): void => undefined;

describe('hints that a loaded model accepts', () => {
  const folder = new TempFolder();
  let runtime: Runtime | undefined;
  beforeEach(() => folder.create());
  afterEach(async () => {
    await runtime?.unload();
    await folder.remove();
  });
  after(removeBundle);

  const models = [
    [
      'ggml',
      { 'ggml-tiny.bin': whisperGgml({ multilingual: true }) },
      'language translates prompt',
    ],
    ['ggml', { 'ggml-tiny.en.bin': whisperGgml() }, 'prompt en'],
    ['onnx-sherpa', senseVoiceModel(), 'language'],
    ['onnx-sherpa', nemoCtcModel(), ''],
  ] as const;
  for (const [format, files, expected] of models) {
    it(`${Object.keys(files).join(', ')}: ${expected}`, async () => {
      runtime = await testRuntime();
      const loaded = await runtime.load(await folder.model(format, files), {}, nothing, never);
      const abilities = [
        ...(loaded.takesLanguage ? ['language'] : []),
        ...(loaded.translates ? ['translates'] : []),
        ...(loaded.takesPrompt ? ['prompt'] : []),
        ...(loaded.languages ?? []),
      ];
      assert.equal(abilities.join(' '), expected);
      // Every engine takes the whole record and uses what it can.
      const options = { language: 'en', task: 'translate', prompt: 'Grafana, Dr. Nguyen' } as const;
      const result = await runtime.transcribe({ samples: tone(2) }, options, nothing, never);
      assert.match(result.text, /hello.* model/);
    });
  }

  it('may be said by the engine itself, and is checked', () => {
    const loaded = { kind: 'loaded', id: 1, description: 'x', onGpu: false };
    assert.ok(isReply({ ...loaded, abilities: { translates: true, languages: ['en'] } }));
    assert.ok(!isReply({ ...loaded, abilities: { translates: 'yes' } }));
    assert.ok(!isReply({ ...loaded, abilities: { languages: [1] } }));
  });
});
