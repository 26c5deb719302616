import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ModelManager } from '../../src/models';
import type { ModelOnDisk, Runtime } from '../../src/runtime';
import { tokensOfTokenizer } from '../../src/runtime/format/tokenizerTokens';
import type { TestHub } from '../hub';
import type { ModelFiles } from '../hub/models';
import { list, withMore } from '../hub/models/onnx';
import { testCore } from '../unit/models/support/testCore';
import { childrenOf, removeBundle, TempFolder, testRuntime } from '../unit/runtime/support';
import {
  jfkSamples,
  jfkWords,
  longSamples,
  moonshineFiles,
  realPlace,
  sileroPath,
  startRealHub,
  wordErrorRate,
} from './realModels';

/** An hour takes many minutes: the long form of a test. */
const longMinutes = process.env['ASR_LONG_TESTS'] === '1' ? 60 : 10;
const never = new AbortController().signal;
const nothing = (): void => undefined;
const textOf = (segments: readonly { readonly text: string }[]): string =>
  segments.map(({ text }) => text).join(' ');

describe('real Moonshine models, from the hub to the text', () => {
  let hub: TestHub;
  let root: string;
  let manager: ModelManager;

  before(async () => {
    const place = await realPlace();
    root = place.root;
    hub = await startRealHub();
    manager = testCore({
      storagePath: path.join(root, 'storage'),
      distPath: place.distPath,
      hubUrl: hub.url,
    });
  });
  after(async () => {
    await manager.shutDown();
    await hub.close();
    await rm(root, { recursive: true, force: true });
    await removeBundle();
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  for (const size of ['tiny', 'base'] as const) {
    it(`${size}: every word of a recording of 11 s, and of 3 minutes no fewer than the engine alone`, async () => {
      const modelId = `hf:real/moonshine-${size}-ONNX`;
      await manager.speech.load(modelId, nothing, never);
      const short = await manager.speech.transcribe(
        { samples: await jfkSamples() },
        {},
        nothing,
        never,
      );
      assert.equal(wordErrorRate(jfkWords, textOf(short.segments)), 0, textOf(short.segments));

      const samples = await longSamples(180);
      const long = await manager.speech.transcribe({ samples }, {}, nothing, never);
      assert.deepEqual(long.gaps, []);
      await manager.speech.unload();
      const said = Array.from({ length: 15 }, () => jfkWords).join(' ');
      const ours = wordErrorRate(said, textOf(long.segments));
      const direct = wordErrorRate(said, await directly(await moonshineFiles(size), samples));
      assert.ok(ours <= direct, `ours ${ours.toFixed(3)}, the engine alone ${direct.toFixed(3)}`);
    });
  }
});

describe('a real Moonshine model', () => {
  const folder = new TempFolder();
  let runtime: Runtime;
  beforeEach(async () => {
    await folder.create();
    runtime = await testRuntime();
  });
  afterEach(async () => {
    await runtime.unload();
    await folder.remove();
    assert.deepEqual(await childrenOf(process.pid), []);
  });
  after(removeBundle);

  async function tiny(): Promise<ModelOnDisk> {
    return folder.model('onnx-transformers', await moonshineFiles('tiny'));
  }

  for (const version of [4, 6] as const) {
    it(`transcribes the same words with the voice detector Silero v${String(version)}`, async () => {
      const vadPath = sileroPath(version);
      await runtime.load(await tiny(), { vadPath }, nothing, never);
      const quiet = new Float32Array(16_000 * 40);
      quiet.set(await jfkSamples(), 16_000 * 25);
      const { segments } = await runtime.transcribe({ samples: quiet }, {}, nothing, never);
      assert.ok(wordErrorRate(jfkWords, textOf(segments)) <= 0.05, textOf(segments));
    });
  }

  it('whose decoder takes a mask gives nothing for 11 s, so it transcribes pieces that it can take', async () => {
    const files = await moonshineFiles('tiny');
    const decoder = 'onnx/decoder_model_merged_quantized.onnx';
    const masked = { ...files, [decoder]: withMask(Buffer.from(files[decoder] ?? '')) };
    assert.equal((await directly(masked, await jfkSamples())).trim(), '');
    await runtime.load(await folder.model('onnx-transformers', masked), {}, nothing, never);
    const { segments, gaps } = await runtime.transcribe(
      { samples: await jfkSamples() },
      {},
      nothing,
      never,
    );
    await runtime.measure(never);
    assert.ok(wordErrorRate(jfkWords, textOf(segments)) <= 0.15, textOf(segments));
    assert.deepEqual(gaps, []);
  });

  it(`needs no more memory for ${String(longMinutes)} minutes than for 2`, async function () {
    this.timeout(longMinutes * 60_000);
    await runtime.load(await tiny(), {}, nothing, never);
    const [pid] = await childrenOf(process.pid);
    const peakKilobytes = async (): Promise<number> => {
      const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
    };
    await runtime.transcribe({ samples: await longSamples(120) }, {}, nothing, never);
    const before = await peakKilobytes();
    const longPath = await folder.write('long.wav', wav(await longSamples(longMinutes * 60)));
    await runtime.transcribe({ path: longPath }, {}, nothing, never);
    const after = await peakKilobytes();
    assert.ok(after < before * 1.25, `${String(before)} kB, then ${String(after)} kB`);
  });
});

/** sherpa-onnx called directly, in windows of 30 s. */
async function directly(files: ModelFiles, samples: Float32Array): Promise<string> {
  const folder = new TempFolder();
  await folder.create();
  try {
    const tokens = tokensOfTokenizer(JSON.parse(String(files['tokenizer.json'])));
    const write = (name: string): Promise<string> =>
      folder.write(path.basename(name), files[name] ?? '');
    const moonshine = {
      encoder: await write('onnx/encoder_model_quantized.onnx'),
      mergedDecoder: await write('onnx/decoder_model_merged_quantized.onnx'),
    };
    const { OfflineRecognizer } = createRequire(__filename)('sherpa-onnx-node') as {
      OfflineRecognizer: new (config: object) => {
        createStream(): { acceptWaveform(wave: object): void };
        decode(stream: object): void;
        getResult(stream: object): { readonly text: string };
      };
    };
    const recognizer = new OfflineRecognizer({
      featConfig: { sampleRate: 16_000, featureDim: 80 },
      modelConfig: {
        moonshine,
        tokens: await folder.write('tokens.txt', tokens ?? ''),
        numThreads: 1,
        provider: 'cpu',
        debug: 0,
      },
    });
    const texts: string[] = [];
    for (let at = 0; at < samples.length; at += 480_000) {
      const stream = recognizer.createStream();
      stream.acceptWaveform({ sampleRate: 16_000, samples: samples.slice(at, at + 480_000) });
      recognizer.decode(stream);
      texts.push(recognizer.getResult(stream).text);
    }
    return texts.join(' ');
  } finally {
    await folder.remove();
  }
}

/**
 * The decoder with a mask of the encoder, as the releases of 2026 have it: the mask is expected at the length of the audio
 * and thinned to that of the frames. sherpa-onnx 1.13.8 gives one of the frames' length, which fits up to 384 frames (9.2 s).
 */
function withMask(decoder: Buffer): Buffer {
  const name = Buffer.from('encoder_hidden_states');
  const renamed = Buffer.from(decoder);
  // As an input of the graph: the name, then its type, a message in a message.
  const isInput = (at: number): boolean =>
    renamed[at + name.length] === 0x12 && renamed[at + name.length + 2] === 0x0a;
  // From the end: the graphs inside of the nodes come before the inputs of the whole.
  let at = renamed.lastIndexOf(name);
  while (at > 0 && !isInput(at)) at = renamed.lastIndexOf(name, at - 1);
  assert.ok(at >= 0);
  renamed.write('encoder_hidden_frames', at);
  return withMore(renamed, {
    inputs: [{ name: 'encoder_attention_mask', type: 'int64', shape: ['batch', 'audio'] }],
    tensors: [
      list('m0', [0]),
      list('mEnd', [2 ** 31]),
      list('m1', [1]),
      list('m384', [384]),
      list('m2', [2]),
    ],
    nodes: [
      {
        op: 'Slice',
        inputs: ['encoder_attention_mask', 'm0', 'mEnd', 'm1', 'm384'],
        outputs: ['thinned'],
      },
      { op: 'Cast', inputs: ['thinned'], outputs: ['weights'], attributes: { to: 1 } },
      { op: 'Unsqueeze', inputs: ['weights', 'm2'], outputs: ['column'] },
      {
        op: 'Mul',
        inputs: ['encoder_hidden_frames', 'column'],
        outputs: ['encoder_hidden_states'],
      },
    ],
  });
}

/** A WAV file of 16 kHz mono samples. */
function wav(samples: Float32Array): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF');
  head.writeUInt32LE(36 + samples.length * 2, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(16_000, 24);
  head.writeUInt32LE(32_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length * 2, 40);
  const pcm = Buffer.from(Int16Array.from(samples, (value) => Math.round(value * 32_767)).buffer);
  return Buffer.concat([head, pcm]);
}
