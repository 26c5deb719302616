import assert from 'node:assert/strict';
import type { StoredFile } from '../../../src/cache';
import type { CatalogModel } from '../../../src/catalog';
import { Cancelled } from '../../../src/common/asrError';
import { deferred } from '../../../src/common/deferred';
import { Emitter } from '../../../src/common/event';
import { ModelManager } from '../../../src/models';
import { shouldWarnAboutMemory } from '../../../src/models/memoryWarning';
import type { LoadedModel, LoadOptions, ModelOnDisk } from '../../../src/runtime';
import { FakeWorld, hubFile, hubModel } from './fakePorts';

const never = new AbortController().signal;
const nothing = (): void => undefined;
const figures = {
  engineDescription: 'fake',
  measuredAtMs: 1,
  loadMs: 1,
  audioMs: 10,
  elapsedMs: 2,
} as const;
const fits = { verdict: 'fits', neededBytes: 1e6, availableBytes: 1e9 } as const;
const tight = { verdict: 'tight', neededBytes: 2e10, availableBytes: 1e9 } as const;

/** The manager over the fake world, with a runtime that says yes to everything and records its arguments. */
class SpeechWorld extends FakeWorld {
  readonly loads: { readonly model: ModelOnDisk; readonly options: LoadOptions }[] = [];
  readonly measured = new Map<string, number>();
  readonly #changes = new Emitter<LoadedModel | undefined>();
  memory: typeof fits | typeof tight = fits;
  /** The facts that the disk has about every file, in addition to its existence. */
  file: Partial<StoredFile> = {};
  loaded: LoadedModel | undefined;
  readonly measuring = deferred<undefined>();
  measurements = 0;
  threads = 1;
  measuredThreads = 0;

  manager(): ModelManager {
    const loadedNow = (): LoadedModel | undefined => this.loaded;
    return new ModelManager({
      ...this.ports,
      store: { ...this.ports.store, scan: async () => this.#scanned() },
      measurements: {
        get: (modelId) => {
          const realTimeFactor = this.measured.get(modelId);
          return realTimeFactor === undefined
            ? undefined
            : { ...figures, modelId, threads: this.measuredThreads, realTimeFactor };
        },
        put: (_revision, { modelId, realTimeFactor, threads }) => {
          this.measuredThreads = threads;
          this.measured.set(modelId, realTimeFactor);
          return Promise.resolve();
        },
      },
      runtime: {
        ...this.ports.runtime,
        get loaded() {
          return loadedNow();
        },
        onDidChangeLoaded: this.#changes.event,
        canLoad: () =>
          Promise.resolve({
            loadable: true,
            engine: 'whisper.cpp',
            kind: 'whisper',
            memory: this.memory,
          }),
        load: (model, options) => {
          this.loads.push({ model, options });
          const { modelId, name } = model;
          this.loaded = {
            modelId,
            name,
            engine: 'whisper.cpp',
            engineDescription: 'fake',
            threads: this.threads,
            onGpu: false,
            takesLanguage: false,
            asksForLanguage: false,
            translates: false,
            takesPrompt: false,
            loadMs: 1,
            memory: this.memory,
          };
          this.#changes.fire(this.loaded);
          return Promise.resolve(this.loaded);
        },
        audioTracks: () => Promise.resolve([]),
        measure: async () => {
          this.measurements += 1;
          await this.measuring.promise;
          return { ...figures, modelId: 'a', threads: this.threads, realTimeFactor: 5 };
        },
      },
    });
  }

  /** Puts a model on offer and, unless it is to be downloaded, its file on the disk. */
  offer(id: string, about: Partial<CatalogModel> = {}, isHere = true): void {
    const name = `${id}.bin`;
    this.models.push({ ...hubModel(id, [name]), ...about });
    this.files.push(hubFile(name, 10));
    if (isHere) this.published.set(name, hubFile(name, 10));
  }

  async #scanned(): ReturnType<FakeWorld['ports']['store']['scan']> {
    const report = await this.ports.store.scan();
    return {
      ...report,
      repos: report.repos.map((repo) => ({
        ...repo,
        snapshots: repo.snapshots.map((snapshot) => ({
          ...snapshot,
          files: snapshot.files.map((file) => ({ ...file, ...this.file })),
        })),
      })),
    };
  }
}

