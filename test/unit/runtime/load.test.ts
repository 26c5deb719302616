import assert from 'node:assert/strict';
import { chmod, mkdir, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { LoadPhase, ModelFile, Runtime, TranscribeProgress } from '../../../src/runtime';
import { missingEngine } from '../../../src/runtime/engineAvailability';
import {
  ggufModel,
  nemoCtcModel,
  nemoTransducerModel,
  senseVoiceModel,
  whisperGgml,
} from '../../hub/models';
import { onnxFile } from '../../hub/models/onnx';
import { fakeProcess, removeBundle, TempFolder, testRuntime, tone } from './support';
import { streamingModel } from './streamingModel';
import { wave } from './waveFile';

const never = new AbortController().signal;
const nothing = (): void => undefined;

describe('a downloaded model loads and transcribes', () => {
  const folder = new TempFolder();
  let runtime: Runtime | undefined;
  beforeEach(() => folder.create());
  afterEach(async () => {
    await runtime?.unload();
    await folder.remove();
  });
  after(removeBundle);

  const quantized = whisperGgml({ quantized: true, stateSize: 32 });
  const models = [
    ['ggml', 'whisper.cpp', 'hello model', { 'ggml-tiny.bin': whisperGgml() }, false],
    ['ggml', 'whisper.cpp', 'hello model', { 'ggml-tiny-q8_0.bin': quantized }, false],
    ['onnx-sherpa', 'sherpa-onnx', 'hello tiny model', nemoCtcModel(), false],
    ['onnx-sherpa', 'sherpa-onnx', 'hello tiny model', senseVoiceModel(), false],
    ['onnx-sherpa', 'sherpa-onnx', 'hello tiny model', nemoTransducerModel(), false],
    ['onnx-sherpa', 'sherpa-onnx', 'hello tiny model', nemoCtcModel(), true],
    ['onnx-sherpa', 'sherpa-onnx', 'hello tiny model', nemoTransducerModel(), true],
    ['gguf-transcribe-cpp', 'transcribe.cpp', 'hello tiny model', { 'a.gguf': ggufModel() }, false],
    ['onnx-sherpa', 'sherpa-onnx', 'hello streaming model', streamingModel(), false],
    ['onnx-sherpa', 'sherpa-onnx', 'hello streaming model', streamingModel(), true],
  ] as const;
  for (const [format, engine, words, files, preferWasm] of models) {
    const kind = `${engine}${preferWasm ? ' as WebAssembly' : ''}: ${Object.keys(files).join(', ')}`;
    it(kind, async () => {
      runtime = await testRuntime({ preferWasm });
      const model = await folder.model(format, files);
      const ability = await runtime.canLoad(model);
      assert.ok(ability.loadable);
      assert.equal(ability.engine, engine);

      const phases: LoadPhase[] = [];
      const loaded = await runtime.load(model, {}, (phase) => phases.push(phase), never);
      assert.deepEqual(phases, ['checking', 'starting', 'loading', 'ready']);
      assert.equal(loaded.modelId, 'tiny');
      assert.equal(runtime.loaded, loaded);
      assert.match(loaded.engineDescription, preferWasm ? /WebAssembly/ : new RegExp(engine));

      const result = await runtime.transcribe({ samples: tone(3) }, {}, nothing, never);
      assert.equal(result.segments.map(({ text }) => text).join(' '), words);
      assert.equal(result.audioMs, 3000);
    });
  }

  it('from a snapshot of links, as the cache keeps it', async () => {
    runtime = await testRuntime();
    const model = await folder.model('onnx-sherpa', nemoTransducerModel());
    const files: ModelFile[] = [];
    await mkdir(`${folder.path}/snapshot`);
    for (const [index, file] of model.files.entries()) {
      const blob = `${folder.path}/model/${'b'.repeat(63)}${String(index)}`;
      await rename(file.absolutePath, blob);
      const absolutePath = `${folder.path}/snapshot/${file.path}`;
      await symlink(path.relative(path.dirname(absolutePath), blob), absolutePath);
      files.push({ ...file, absolutePath });
    }
    await runtime.load({ ...model, files }, {}, nothing, never);
    const result = await runtime.transcribe({ samples: tone(2) }, {}, nothing, never);
    assert.equal(result.segments[0]?.text, 'hello tiny model');
  });

  it('a long file in pieces, with times, progress and partial text', async () => {
    runtime = await testRuntime();
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    await runtime.load(model, {}, nothing, never);
    const bytes = wave({ seconds: 70, sampleRate: 44_100, channels: 2 });
    const longPath = await folder.write('long.wav', bytes);
    const partials: TranscribeProgress[] = [];
    const result = await runtime.transcribe(
      { path: longPath },
      {},
      (partial) => partials.push(partial),
      never,
    );
    assert.equal(result.audioMs, 70_000);
    assert.equal(result.segments.length, 3);
    assert.deepEqual(
      partials.flatMap(({ segments }) => segments),
      result.segments,
    );
    assert.equal(partials.at(-1)?.transcribedMs, 70_000);
    assert.ok(partials.every(({ totalMs }) => totalMs === 70_000));
    for (const [index, { startMs, endMs }] of result.segments.entries()) {
      assert.equal(endMs - startMs, 1000);
      assert.ok(startMs >= (result.segments[index - 1]?.endMs ?? 0));
    }
  });

  describe('with a voice detector', () => {
    /** Silero's inputs and outputs (version 5); it takes for speech what is louder than 0.04. */
    const detector = onnxFile({
      nodes: [
        { op: 'Abs', inputs: ['input'], outputs: ['loud'] },
        { op: 'ReduceMax', inputs: ['loud'], outputs: ['peak'], attributes: { axes: [1] } },
        { op: 'Mul', inputs: ['peak', 'ten'], outputs: ['output'] },
        { op: 'Identity', inputs: ['state'], outputs: ['stateN'] },
      ],
      inputs: [
        { name: 'input', type: 'float', shape: ['N', 'T'] },
        { name: 'state', type: 'float', shape: [2, 'N', 128] },
        { name: 'sr', type: 'int64', shape: [1] },
      ],
      outputs: [
        { name: 'output', type: 'float', shape: ['N', 1] },
        { name: 'stateN', type: 'float', shape: [2, 'N', 128] },
      ],
      tensors: [{ name: 'ten', type: 'float', dims: [1], values: [10] }],
    });
    /** 40 s of noise with speech in the middle. */
    const samples = tone(40).map((sample, index) =>
      index > 32 * 16_000 && index < 36 * 16_000 ? sample : sample * 0.1,
    );

    it('leaves out what is no speech, however loud', async () => {
      runtime = await testRuntime();
      const vadPath = await folder.write('silero_vad.onnx', detector);
      const model = await folder.model('onnx-sherpa', nemoCtcModel());
      await runtime.load(model, { vadPath }, nothing, never);
      for (let time = 0; time < 2; time += 1) {
        const result = await runtime.transcribe({ samples }, {}, nothing, never);
        assert.equal(result.segments.length, 1);
        const startMs = result.segments[0]?.startMs ?? 0;
        assert.ok(startMs > 20_000 && startMs <= 32_000, String(startMs));
      }
      await runtime.load(model, {}, nothing, never);
      const all = await runtime.transcribe({ samples }, {}, nothing, never);
      assert.equal(all.segments.length, 2);
    });

    it('that is none, loads without it', async () => {
      runtime = await testRuntime();
      const vadPath = await folder.write('silero_vad.onnx', 'not a detector');
      const model = await folder.model('onnx-sherpa', nemoCtcModel());
      await runtime.load(model, { vadPath }, nothing, never);
      const result = await runtime.transcribe({ samples: tone(2) }, {}, nothing, never);
      assert.equal(result.segments[0]?.text, 'hello tiny model');
    });
  });

  it('lets the ffmpeg on PATH read what is no WAV', async function () {
    if (process.platform === 'win32') this.skip(); // It has no programs by `#!`.
    const ffmpeg = await folder.write(
      'bin/ffmpeg',
      `#!${process.execPath}\nprocess.stdout.write(Buffer.from(new Float32Array(40_000).fill(0.25).buffer));\n`,
    );
    await chmod(ffmpeg, 0o755);
    const audio = await folder.write('note.mp3', 'compressed');
    runtime = await testRuntime({ env: { PATH: path.dirname(ffmpeg) } });
    await runtime.load(await folder.model('onnx-sherpa', nemoCtcModel()), {}, nothing, never);
    const result = await runtime.transcribe({ path: audio }, {}, nothing, never);
    assert.equal(result.audioMs, 2500);
    assert.equal(result.segments[0]?.text, 'hello tiny model');
  });

  it('takes a language and a task for a model that knows them', async () => {
    for (const preferWasm of [false, true]) {
      runtime = await testRuntime({ preferWasm });
      const model = await folder.model('onnx-sherpa', senseVoiceModel());
      await runtime.load(model, { language: 'en' }, nothing, never);
      for (const language of ['de', 'de', 'ja']) {
        const result = await runtime.transcribe({ samples: tone(2) }, { language }, nothing, never);
        assert.equal(result.segments[0]?.text, 'hello tiny model');
        assert.equal(result.language, 'en');
      }
      await runtime.unload();
    }
  });

  it('tells whisper.cpp the language, which else finds it out', async () => {
    runtime = await testRuntime();
    const bytes = whisperGgml({ multilingual: true });
    const model = await folder.model('ggml', { 'ggml-tiny.bin': bytes });
    await runtime.load(model, { threads: 2 }, nothing, never);
    for (const [options, language] of [
      [{ language: 'de' }, 'de'],
      [{}, 'en'],
    ] as const) {
      const result = await runtime.transcribe({ samples: tone(3) }, options, nothing, never);
      assert.equal(result.language, language);
      assert.deepEqual(result.segments, [{ startMs: 0, endMs: 1000, text: 'hello model' }]);
    }
  });

  it('says which model requires the language, and passes it on', async () => {
    // Answers as the process does, with the options that it got.
    const processPath = await fakeProcess(`
      process.on('message', ({ kind, id, transcribe }) => {
        if (kind === 'load') process.send({ kind: 'loaded', id, description: 'fake', onGpu: false });
        if (kind !== 'transcribe') return;
        const text = JSON.stringify(transcribe.options);
        const result = { text, segments: [{ startMs: 0, endMs: 1, text }], gaps: [], audioMs: 1, elapsedMs: 1, truncated: false, warnings: [] };
        process.send({ kind: 'transcribed', id, result });
      });`);
    runtime = await testRuntime({ processPath });
    const encoder = onnxFile({
      nodes: [],
      inputs: [],
      outputs: [],
      tensors: [],
      metadata: { model_type: 'EncDecMultiTaskModel' },
    });
    const files = { 'encoder.onnx': encoder, 'decoder.onnx': encoder, 'tokens.txt': 'a 0\n' };
    const canary = await runtime.load(await folder.model('onnx-sherpa', files), {}, nothing, never);
    assert.equal(canary.asksForLanguage, true);
    const options = { language: 'de' };
    const result = await runtime.transcribe({ samples: tone(1) }, options, nothing, never);
    assert.equal(result.segments[0]?.text, JSON.stringify(options));
    const whisper = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    assert.equal((await runtime.load(whisper, {}, nothing, never)).asksForLanguage, false);
  });

  it('says before loading when its engine is not part of the package', async () => {
    const processPath = await folder.write('process.js', '');
    runtime = await testRuntime({ processPath });
    for (const model of [
      await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() }),
      await folder.model('onnx-sherpa', nemoCtcModel()),
    ]) {
      const ability = await runtime.canLoad(model);
      assert.ok(!ability.loadable);
      assert.match(ability.reason.template, /package/);
      assert.ok(ability.snippet !== undefined);
      await assert.rejects(runtime.load(model, {}, nothing, never), { code: 'unsupported' });
    }
  });

  it('WebAssembly takes models up to 400 MB', () => {
    const packages = { whisper: false, gguf: false, sherpaNative: false, sherpaWasm: true };
    assert.equal(missingEngine('sherpa-onnx', 4e8, packages, 'x'), undefined);
    const reason = missingEngine('sherpa-onnx', 4e8 + 1, packages, 'linux-musl');
    assert.match(reason?.template ?? '', /up to 400 MB/);
  });

  it('measures how fast it is on the bundled clip', async () => {
    runtime = await testRuntime();
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    const loaded = await runtime.load(model, {}, nothing, never);
    const measured = await runtime.measure(never);
    assert.equal(measured.audioMs, 10_000);
    assert.equal(measured.loadMs, loaded.loadMs);
    assert.ok(measured.realTimeFactor > 1);
  });
});
