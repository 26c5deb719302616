import assert from 'node:assert/strict';
import { englishText } from '../../../../src/common/localizedMessage';
import fs from 'node:fs/promises';
import path from 'node:path';
import { realPartialFiles, type PartialFiles } from '../../../../src/download/files/partialFiles';
import { assertFailed, made, TransferBench } from '../support/transferBench';

/** The real disk with parts of it replaced. */
function diskWith(changes: Partial<PartialFiles>): PartialFiles {
  return { ...realPartialFiles, ...changes };
}

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: it does not work`), { code });
}

/** A disk whose writes fail as `next` says. */
function failingWrites(next: () => string | undefined): PartialFiles {
  return diskWith({
    async open(filePath) {
      const file = await realPartialFiles.open(filePath);
      return {
        ...file,
        write(buffers, position) {
          const code = next();
          return code === undefined ? file.write(buffers, position) : Promise.reject(failure(code));
        },
      };
    },
  });
}

describe('the disk', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it('is looked at before the first byte, the queue and a margin included', async () => {
    bench = await TransferBench.start({ 'a.bin': made(2000), 'b.bin': made(1000, 'b') });
    const files = [await bench.file('a.bin'), await bench.file('b.bin')];
    const disk = diskWith({ freeSpace: () => Promise.resolve({ bytes: 3_100_000, device: 1 }) });
    const folder = path.join(bench.folder, 'partial').replaceAll('.', '\\.');
    await assertFailed(
      bench.run(files, { disk, queuedBytes: 1_000_000 }).outcome,
      'diskSpace',
      new RegExp(`^Not enough disk space: needs 4 MB, 3 MB free in ${folder}\\.$`),
    );
    await assertFailed(
      bench.run(files, { disk, tuning: { diskMarginBytes: 100_000 } }).outcome,
      'diskSpace',
      /needs 3 MB, 3 MB free/,
    );
    assert.equal(bench.hub.log.records.length, 0);
    assert.deepEqual(await bench.run(files, { disk }).outcome, { kind: 'completed' });
  });

  it('counts only what is still missing', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(3000) },
      { pace: { bytesPerSecondTotal: 2e7 } },
    );
    const file = await bench.file('a.bin');
    const first = bench.run([file]);
    await first.until(({ downloadedBytes }) => downloadedBytes > 1_500_000);
    first.transfer.pause();
    await first.outcome;
    const disk = diskWith({ freeSpace: () => Promise.resolve({ bytes: 2_000_000, device: 1 }) });
    assert.deepEqual(await bench.run([file], { disk }).outcome, { kind: 'completed' });
  });

  it('that becomes full is waited for, and the download continues when there is space', async () => {
    bench = await TransferBench.start({ 'a.bin': made(3000) });
    let writes = 0;
    let room = true;
    const disk = {
      ...failingWrites(() => {
        writes++;
        if (writes === 12) room = false;
        return room ? undefined : 'ENOSPC';
      }),
      freeSpace: () => Promise.resolve({ bytes: room ? 1e9 : 10_000, device: 1 }),
    };
    const file = await bench.file('a.bin');
    const run = bench.run([file], { disk });
    const waiting = await run.until(({ phase }) => phase === 'waiting');
    assert.equal(waiting.retry?.error.code, 'diskSpace');
    assert.match(
      englishText(waiting.retry.error.localizedMessage),
      /^Not enough disk space: needs \d MB, 10 kB free in /,
    );
    assert.ok(waiting.downloadedBytes > 0);
    room = true;
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    let before = 0;
    for (const { downloadedBytes } of run.progress) {
      assert.ok(downloadedBytes >= before);
      before = downloadedBytes;
    }
  });

  it('that is full when the journal is written is waited for too', async () => {
    bench = await TransferBench.start({ 'a.bin': made(2000) });
    let failures = 3;
    const disk = diskWith({
      replaceText: (filePath, text) =>
        failures-- > 0
          ? Promise.reject(failure('ENOSPC'))
          : realPartialFiles.replaceText(filePath, text),
    });
    const file = await bench.file('a.bin');
    assert.deepEqual(await bench.run([file], { disk }).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
  });

  it('can be paused and cancelled while it is full', async () => {
    bench = await TransferBench.start({ 'a.bin': made(2000) });
    const disk = failingWrites(() => 'ENOSPC');
    const file = await bench.file('a.bin');
    for (const kind of ['pause', 'cancel'] as const) {
      const run = bench.run([file], { disk });
      await run.until(({ phase }) => phase === 'waiting');
      run.transfer[kind]();
      assert.equal((await run.outcome).kind, kind === 'pause' ? 'paused' : 'cancelled');
    }
  });

  it('says what each refusal is', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    const file = await bench.file('a.bin');
    const cases = [
      ['EACCES', 'diskPermission', /Writing to .* is not permitted/],
      ['EROFS', 'diskPermission', /lies on a read-only file system/],
      ['EIO', 'unknown', /The disk reported a fault/],
      ['EMFILE', 'unknown', /Too many files are open/],
      ['EWHAT', 'unknown', /can’t be written to/],
    ] as const;
    for (const [errno, code, localizedMessage] of cases) {
      await assertFailed(
        bench.run([file], { disk: failingWrites(() => errno) }).outcome,
        code,
        localizedMessage,
      );
    }
    const opening = diskWith({ open: () => Promise.reject(failure('EACCES')) });
    await assertFailed(
      bench.run([file], { disk: opening }).outcome,
      'diskPermission',
      /is not permitted/,
    );
  });

  it('says that a place is a file and no folder', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    await fs.writeFile(path.join(bench.folder, 'partial'), 'in the way');
    await assertFailed(bench.run([await bench.file('a.bin')]).outcome, 'diskPermission', /partial/);
  });
});
