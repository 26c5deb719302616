import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DeviceFallback, EngineName, Runtime } from '../../../src/runtime';
import { afterTrials, missingEngine, missingThing } from '../../../src/runtime/engineAvailability';
import { MachineFacts } from '../../../src/runtime/machineFacts';
import { ggufModel, nemoCtcModel } from '../../hub/models';
import {
  childrenOf,
  failsWith,
  fakeProcess,
  processBundle,
  removeBundle,
  TempFolder,
  testRuntime,
  tone,
} from './support';

const never = new AbortController().signal;
const nothing = (): void => undefined;

/** A process that answers what `onLoad` and `onTranscribe` do with a request, and says once that it lives. */
const scripted = (onLoad: string, onTranscribe = ''): string => `
  process.send({ kind: 'alive', cpuMs: 0, transcribing: false });
  const result = { segments: [{ startMs: 0, endMs: 1, text: 'words' }], gaps: [], text: 'words', warnings: [], audioMs: 1, elapsedMs: 1, truncated: false };
  process.on('message', ({ kind, id, load }) => {
    const onGpu = load?.device !== 'cpu';
    const loaded = () => process.send({ kind: 'loaded', id, description: '', onGpu });
    const die = () => process.kill(process.pid, 'SIGSEGV');
    if (kind === 'try') process.send({ kind: 'tried', id, error: '' });
    if (kind === 'load') { globalThis.onGpu = onGpu; ${onLoad} }
    if (kind === 'transcribe') { ${onTranscribe} process.send({ kind: 'transcribed', id, result }); }
  });`;

describe('a graphics card that fails a model', () => {
  const folder = new TempFolder();
  let runtime: Runtime | undefined;
  beforeEach(() => folder.create());
  afterEach(async () => {
    await runtime?.unload();
    assert.deepEqual(await childrenOf(process.pid), []);
    await folder.remove();
  });
  after(removeBundle);

  async function start(script: string): Promise<DeviceFallback[]> {
    runtime = await testRuntime({
      processPath: await fakeProcess(script),
      factsPath: path.join(folder.path, 'state', 'runtime.json'),
      limits: { loadMs: 2000 },
    });
    const fallbacks: DeviceFallback[] = [];
    runtime.onDidFallBack((fallback) => fallbacks.push(fallback));
    return fallbacks;
  }

  const load = async (): Promise<boolean> => {
    const model = await folder.model('gguf-transcribe-cpp', { 'a.gguf': ggufModel() });
    const loaded = await runtime?.load(model, {}, nothing, never);
    return loaded?.onGpu === true;
  };

  for (const [how, onLoad] of [
    ['ends its process while loading', 'if (onGpu) die(); else loaded();'],
    ['hangs while loading', 'if (!onGpu) loaded();'],
  ] as const) {
    it(`${how}: it is loaded for the processor, then and ever after, which is reported once`, async () => {
      const fallbacks = await start(scripted(onLoad));
      assert.equal(await load(), false);
      assert.deepEqual(fallbacks, [{ modelId: 'tiny', name: 'Tiny' }]);
      assert.equal(await load(), false);
      assert.equal(fallbacks.length, 1);
      const facts = await readFile(path.join(folder.path, 'state', 'runtime.json'), 'utf8');
      assert.match(facts, /"cpuOnly":\["tiny"\]/);
    });
  }

  it('ends its process while transcribing: the recording is transcribed on the processor', async () => {
    const fallbacks = await start(
      scripted('loaded();', 'if (globalThis.onGpu) { die(); return; }'),
    );
    assert.equal(await load(), true);
    const result = await runtime?.transcribe({ samples: tone(1) }, {}, nothing, never);
    assert.equal(result?.segments[0]?.text, 'words');
    assert.equal(runtime?.loaded?.onGpu, false);
    assert.equal(fallbacks.length, 1);
  });

  it('a model that fails on the processor too is bad, and the graphics card is tried the next time', async () => {
    const fallbacks = await start(scripted('die();'));
    await assert.rejects(load(), failsWith('runtime', /crashed with Tiny/));
    assert.deepEqual(fallbacks, []);
  });

  it('that is asked for and not there is reported, with the setting', async () => {
    runtime = await testRuntime();
    const model = await folder.model('gguf-transcribe-cpp', { 'a.gguf': ggufModel() });
    await assert.rejects(
      runtime.load(model, { device: 'gpu' }, nothing, never),
      failsWith('unsupported', /no graphics card here.*“asr\.runtime\.device”/),
    );
  });
});

