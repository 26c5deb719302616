import assert from 'node:assert/strict';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { UnfinishedDownloads } from '../../../src/vscode/host/mementos';

/** A memento as the editor has one. */
class Memory {
  readonly writes: unknown[] = [];
  readonly #values: Map<string, unknown>;

  constructor(initial: Readonly<Record<string, unknown>> = {}) {
    this.#values = new Map(Object.entries(initial));
  }

  keys(): readonly string[] {
    return [...this.#values.keys()];
  }

  get(key: string): never {
    // The editor's own type promises whatever the caller hopes for.
    return this.#values.get(key) as never;
  }

  update(key: string, value: unknown): Promise<void> {
    this.writes.push(value);
    this.#values.set(key, value);
    return Promise.resolve();
  }
}

const record = (
  status: ModelDownloadProgress['status'],
  downloadedBytes = 0,
  modelId = 'tiny',
): ModelDownloadProgress => ({
  downloadId: modelId,
  modelId,
  modelName: modelId,
  status,
  downloadedBytes,
  totalBytes: 1_000_000,
  filesDone: 0,
  stalled: false,
});

describe('the memory of unfinished downloads', () => {
  it('keeps what runs, is paused or has failed, and forgets what has ended', async () => {
    const unfinished = new UnfinishedDownloads(new Memory(), 'here');
    const ids = (): string[] => unfinished.list().map(({ modelId }) => modelId);
    await unfinished.record(record('downloading', 10, 'runs'));
    await unfinished.record(record('paused', 10, 'paused'));
    await unfinished.record(record('error', 10, 'failed'));
    await unfinished.record(record('downloading', 10, 'done'));
    await unfinished.record(record('downloading', 10, 'cancelled'));
    await unfinished.record(record('completed', 1_000_000, 'done'));
    await unfinished.record(record('cancelled', 10, 'cancelled'));
    assert.deepEqual(ids(), ['runs', 'paused', 'failed']);
    await unfinished.forget(['paused']);
    assert.deepEqual(ids(), ['runs', 'failed']);
  });

  it('leaves other windows’ downloads to the windows that own them', async () => {
    const memento = new Memory();
    const unfinished = new UnfinishedDownloads(memento, 'here');
    await unfinished.record({ ...record('downloading', 10), inOtherWindow: true });
    assert.deepEqual(memento.writes, []);
  });

  it('are those of one machine, though the editor keeps them for all', async () => {
    const memento = new Memory();
    const [laptop, server] = ['laptop', 'server'].map(
      (machine) => new UnfinishedDownloads(memento, machine),
    );
    await server?.record(record('downloading', 10, 'there'));
    assert.deepEqual(laptop?.list(), []);
    await laptop.forget(['there']);
    assert.deepEqual(
      server?.list().map(({ modelId }) => modelId),
      ['there'],
    );
  });

  it('writes at most once for each tenth of the way', async () => {
    const memento = new Memory();
    const unfinished = new UnfinishedDownloads(memento, 'here');
    for (let bytes = 0; bytes < 1_000_000; bytes += 1000)
      await unfinished.record(record('downloading', bytes));
    assert.equal(memento.writes.length, 10);
  });

  it('takes a memento that another version wrote for what it is', () => {
    for (const value of ['text', 7, [null, { modelId: 1 }, 'x'], { modelId: 'tiny' }]) {
      const unfinished = new UnfinishedDownloads(
        new Memory({ 'asr.unfinishedDownloads here': value }),
        'here',
      );
      assert.deepEqual(unfinished.list(), []);
    }
  });
});
