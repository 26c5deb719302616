import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  nemoCtcModel,
  nemoTransducerModel,
  senseVoiceModel,
  whisperGgml,
  type ModelFiles,
} from '../../hub/models';

const run = promisify(execFile);
const root = path.resolve(__dirname, '../../..');

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Walks a whisper.cpp file as its loader does; returns the tensors' names, and fails unless it ends at the last byte. */
function ggmlTensors(file: Buffer): string[] {
  let at = 0;
  const next = (): number => {
    at += 4;
    return file.readUInt32LE(at - 4);
  };
  assert.equal(next(), 0x67676d6c);
  const header = Array.from({ length: 11 }, next);
  assert.deepEqual(header.slice(5), [448, header[2], 1, 1, 80, 1]);
  const filterBytes = next() * next() * 4;
  at += filterBytes;
  const words = next();
  for (let word = 0; word < words; word += 1) {
    const wordBytes = next();
    at += wordBytes;
  }
  const names: string[] = [];
  while (at < file.length) {
    const [dims, nameLength, type] = [next(), next(), next()];
    const shape = Array.from({ length: dims }, next);
    names.push(file.toString('utf8', at, at + nameLength));
    at += nameLength + shape.reduce((product, each) => product * each, type === 1 ? 2 : 4);
  }
  assert.equal(at, file.length);
  return names;
}

/** Transcribes a second of a tone in a process of its own, because wrong models abort it. */
async function transcribe(
  files: ModelFiles,
  modelConfig: (folder: string) => object,
): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-tiny-'));
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, data] of Object.entries(files))
      await writeFile(path.join(folder, name), data);
    const config = {
      featConfig: { sampleRate: 16_000, featureDim: 80 },
      modelConfig: {
        numThreads: 1,
        provider: 'cpu',
        debug: 0,
        tokens: path.join(folder, 'tokens.txt'),
        ...modelConfig(folder),
      },
    };
    const script = `
      const sherpa = require('sherpa-onnx');
      const recognizer = sherpa.createOfflineRecognizer(${JSON.stringify(config)});
      const stream = recognizer.createStream();
      stream.acceptWaveform(16000, new Float32Array(16000).map((_, i) => Math.sin(i / 9) * 0.3));
      recognizer.decode(stream);
      console.log(JSON.stringify(recognizer.getResult(stream).text));`;
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: root });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as string;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the tiny models', () => {
  it('are the bytes that were tried with the real runtimes', () => {
    const files = {
      ggml: whisperGgml(),
      ctc: nemoCtcModel()['model.onnx'] ?? '',
      sense: senseVoiceModel()['model.onnx'] ?? '',
      encoder: nemoTransducerModel()['encoder.onnx'] ?? '',
      decoder: nemoTransducerModel()['decoder.onnx'] ?? '',
      joiner: nemoTransducerModel()['joiner.onnx'] ?? '',
    };
    const found = Object.entries(files).map(([name, data]) => [
      name,
      data.length,
      sha256(data).slice(0, 16),
    ]);
    assert.deepEqual(found, [
      ['ggml', 967_881, 'c2323da18756f1ed'],
      ['ctc', 629, 'c4b7d6ee56568399'],
      ['sense', 3_226, 'a59f69b8846604c7'],
      ['encoder', 798, '472a7fc714a3b638'],
      ['decoder', 408, 'dddf044f803279f4'],
      ['joiner', 308, 'cf2cfe02ebc39cb6'],
    ]);
  });

  it('have the tensors of a Whisper of one layer, and nothing behind them', () => {
    const names = ggmlTensors(whisperGgml({ words: [' a', ' b'], stateSize: 16 }));
    assert.equal(names.length, new Set(names).size);
    assert.equal(names.length, 50);
    assert.equal(ggmlTensors(whisperGgml({ multilingual: true })).length, 50);
    assert.ok(names.includes('decoder.blocks.0.cross_attn.query.weight'));
    assert.ok(!names.includes('encoder.blocks.0.attn.key.bias'));
    assert.throws(() => whisperGgml({ words: new Array<string>(20).fill(' a') }), RangeError);
  });

  it('say their words in sherpa-onnx', async () => {
    const words = ['one', 'two', 'three', 'four'];
    const single = (kind: string) => (folder: string) => ({
      [kind]: { model: path.join(folder, 'model.onnx') },
    });
    const said = await Promise.all([
      transcribe(nemoCtcModel({ words }), single('nemoCtc')),
      transcribe(senseVoiceModel({ words }), single('senseVoice')),
      transcribe(nemoTransducerModel({ words }), (folder) => ({
        transducer: {
          encoder: path.join(folder, 'encoder.onnx'),
          decoder: path.join(folder, 'decoder.onnx'),
          joiner: path.join(folder, 'joiner.onnx'),
        },
        modelType: 'nemo_transducer',
      })),
    ]);
    assert.deepEqual(said, ['one two three four', 'one two three four', 'one two three four']);
  });

  it('end the process when their metadata is wrong', async () => {
    const wrong = nemoCtcModel({ metadata: { model_type: 'nonsense' } });
    await assert.rejects(
      transcribe(wrong, (folder) => ({ nemoCtc: { model: path.join(folder, 'model.onnx') } })),
    );
  });
});
