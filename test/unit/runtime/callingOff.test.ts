import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { Cancelled } from '../../../src/common/asrError';
import type { Runtime, RuntimeExit } from '../../../src/runtime';
import { nemoCtcModel, whisperGgml } from '../../hub/models';
import { promptMs } from '../download/support/prompt';
import {
  childrenOf,
  failsWith,
  processorTicks,
  removeBundle,
  TempFolder,
  testRuntime,
  tone,
} from './support';

const never = new AbortController().signal;
const nothing = (): void => undefined;

/** The pause between two polls of another process, which gets the processor meanwhile. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** Cancels a transcription once the process works on its first piece. The times are from that moment on. */
async function cancelWhileTranscribing(
  runtime: Runtime,
  samples: Float32Array,
): Promise<{ readonly abortedMs: number; readonly elapsedMs: number }> {
  const [pid] = await childrenOf(process.pid);
  const before = processorTicks(pid);
  const controller = new AbortController();
  const transcription = runtime.transcribe({ samples }, {}, nothing, controller.signal);
  const rejected = assert.rejects(transcription, Cancelled);
  // 0.2 s of processor time: the engine is inside the piece.
  while (processorTicks(pid) < before + 20) await soon();
  const abortedMs = performance.now();
  controller.abort();
  await rejected;
  return { abortedMs, elapsedMs: performance.now() - abortedMs };
}

