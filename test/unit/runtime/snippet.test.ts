import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { codeSnippet, formatLoadability, type ModelOnDisk } from '../../../src/runtime';

function model(format: string, folder: string, ...files: readonly string[]): ModelOnDisk {
  return {
    modelId: 'some-model',
    name: 'Some model',
    format,
    folder,
    files: files.map((path, index) => ({
      path,
      role: '',
      absolutePath: `${folder}/${path}`,
      sizeBytes: 100 - index,
    })),
  };
}

describe('code that loads a model in another program', () => {
  it('names the program of each format and the model’s place', () => {
    const cases = [
      ['ggml', 'whisper-cli -m /m/ggml-tiny.bin', 'ggml-tiny.bin'],
      ['ctranslate2', 'WhisperModel("/m"', 'model.bin'],
      ['transformers', 'model="/m"', 'model.safetensors'],
      ['nemo', 'restore_from("/m/parakeet.nemo")', 'parakeet.nemo'],
      ['onnx-asr', 'load_model("nemo-conformer-tdt", "/m")', 'encoder-model.onnx'],
      ['gguf-transcribe-cpp', '-m /m/x.gguf', 'x.gguf'],
      ['onnx-sherpa', '--joiner=/m/joiner.onnx', 'joiner.onnx'],
    ] as const;
    for (const [format, expected, file] of cases) {
      const snippet = codeSnippet(model(format, '/m', file));
      assert.ok(snippet?.text.includes(expected), `${format}: ${String(snippet?.text)}`);
    }
    assert.equal(codeSnippet(model('unknown', '/m', 'x')), undefined);
  });

  it('survives any path', () => {
    const folder = `/models/it's "$(odd)" \\ folder`;
    const shell = codeSnippet(model('ggml', folder, 'a b.bin'))?.text ?? '';
    const printed = execFileSync('sh', [
      '-c',
      `show() { printf '%s\\n' "$@"; }\n${shell.replace('whisper-cli', 'show')}`,
    ]).toString();
    assert.equal(printed, `-m\n${folder}/a b.bin\n-f\naudio.wav\n`);
    const python = codeSnippet(model('ctranslate2', folder, 'model.bin'))?.text ?? '';
    assert.ok(python.includes(JSON.stringify(folder)));
  });

  it('a format alone says whether the button is there', () => {
    assert.deepEqual(formatLoadability('X', 'ggml'), { loadable: true, engine: 'whisper.cpp' });
    const refused = formatLoadability('X', 'nemo');
    assert.ok(!refused.loadable);
    assert.match(refused.reason.template, /needs Python/);
  });
});