describe('an engine is tried before it is offered', () => {
  const folder = new TempFolder();
  beforeEach(() => folder.create());
  afterEach(() => folder.remove());
  after(removeBundle);

  it('once for a version and a machine, and what it lacks is named', async () => {
    const factsPath = path.join(folder.path, 'runtime.json');
    const bundle = JSON.stringify(await processBundle());
    const log = path.join(folder.path, 'log');
    const processPath = await fakeProcess(`
      if (require('node:worker_threads').isMainThread) require('node:fs').appendFileSync(${JSON.stringify(log)}, 'x');
      const { Module } = require('node:module');
      const load = Module._load;
      Module._load = function (name, ...rest) {
        if (name.startsWith('@fugood/')) throw new Error("libm.so.6: version \`GLIBC_2.34' not found (required by x)");
        if (name === 'sherpa-onnx-node') throw new Error("libgomp.so.1: cannot open shared object file: No such file");
        return load.call(this, name, ...rest);
      };
      require(${bundle});`);
    const runtime = await testRuntime({ processPath, factsPath });
    assert.equal(runtime.engineRefusal('sherpa-onnx'), undefined);
    // WebAssembly stands in for sherpa-onnx, and transcribe.cpp reads the files of whisper.cpp.
    const all = new Set(['whisper.cpp', 'sherpa-onnx', 'transcribe.cpp']);
    assert.deepEqual(await runtime.engines(), all);
    assert.deepEqual(await childrenOf(process.pid), []);
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    const loaded = await runtime.load(model, {}, nothing, never);
    assert.match(loaded.engineDescription, /WebAssembly/);
    const large = { ...model, files: model.files.map((file) => ({ ...file, sizeBytes: 3e8 })) };
    const ability = await runtime.canLoad(large);
    assert.ok(!ability.loadable);
    assert.match(ability.reason.template, /lacks \{0\}; its WebAssembly runtime/);
    assert.deepEqual(ability.reason.args, ['libgomp.so.1']);
    await runtime.unload();
    const tried = (await readFile(log, 'utf8')).length;
    const again = await testRuntime({ processPath, factsPath });
    assert.deepEqual(await again.engines(), all);
    assert.equal((await readFile(log, 'utf8')).length, tried);
    const facts = new MachineFacts(factsPath, processPath);
    assert.match((await facts.trials()).whisper ?? '', /GLIBC_2\.34/);
    const other = new MachineFacts(factsPath, '/another/version.js');
    assert.deepEqual(await other.trials(), {});
  });

  it('a system’s message is reported as the thing that is missing', () => {
    const said = [
      ["/lib/libc.so.6: version `GLIBC_2.34' not found (required by /x/index.node)", 'GLIBC 2.34'],
      ["libstdc++.so.6: version `GLIBCXX_3.4.30' not found", 'GLIBCXX 3.4.30'],
      ['libgomp.so.1: cannot open shared object file: No such file or directory', 'libgomp.so.1'],
      [
        'dlopen(x): Symbol not found: _a (built for macOS 15.0 which is newer than running OS)',
        'macOS 15.0',
      ],
      [
        'Library not loaded: @rpath/libonnxruntime.1.dylib\n  Referenced from: x',
        'libonnxruntime.1.dylib',
      ],
      [
        'The specified module could not be found.\n\\\\?\\C:\\x.node',
        'Microsoft Visual C++ Redistributable',
      ],
      ['SIGILL', 'a processor instruction'],
      ['something else\nat x', 'something else'],
    ] as const;
    for (const [message, thing] of said) assert.equal(missingThing(message), thing);
  });

  it('an engine without a fallback is refused with what the computer lacks', () => {
    const none = { whisper: true, gguf: true, sherpaNative: true, sherpaWasm: false };
    const usable = afterTrials(none, { whisper: 'a', gguf: 'b', sherpaNative: 'c' });
    for (const engine of ['whisper.cpp', 'transcribe.cpp', 'sherpa-onnx'] as const) {
      const reason = missingEngine(engine, 1, usable, 'x');
      assert.match(reason?.template ?? '', /can’t be loaded on this computer, which lacks/);
    }
    assert.equal(missingEngine('whisper.cpp', 1, { ...usable, gguf: true }, 'x'), undefined);
  });

  it('no message asks for a package that does not exist', () => {
    const universal = { whisper: false, gguf: false, sherpaNative: false, sherpaWasm: true };
    const sentence = (engine: EngineName, platform: string, sizeBytes = 5e8): string =>
      missingEngine(engine, sizeBytes, universal, platform)?.template ?? '';
    for (const engine of ['whisper.cpp', 'transcribe.cpp', 'sherpa-onnx'] as const) {
      assert.match(sentence(engine, 'win32-x64'), /[Ii]nstall the package for your platform/);
      assert.match(sentence(engine, 'alpine-x64'), /^There is no .*runtime for .*400 MB/);
      assert.doesNotMatch(sentence(engine, 'alpine-x64'), /package/);
    }
    assert.match(sentence('whisper.cpp', 'win32-arm64'), /Install VS Code for x64/);
    assert.equal(sentence('sherpa-onnx', 'win32-arm64', 1e8), '');
  });
});