describe('loading and transcribing can be called off', () => {
  const folder = new TempFolder();
  let runtime: Runtime;
  beforeEach(async () => {
    await folder.create();
    runtime = await testRuntime();
  });
  afterEach(async () => {
    await runtime.unload();
    assert.deepEqual(await childrenOf(process.pid), []);
    await folder.remove();
  });
  after(removeBundle);

  it('while it loads, by its signal', async () => {
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    const controller = new AbortController();
    await assert.rejects(
      runtime.load(
        model,
        {},
        (phase) => {
          if (phase === 'loading') controller.abort();
        },
        controller.signal,
      ),
      Cancelled,
    );
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  it('while it loads, by another load and by unload', async () => {
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    let second: Promise<unknown> | undefined;
    const first = runtime.load(
      model,
      {},
      (phase) => {
        if (phase === 'loading') second ??= runtime.load(model, {}, nothing, never);
      },
      never,
    );
    await assert.rejects(first, Cancelled);
    await second;
    assert.equal((await childrenOf(process.pid)).length, 1);

    const third = runtime.load(model, {}, nothing, never);
    const unloaded = runtime.unload();
    await assert.rejects(third, Cancelled);
    await unloaded;
    assert.equal(runtime.loaded, undefined);
  });

  it('while it transcribes, at once, and the model stays loaded for the next call', async () => {
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    await runtime.load(model, {}, nothing, never);
    const controller = new AbortController();
    const partials: number[] = [];
    const startedMs = performance.now();
    let abortedMs = 0;
    await assert.rejects(
      runtime.transcribe(
        { samples: tone(600) },
        {},
        ({ transcribedMs, totalMs }) => {
          assert.equal(totalMs, 600_000);
          partials.push(transcribedMs);
          abortedMs = performance.now();
          controller.abort();
        },
        controller.signal,
      ),
      Cancelled,
    );
    assert.ok(abortedMs > startedMs);
    assert.ok(performance.now() - abortedMs < promptMs(1000), 'within a second');
    assert.equal(partials.length, 1);
    const result = await runtime.transcribe({ samples: tone(2) }, {}, nothing, never);
    assert.equal(result.segments[0]?.text, 'hello model');
  });

  it('also when the engine does not stop: its process ends, and the model stays loaded', async function () {
    if (process.platform !== 'linux') this.skip(); // How long the engine has worked is asked of /proc.
    const cancelMs = 200;
    runtime = await testRuntime({ limits: { cancelMs } });
    const model = await folder.model('ggml', {
      'ggml-slow.bin': whisperGgml({ audioLayers: 30 }),
    });
    const loaded = await runtime.load(model, { threads: 1 }, nothing, never);
    const exits: RuntimeExit[] = [];
    const changes: unknown[] = [];
    runtime.onDidExit((exit) => exits.push(exit));
    runtime.onDidChangeLoaded((change) => changes.push(change));
    const [busy] = await childrenOf(process.pid);
    assert.ok(busy !== undefined);
    const cancelled = await cancelWhileTranscribing(runtime, tone(29));
    assert.ok(
      cancelled.elapsedMs < promptMs(2_000),
      `${String(cancelled.elapsedMs)} ms until it rejected`,
    );
    while ((await childrenOf(process.pid)).includes(busy)) await soon();
    const goneMs = performance.now() - cancelled.abortedMs;
    assert.ok(goneMs < promptMs(15_000), `${String(goneMs)} ms until the process was gone`);

    const result = await runtime.transcribe({ samples: tone(2) }, {}, nothing, never);
    assert.equal(result.segments[0]?.text, 'hello model');
    assert.equal(runtime.loaded, loaded);
    assert.deepEqual([exits, changes], [[], []]);
    assert.equal((await childrenOf(process.pid)).length, 1);
  });

  it('and by unloading while the model is reloaded after a cancel', async function () {
    if (process.platform !== 'linux') this.skip(); // How long the engine has worked is asked of /proc.
    runtime = await testRuntime({ limits: { cancelMs: 50 } });
    const model = await folder.model('ggml', {
      'ggml-slow.bin': whisperGgml({ audioLayers: 30 }),
    });
    await runtime.load(model, { threads: 1 }, nothing, never);
    const [busy] = await childrenOf(process.pid);
    assert.ok(busy !== undefined);
    await cancelWhileTranscribing(runtime, tone(29));
    while ((await childrenOf(process.pid)).includes(busy)) await soon();
    const next = runtime.transcribe({ samples: tone(2) }, {}, nothing, never);
    const outcome = assert.rejects(next);
    await runtime.unload();
    await outcome;
    assert.equal(runtime.loaded, undefined);
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  it('when the model is gone by the time it is reloaded, which is said', async function () {
    if (process.platform !== 'linux') this.skip(); // How long the engine has worked is asked of /proc.
    runtime = await testRuntime({ limits: { cancelMs: 50 } });
    const model = await folder.model('ggml', {
      'ggml-slow.bin': whisperGgml({ audioLayers: 30 }),
    });
    await runtime.load(model, { threads: 1 }, nothing, never);
    const exited = new Promise<RuntimeExit>((resolve) => {
      runtime.onDidExit(resolve);
    });
    await rm(model.files[0]?.absolutePath ?? '');
    await cancelWhileTranscribing(runtime, tone(29));
    assert.match((await exited).error.message, /could not use Tiny\. Verify/);
    assert.equal(runtime.loaded, undefined);
  });

  it('by unloading, which is no crash', async () => {
    const model = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    await runtime.load(model, {}, nothing, never);
    let exits = 0;
    runtime.onDidExit(() => (exits += 1));
    let unloaded: Promise<void> | undefined;
    const transcription = runtime.transcribe(
      { samples: tone(600) },
      {},
      () => {
        unloaded ??= runtime.unload();
      },
      never,
    );
    await assert.rejects(transcription, Cancelled);
    await unloaded;
    assert.equal(exits, 0);
    assert.equal(runtime.loaded, undefined);
  });

  it('calls wait for each other', async () => {
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    await runtime.load(model, {}, nothing, never);
    const both = await Promise.all([
      runtime.transcribe({ samples: tone(40) }, {}, nothing, never),
      runtime.transcribe({ samples: tone(2) }, {}, nothing, never),
    ]);
    assert.deepEqual(
      both.map(({ audioMs }) => audioMs),
      [40_000, 2000],
    );
  });

  it('a file that is missing or no audio leaves the model loaded', async () => {
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    await runtime.load(model, {}, nothing, never);
    await writeFile(`${folder.path}/note.mp3`, 'not audio');
    await assert.rejects(
      runtime.transcribe({ path: `${folder.path}/gone.wav` }, {}, nothing, never),
      failsWith('notFound', /gone\.wav does not exist/),
    );
    runtime.dispose();
    runtime = await testRuntime({ env: {} });
    await runtime.load(model, {}, nothing, never);
    await assert.rejects(
      runtime.transcribe({ path: `${folder.path}/note.mp3` }, {}, nothing, never),
      failsWith('unsupported', /not a WAV file\. Install ffmpeg/),
    );
    assert.equal(runtime.loaded?.modelId, 'tiny');
  });
});
