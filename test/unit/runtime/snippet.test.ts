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
      ['onnx-moonshine', 'Transcriber("/m", ModelArch.BASE_STREAMING)', 'encoder.ort'],
    ] as const;
    for (const [format, expected, file] of cases) {
      const snippet = codeSnippet(model(format, '/m', file));
      assert.ok(snippet?.text.includes(expected), `${format}: ${String(snippet?.text)}`);
    }
    assert.equal(codeSnippet(model('unknown', '/m', 'x')), undefined);
  });

  it('gives sherpa-onnx each family’s own options', () => {
    const text = (modelId: string, ...files: readonly string[]): string | undefined =>
      codeSnippet({ ...model('onnx-sherpa', '/m', ...files), modelId })?.text;
    const trio = ['encoder.int8.onnx', 'decoder.onnx', 'joiner.onnx', 'tokens.txt'];
    assert.equal(
      text('sherpa-parakeet', ...trio),
      [
        'sherpa-onnx-offline',
        '--tokens=/m/tokens.txt',
        '--encoder=/m/encoder.int8.onnx',
        '--decoder=/m/decoder.onnx',
        '--joiner=/m/joiner.onnx',
        '--model-type=nemo_transducer',
        'audio.wav\n',
      ].join(' \\\n  '),
    );
    assert.match(text('sherpa-streaming-zipformer', ...trio) ?? '', /^sherpa-onnx \\/);
    const one = (id: string): string | undefined => text(id, 'model.int8.onnx', 'tokens.txt');
    assert.match(one('sense-voice') ?? '', /--sense-voice-model=\/m\/model\.int8\.onnx/);
    assert.match(one('paraformer') ?? '', /--paraformer=/);
    assert.match(
      text('whisper', 'tiny-encoder.onnx', 'tiny-decoder.onnx', 't-tokens.txt') ?? '',
      /--whisper-decoder=/,
    );
    assert.equal(text('sherpa-parakeet', 'encoder.onnx', 'tokens.txt'), undefined);
  });

  it('tells transformers.js the weights that are here', () => {
    const found = codeSnippet(
      model(
        'onnx-transformers',
        '/cache/snapshots/c0ffee',
        'onnx/encoder_model.onnx',
        'onnx/decoder_model_merged_quantized.onnx',
        'config.json',
      ),
    );
    assert.equal(found?.languageId, 'javascript');
    assert.match(found.text, /localModelPath = "\/cache\/snapshots";/);
    assert.match(found.text, /'automatic-speech-recognition', "c0ffee"/);
    assert.match(found.text, /\{"encoder_model":"fp32","decoder_model_merged":"q8"\}/);
    const refused = formatLoadability('X', 'onnx-transformers');
    assert.ok(!refused.loadable);
    assert.match(refused.reason.template, /another program/);
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
