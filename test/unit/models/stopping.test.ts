import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { ModelDownload } from '../../../src/models';
import { contentBytes, generatedContent } from '../../hub';
import { promptMs } from '../download/support/prompt';
import { CoreBench } from './support/coreBench';

const content = generatedContent({ sizeBytes: 6_000_000, seed: 'stopped' });

/** A moment in a download's life, and how it is brought about and held. */
interface Moment {
  readonly name: string;
  readonly reach: (bench: CoreBench) => Promise<ModelDownload>;
}

const start = (bench: CoreBench): Promise<ModelDownload> =>
  bench.manager.download('hf:org/stopped');

const moments: readonly Moment[] = [
  {
    name: 'while the hub is asked which files there are',
    async reach(bench) {
      bench.hub.faults.add({ kind: 'hang' }, { origin: 'hub', path: /^\/api\// });
      const download = await start(bench);
      await bench.hub.waitFor(({ path: asked }) => asked.startsWith('/api/'));
      return download;
    },
  },
  {
    name: 'while an address does not answer',
    async reach(bench) {
      bench.hub.faults.add({ kind: 'hang' }, { origin: 'hub', path: 'model.bin' });
      const download = await start(bench);
      await bench.hub.waitFor(({ path: asked }) => asked.includes('/resolve/'));
      return download;
    },
  },
  {
    name: 'while bytes arrive',
    async reach(bench) {
      bench.hub.pace.bytesPerSecondTotal = 3_000_000;
      const download = await start(bench);
      await bench.until(download, ({ downloadedBytes }) => downloadedBytes > 1_000_000);
      return download;
    },
  },
  {
    name: 'while it waits for its next attempt',
    async reach(bench) {
      bench.hub.faults.add(
        { kind: 'status', status: 429, headers: { 'Retry-After': '300' } },
        { origin: 'cdn' },
      );
      const download = await start(bench);
      const waiting = await bench.until(download, ({ retryAt }) => retryAt !== undefined);
      assert.match(waiting.retryReason ?? '', /limits how often it may be asked/);
      const seconds = ((waiting.retryAt ?? 0) - Date.now()) / 1000;
      assert.ok(seconds > 280 && seconds <= 301, String(seconds));
      return download;
    },
  },
  {
    name: 'while it is verified',
    async reach(bench) {
      await bench.holdHashing();
      const download = await start(bench);
      await bench.until(download, ({ status }) => status === 'verifying');
      return download;
    },
  },
];

describe('stopping a download at any moment', () => {
  let bench: CoreBench;
  beforeEach(async () => {
    bench = await CoreBench.start([{ name: 'org/stopped', files: { 'model.bin': content } }]);
  });
  afterEach(() => bench.close());

  for (const { name, reach } of moments) {
    it(`cancels at once ${name}, and nothing is left`, async () =>
      await bench.assertCancelsAtOnce(await reach(bench)));

    it(`pauses ${name}, frees the sockets, and continues from there`, async () => {
      const download = await reach(bench);
      const askedMs = performance.now();
      await download.pause();
      const tookMs = performance.now() - askedMs;
      assert.ok(tookMs < promptMs(1000), `${tookMs.toFixed(0)} ms`);
      assert.equal(download.progress.status, 'paused');
      assert.equal(download.progress.retryAt, undefined);
      await bench.hub.log.waitForQuiet();
      const kept = download.progress.downloadedBytes;
      bench.hub.faults.clear();
      bench.hub.pace.bytesPerSecondTotal = 0;
      await bench.releaseHashing();
      download.resume();
      const model = await download.finished;
      assert.deepEqual(await readFile(model.path), contentBytes(content));
      const sent = bench.hub.log.bytesSent(({ origin }) => origin === 'cdn');
      // Segments that were cut off may have been sent to their end.
      assert.ok(sent <= 2 * content.sizeBytes - kept + 2_000_000, `${sent} with ${kept} kept`);
    });
  }

  it('continues when it is resumed before the pause is through', async () => {
    bench.hub.pace.bytesPerSecondTotal = 3_000_000;
    const download = await start(bench);
    await bench.until(download, ({ downloadedBytes }) => downloadedBytes > 1_000_000);
    const paused = download.pause();
    download.resume();
    await paused;
    bench.hub.pace.bytesPerSecondTotal = 0;
    const model = await download.finished;
    assert.deepEqual(await readFile(model.path), contentBytes(content));
  });

  it('cancels at once when it is paused', async () => {
    bench.hub.pace.bytesPerSecondTotal = 3_000_000;
    const download = await start(bench);
    await bench.until(download, ({ downloadedBytes }) => downloadedBytes > 1_000_000);
    await download.pause();
    assert.ok((await bench.partials()).length > 0);
    await bench.assertCancelsAtOnce(download);
  });

  it('keeps nothing when pause is followed by cancel at once', async () => {
    bench.hub.pace.bytesPerSecondTotal = 3_000_000;
    const download = await start(bench);
    await bench.until(download, ({ downloadedBytes }) => downloadedBytes > 1_000_000);
    void download.pause();
    await bench.assertCancelsAtOnce(download);
  });
});
