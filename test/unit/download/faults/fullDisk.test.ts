import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { made, TransferBench } from '../support/transferBench';

/** Mounts a file system of so many bytes; false where this user may not. */
function mountSmallDisk(folder: string, sizeBytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

/** Writes until there is no room left. */
async function fill(file: string): Promise<void> {
  for (const part of [Buffer.alloc(1 << 20, 1), Buffer.alloc(1 << 16, 1), Buffer.alloc(4096, 1)]) {
    for (;;) {
      const error: unknown = await appendFile(file, part).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) continue;
      assert.equal(error instanceof Error && 'code' in error ? error.code : '', 'ENOSPC');
      break;
    }
  }
}

describe('a real disk that gets full', () => {
  let bench: TransferBench;
  let folder: string;
  let isMounted = false;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-small-disk-'));
    isMounted = mountSmallDisk(folder, 6_000_000);
  });
  after(async () => {
    if (isMounted) execFileSync('umount', ['-l', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  // Where mounting is not allowed, disk.test.ts shows the same with an injected ENOSPC.
  it('is waited for, and the download continues when there is space (skipped where nothing may be mounted)', async function () {
    if (!isMounted) this.skip();
    bench = await TransferBench.start(
      { 'a.bin': made(3000) },
      { pace: { bytesPerSecondTotal: 2e6 } },
    );
    try {
      const inFolder = await bench.file('a.bin');
      const file = {
        ...inFolder,
        partialPath: path.join(folder, 'partial'),
        journalPath: path.join(folder, 'partial.json'),
      };
      const run = bench.run([file], {
        settings: { stallTimeoutMs: 30_000 },
        tuning: { silentConnectionMs: 20_000 },
      });
      await run.until(({ downloadedBytes }) => downloadedBytes > 300_000);
      const thaw = bench.hub.freeze();
      await fill(path.join(folder, 'somebody-else'));
      thaw();
      const waiting = await run.until(({ phase }) => phase === 'waiting');
      assert.equal(waiting.retry?.error.code, 'diskSpace');
      assert.ok(waiting.downloadedBytes > 0);
      await rm(path.join(folder, 'somebody-else'));
      assert.deepEqual(await run.outcome, { kind: 'completed' });
      await bench.assertWhole(file);
    } finally {
      await bench.close();
    }
  });
});
