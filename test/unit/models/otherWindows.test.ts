import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { contentBytes } from '../../hub';
import { promptMs } from '../download/support/prompt';
import {
  big,
  endOf,
  modelId,
  mostLostBytes,
  nextRecord,
  sizeBytes,
  WindowsBench,
} from './support/windowsBench';

describe('several windows on one cache', () => {
  let bench: WindowsBench;
  beforeEach(async () => {
    bench = await WindowsBench.start();
  });
  afterEach(() => bench.close());

  it('show one download with its live figures, and fetch its bytes once', async () => {
    const [a, b] = [bench.open(), bench.open()];
    const own = await a.download(modelId);
    const shown = await bench.foreign(b);
    assert.equal(shown.downloadId, own.downloadId);
    assert.equal(b.activeDownload, shown);
    const figures = new Set<number>();
    b.onDidChangeDownload((record) => figures.add(record.downloadedBytes));
    await nextRecord(b, ({ downloadedBytes }) => downloadedBytes > sizeBytes / 3);
    assert.equal(b.record(shown).inOtherWindow, true);
    assert.equal(b.record(shown).totalBytes, sizeBytes);
    assert.equal(a.record(own).inOtherWindow, undefined);
    const joined = await b.download(modelId);
    bench.hub.pace.bytesPerSecondTotal = 0;
    const [here, there] = await Promise.all([own.finished, joined.finished]);
    assert.equal(there.path, here.path);
    assert.deepEqual(await readFile(here.path), contentBytes(big));
    assert.ok(figures.size >= 3, `${figures.size} different figures were shown`);
    // Two windows would send twice as much. A slow connection's tail that another took over may come from both.
    const mostBytes = 1.5 * sizeBytes;
    assert.ok(bench.bytesSent < mostBytes, `${bench.bytesSent} bytes were sent for ${sizeBytes}`);
    assert.deepEqual(b.downloads(), []);
  });

  it('asked at the same moment, have one owner', async () => {
    bench.hub.pace.bytesPerSecondTotal = 0;
    const windows = [bench.open(), bench.open(), bench.open()];
    const downloads = await Promise.all(windows.map((window) => window.download(modelId)));
    await Promise.all(downloads.map((download) => download.finished));
    const owned = downloads.filter(({ progress }) => progress.inOtherWindow !== true);
    assert.equal(owned.length, 1);
    assert.ok(bench.bytesSent < 1.5 * sizeBytes, `${bench.bytesSent} sent for ${sizeBytes}`);
  });

  it('cancel from another: it stops within a second or so, and nothing half-done is left', async () => {
    const [a, b] = [bench.open(), bench.open()];
    const own = await a.download(modelId);
    const shown = await bench.foreign(b);
    await bench.hub.waitForBytes(1_000_000);
    const startMs = performance.now();
    await shown.cancel();
    assert.ok(performance.now() - startMs < promptMs(5_000));
    assert.equal(own.progress.status, 'cancelled');
    assert.equal(shown.progress.status, 'cancelled');
    assert.deepEqual([a.downloads(), b.downloads()], [[], []]);
    const left = await readdir(path.join(bench.place.storagePath, 'hub'), { recursive: true });
    assert.deepEqual(
      left.filter((name) => name.includes('partial')),
      [],
    );
  });

  it('pause and resume from another', async () => {
    const [a, b] = [bench.open(), bench.open()];
    const own = await a.download(modelId);
    const shown = await bench.foreign(b);
    await bench.hub.waitForBytes(1_000_000);
    await shown.pause();
    assert.equal(own.progress.status, 'paused');
    assert.equal(b.activeDownload, undefined);
    assert.equal(b.findDownload(modelId), shown, 'it is still listed');
    bench.hub.pace.bytesPerSecondTotal = 0;
    shown.resume();
    assert.equal(await endOf(own), `downloaded ${modelId}`);
    assert.equal(await endOf(shown), `downloaded ${modelId}`);
    assert.ok(bench.bytesSent <= sizeBytes + mostLostBytes);
  });

  it('cancelled and asked again at once, keep it their own', async () => {
    const a = bench.open();
    for (let round = 0; round < 8; round++) {
      const download = await a.download(modelId);
      assert.equal(download.progress.inOtherWindow, undefined, `round ${round}`);
      await bench.hub.log.waitFor(({ origin }) => origin === 'cdn');
      bench.hub.log.clear();
      await download.cancel();
    }
  });

  it('tell each other the end and its reason, and let the next one try', async () => {
    const [a, b] = [bench.open(), bench.open()];
    bench.hub.faults.add({ kind: 'status', status: 404 }, { path: /\/resolve\// });
    const own = await a.download(modelId);
    const joined = await b.download(modelId);
    const [here, there] = await Promise.all([endOf(own), endOf(joined)]);
    assert.match(here, /AsrError/);
    assert.ok(there.includes('In another window: '), there);
    bench.hub.faults.clear();
    bench.hub.pace.bytesPerSecondTotal = 0;
    assert.equal(await endOf(await b.download(modelId)), `downloaded ${modelId}`);
  });

  it('see what another has brought or deleted, without being asked', async () => {
    bench.hub.pace.bytesPerSecondTotal = 0;
    const [a, b] = [bench.open(), bench.open()];
    assert.deepEqual(await b.downloadedModels(), []);
    const announced = (): Promise<void> =>
      new Promise((resolve) => {
        const subscription = b.onDidChangeModels(() => {
          void b.downloadedModels().then((models) => {
            if (models.length !== wanted) return;
            subscription.dispose();
            resolve();
          });
        });
      });
    let wanted = 1;
    const brought = announced();
    await (
      await a.download('hf:org/pair#a/*')
    ).finished;
    await brought;
    wanted = 0;
    const deleted = announced();
    await a.deleteModel('hf:org/pair#a/*');
    await deleted;
  });

  it('download models that share a file at the same time: the second waits for that file', async () => {
    const [a, b] = [bench.open(), bench.open()];
    const first = await a.download('hf:org/pair#a/*');
    await bench.hub.waitForBytes(200_000);
    const second = await b.download('hf:org/pair#b/*');
    bench.hub.pace.bytesPerSecondTotal = 0;
    await Promise.all([first.finished, second.finished]);
    assert.ok(bench.bytesSent <= 3_000_000, `${bench.bytesSent} bytes were sent`);
  });
});