function failsWith(code: string, text: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof Error);
    assert.equal(Reflect.get(error, 'code'), code, error.message);
    assert.match(error.message, text);
    return true;
  };
}

describe('loading a model', () => {
  let world: SpeechWorld;
  let manager: ModelManager;
  beforeEach(() => {
    world = new SpeechWorld();
    manager = world.manager();
  });
  afterEach(() => manager.dispose());

  it('loads what is here, and measures it once', async () => {
    world.offer('a');
    const changed = deferred<undefined>();
    const phases: string[] = [];
    const loaded = await manager.speech.load('a', (phase) => phases.push(phase), never);
    assert.equal(loaded.modelId, 'a');
    assert.deepEqual(phases, [], 'it was not downloaded');
    manager.onDidChangeModels(changed.resolve);
    world.measuring.resolve(undefined);
    await changed.promise;
    assert.equal(world.measured.get('a'), 5, 'and whoever shows it heard of it');

    await manager.speech.load('a', nothing, never);
    assert.deepEqual([world.loads.length, world.measurements], [2, 1]);
  });

  it('measures it again with another number of threads', async () => {
    world.offer('a');
    world.measuring.resolve(undefined);
    for (const threads of [1, 4, 4]) {
      world.threads = threads;
      const measured = world.measurements;
      await manager.speech.load('a', nothing, never);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(world.measurements, measured + (world.loads.length === 3 ? 0 : 1));
    }
  });

  it('downloads it first when it must', async () => {
    world.offer('a', {}, false);
    const phases: string[] = [];
    const loading = manager.speech.load('a', (phase) => phases.push(phase), never);
    const transfer = await world.transfer(0);
    assert.deepEqual(phases, ['downloading']);
    const [file] = transfer.request.files;
    assert.ok(file);
    transfer.observer.verified(file);
    transfer.end({ kind: 'completed' });
    assert.equal((await loading).modelId, 'a');
  });

  it('is called off at once while it downloads; the download continues', async () => {
    world.offer('a', {}, false);
    const abort = new AbortController();
    const loading = manager.speech.load('a', nothing, abort.signal);
    const transfer = await world.transfer(0);
    abort.abort();
    await assert.rejects(loading, Cancelled);
    assert.deepEqual(transfer.calls, []);
    assert.deepEqual(world.loads, []);
  });

  it('gives way to a newer load, and to unload', async () => {
    world.offer('a', {}, false);
    world.offer('b');
    const first = manager.speech.load('a', nothing, never);
    await world.transfer(0);
    const second = manager.speech.load('b', nothing, never);
    await assert.rejects(first, Cancelled);
    assert.equal((await second).modelId, 'b');

    const third = manager.speech.load('a', nothing, never);
    await manager.speech.unload();
    await assert.rejects(third, Cancelled);
    assert.deepEqual(
      world.loads.map(({ model }) => model.modelId),
      ['b'],
    );
  });

  it('refuses what was not verified, with the next step', async () => {
    world.offer('a');
    await manager.models();
    world.file = { verified: false };
    let changes = 0;
    manager.onDidChangeModels(() => (changes += 1));
    const load = manager.speech.load('a', nothing, never);
    await assert.rejects(load, failsWith('integrity', /was not verified yet\. Verify it first/));
    assert.ok(changes > 0, 'the views look again');
    assert.deepEqual(world.loads, []);
  });

  it('refuses what is damaged instead of downloading it behind the person’s back', async () => {
    world.offer('a');
    world.file = { verified: false, damaged: true };
    const load = manager.speech.load('a', nothing, never);
    await assert.rejects(load, failsWith('integrity', /is damaged\. Verify it to repair it/));
    assert.deepEqual([world.loads, world.transfers], [[], []]);
  });

  it('refuses what it can’t load before a byte is downloaded', async () => {
    world.offer('python', { format: 'ctranslate2' }, false);
    world.offer('vad', { tasks: ['voice-activity-detection'] }, false);
    world.offer('packed', { packed: 'tar.bz2' }, false);
    for (const [id, text] of [
      ['python', /needs Python\. Copy its code snippet/],
      ['vad', /finds speech but does not transcribe it/],
      ['packed', /packed archive/],
    ] as const) {
      const load = manager.speech.load(id, nothing, never);
      await assert.rejects(load, failsWith('unsupported', text));
    }
    assert.deepEqual([world.loads, world.transfers], [[], []]);
  });

  it('believes the names of files where no catalog tells the format', () => {
    const file = (path: string) => ({ path, role: 'file', required: true });
    const of = (paths: string[]): CatalogModel => ({
      ...hubModel('hf:org/repo'),
      format: 'unknown',
      files: paths.map(file),
    });
    assert.equal(manager.speech.refusal(of(['ggml-a.bin', 'ggml-b.bin', 'README.md'])), undefined);
    assert.equal(manager.speech.refusal(of(['model.onnx', 'tokens.txt'])), undefined);
    assert.equal(manager.speech.refusal(of(['weights.bin']))?.code, 'unsupported');
  });

  it('cuts long audio with a verified Silero detector, with no other one', async () => {
    world.offer('a');
    const vad = (path: string): void => {
      world.models.push({
        ...hubModel(path, [path]),
        format: 'onnx-sherpa',
        tasks: ['voice-activity-detection'],
        files: [{ path, role: 'vad', required: true }],
      });
      world.files.push(hubFile(path, 5));
    };
    vad('ten-vad.onnx');
    vad('silero_vad.onnx');
    world.published.set('ten-vad.onnx', hubFile('ten-vad.onnx', 5));
    await manager.speech.load('a', nothing, never);
    assert.equal(world.loads[0]?.options.vadPath, undefined);
    world.published.set('silero_vad.onnx', hubFile('silero_vad.onnx', 5));
    await manager.speech.load('a', nothing, never);
    assert.equal(world.loads[1]?.options.vadPath, '/cache/snapshot/silero_vad.onnx');
  });

  it('asks when memory is short, and takes no for an answer', async () => {
    world.offer('a');
    world.memory = tight;
    const asked: string[] = [];
    const answer = (yes: boolean) => (name: string) => {
      asked.push(name);
      return Promise.resolve(yes);
    };
    await assert.rejects(manager.speech.load('a', nothing, never, answer(false)), Cancelled);
    assert.deepEqual(world.loads, []);
    await manager.speech.load('a', nothing, never, answer(true));
    assert.deepEqual(asked, ['Model a', 'Model a']);
    await manager.speech.load('a', nothing, never);
    assert.equal(world.loads.length, 2, 'a program is not asked');
  });

  it('does not take a graphics card’s memory for the processor’s', async () => {
    world.offer('a', { memoryBytes: { bytes: 9e9, kind: 'VRAM, measured' } });
    world.offer('b', { memoryBytes: { bytes: 8e9, kind: 'measured' } });
    await manager.speech.load('a', nothing, never);
    await manager.speech.load('b', nothing, never);
    assert.deepEqual(
      world.loads.map(({ model }) => model.memoryBytes),
      [undefined, 8e9],
    );
  });
});

describe('whether a person is asked about memory', () => {
  const machine = { totalBytes: 16e9, freedBytes: 0, platform: 'linux' } as const;
  const need = (neededBytes: number) =>
    ({ verdict: 'tight', neededBytes, availableBytes: 2e9 }) as const;

  it('goes by what is available, and what the loaded model gives back', () => {
    assert.equal(shouldWarnAboutMemory(need(3e9), machine), true);
    assert.equal(shouldWarnAboutMemory(need(3e9), { ...machine, freedBytes: 2e9 }), false);
    assert.equal(shouldWarnAboutMemory({ ...need(3e9), verdict: 'fits' }, machine), false);
  });

  it('goes by all memory on macOS, which calls nearly nothing free', () => {
    const mac = { ...machine, platform: 'darwin' } as const;
    assert.equal(shouldWarnAboutMemory(need(3e9), mac), false);
    assert.equal(shouldWarnAboutMemory(need(11e9), mac), true);
  });
});
