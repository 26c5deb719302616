import assert from 'node:assert/strict';
import { realPartialFiles, type PartialFiles } from '../../../src/download/files/partialFiles';
import { parseJournal } from '../../../src/common/journal';
import { ByteSet } from './support/byteSet';
import { made, TransferBench } from './support/transferBench';

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The real disk under a machine whose power may go at any moment: what was written counts once a flush that began
 * after it has succeeded. What a failed flush covered is gone, as systems do with pages that they could not write.
 */
class PoweredDisk {
  readonly #sizeBytes: number;
  readonly #durable: Range[] = [];
  #written: Range[] = [];
  /** How many of the next flushes fail, after so many that did not. */
  failures = { after: Infinity, count: 0 };
  flushes = 0;
  journals = 0;
  /** Bytes that a journal named although they were not durable. */
  wronglyNamedBytes = 0;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  get durable(): ByteSet {
    return ByteSet.pieces(this.#sizeBytes, this.#durable);
  }

  async #flush(work: () => Promise<void>): Promise<void> {
    const covered = this.#written;
    this.#written = [];
    this.flushes++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.flushes > this.failures.after && this.failures.count-- > 0) {
      throw Object.assign(new Error('ENOSPC: no room'), { code: 'ENOSPC' });
    }
    await work();
    this.#durable.push(...covered);
  }

  #named(text: string): void {
    const journal = parseJournal(text);
    assert.ok(journal !== undefined);
    this.journals++;
    const named = ByteSet.pieces(this.#sizeBytes, journal.pieces);
    this.wronglyNamedBytes += named.count(this.durable, false);
  }

  get disk(): PartialFiles {
    return {
      ...realPartialFiles,
      open: async (filePath) => {
        const file = await realPartialFiles.open(filePath);
        return {
          ...file,
          write: async (buffers, position) => {
            await file.write(buffers, position);
            const bytes = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
            this.#written.push({ start: position, end: position + bytes });
          },
          flush: () => this.#flush(() => file.flush()),
        };
      },
      replaceText: async (filePath, text) => {
        this.#named(text);
        await realPartialFiles.replaceText(filePath, text);
      },
    };
  }
}

describe('bytes and the journal, when the power may go at any moment', () => {
  let bench: TransferBench;
  beforeEach(async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(4000) },
      { pace: { bytesPerSecondPerConnection: 4e6 } },
    );
  });
  afterEach(() => bench.close());

  const cases = [
    ['names only what a flush has put on the disk', { after: Infinity, count: 0 }],
    [
      'names nothing that a flush could not put there, and fetches it again',
      { after: 3, count: 2 },
    ],
    ['does not take a last flush that failed for done', { after: 0, count: 1 }],
  ] as const;
  for (const [what, failures] of cases) {
    it(what, async () => {
      const file = await bench.file('a.bin');
      const powered = new PoweredDisk(file.sizeBytes);
      powered.failures = { ...failures };
      const all = ByteSet.pieces(file.sizeBytes, [{ start: 0, end: file.sizeBytes }]);
      let lackedBytes: number | undefined;
      const run = bench.run([file], {
        disk: powered.disk,
        onProgress({ filesDone }) {
          if (filesDone === 1) lackedBytes ??= all.count(powered.durable, false);
        },
        ...(failures.after === 0 ? { tuning: { flushBytes: 1e9, flushMs: 60_000 } } : {}),
      });
      assert.deepEqual(await run.outcome, { kind: 'completed' });
      await bench.assertWhole(file);
      assert.ok(powered.journals >= (failures.after === 0 ? 1 : 3), String(powered.journals));
      assert.equal(powered.wronglyNamedBytes, 0);
      assert.equal(lackedBytes, 0, 'what is handed over is on the disk');
      assert.ok(run.progress.every(({ startedOver }) => startedOver === undefined));
      const again = bench.sentBytes - file.sizeBytes;
      assert.equal(again > 0, failures.count > 0, `${String(again)} bytes again`);
    });
  }
});
