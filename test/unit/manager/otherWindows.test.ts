import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isCancellation } from '../../../src/base/asrError';
import { isObject, parseJson } from '../../../src/base/json';
import type { ModelDownload, ModelManager } from '../../../src/manager';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { contentBytes, generatedContent, startTestHub, type TestHub } from '../../hub';
import { workerBundle } from '../download/support/workerBundle';
import { openWindow, type WindowPlace } from './support/openWindow';
import { WindowProcess } from './support/windowProcess';

const sizeBytes = 6_000_000;
const big = generatedContent({ sizeBytes, seed: 'big' });
const shared = generatedContent({ sizeBytes: 2_000_000, seed: 'shared' });
const modelId = 'hf:org/big';
/** Slow enough to be looked at, and to be interrupted. */
const slow = 1_500_000;
/** What the hub had handed to the kernel, but nobody had written down when the owner was killed, per connection. */
const lostBytesPerConnection = 1_000_000;

/** The next record that matches, of any download. */
function nextRecord(
  manager: ModelManager,
  matches: (record: ModelDownloadProgress) => boolean,
): Promise<ModelDownloadProgress> {
  return new Promise((resolve) => {
    const subscription = manager.onDidChangeDownload((record) => {
      if (!matches(record)) return;
      subscription.dispose();
      resolve(record);
    });
  });
}

async function endOf(download: ModelDownload): Promise<string> {
  return await download.finished.then(
    ({ modelId: id }) => `downloaded ${id}`,
    (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)),
  );
}

describe('several windows on one cache', function () {
  this.timeout(60_000);
  let hub: TestHub;
  let root: string;
  let distPath: string;
  let place: WindowPlace;
  let managers: ModelManager[];
  let processes: WindowProcess[];

  const open = (): ModelManager => {
    const manager = openWindow(place);
    managers.push(manager);
    return manager;
  };
  const openProcess = async (): Promise<WindowProcess> => {
    const opened = await WindowProcess.open(place, modelId);
    processes.push(opened);
    return opened;
  };
  /** Another window's download as this one knows it. */
  const foreign = async (manager: ModelManager): Promise<ModelDownload> => {
    const there = manager.findDownload(modelId);
    if (there !== undefined) return there;
    await nextRecord(manager, ({ inOtherWindow }) => inOtherWindow === true);
    const found = manager.findDownload(modelId);
    assert.ok(found);
    return found;
  };
  /** Bytes that the journal of the unfinished file vouches for: they outlive a kill. */
  const vouchedBytes = async (): Promise<number> => {
    const folder = path.join(place.storagePath, 'hub', 'models--org--big', 'partial');
    const names = await readdir(folder).catch(() => []);
    const journal = names.find((name) => name.endsWith('.json'));
    if (journal === undefined) return 0;
    const json = parseJson(await readFile(path.join(folder, journal), 'utf8'));
    return isObject(json) ? Number(json['downloadedBytes']) : 0;
  };
  /** Settles when enough is written down, looking whenever a window hears of the download. */
  const untilVouched = (manager: ModelManager, bytes: number): Promise<void> =>
    new Promise((resolve) => {
      const subscription = manager.onDidChangeDownload(() => {
        void vouchedBytes().then((vouched) => {
          if (vouched < bytes) return;
          subscription.dispose();
          resolve();
        });
      });
    });
  const bytesSent = (): number => hub.log.bytesSent(({ origin }) => origin === 'cdn');
  const notes = (): Promise<string[]> =>
    readdir(path.join(place.storagePath, 'state', 'windows')).then((names) =>
      names.filter((name) => name !== 'changed'),
    );

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-windows-'));
    distPath = path.join(root, 'dist');
    await mkdir(distPath);
    await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
  });
  beforeEach(async () => {
    hub = await startTestHub({
      repos: [
        { name: 'org/big', files: { 'model.bin': big } },
        {
          name: 'org/pair',
          files: {
            'a/model.bin': generatedContent({ sizeBytes: 500_000, seed: 'a' }),
            'a/shared.bin': shared,
            'b/model.bin': generatedContent({ sizeBytes: 500_000, seed: 'b' }),
            'b/shared.bin': shared,
          },
        },
      ],
      pace: { bytesPerSecondTotal: slow },
    });
    place = {
      storagePath: await mkdtemp(path.join(root, 'storage-')),
      distPath,
      hubUrl: hub.url,
    };
    managers = [];
    processes = [];
  });
  afterEach(async () => {
    await Promise.all(processes.map((one) => one.kill()));
    await Promise.all(managers.map((manager) => manager.shutDown()));
    await hub.close();
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('show one download with its live figures, and fetch its bytes once', async () => {
    const [a, b] = [open(), open()];
    const own = await a.download(modelId);
    const shown = await foreign(b);
    assert.equal(shown.downloadId, own.downloadId);
    assert.equal(b.activeDownload, shown);
    const figures = new Set<number>();
    b.onDidChangeDownload((record) => figures.add(record.downloadedBytes));
    await nextRecord(b, ({ downloadedBytes }) => downloadedBytes > sizeBytes / 3);
    assert.equal(b.record(shown).inOtherWindow, true);
    assert.equal(b.record(shown).totalBytes, sizeBytes);
    assert.equal(a.record(own).inOtherWindow, undefined);
    const joined = await b.download(modelId);
    hub.pace.bytesPerSecondTotal = 0;
    const [here, there] = await Promise.all([own.finished, joined.finished]);
    assert.equal(there.path, here.path);
    assert.deepEqual(await readFile(here.path), contentBytes(big));
    assert.ok(figures.size >= 3, `${figures.size} different figures were shown`);
    assert.ok(bytesSent() <= sizeBytes, `${bytesSent()} bytes were sent for ${sizeBytes}`);
    assert.deepEqual(b.downloads(), []);
  });

  it('asked at the same moment, have one owner', async () => {
    hub.pace.bytesPerSecondTotal = 0;
    const windows = [open(), open(), open()];
    const downloads = await Promise.all(windows.map((window) => window.download(modelId)));
    await Promise.all(downloads.map((download) => download.finished));
    const owned = downloads.filter(({ progress }) => progress.inOtherWindow !== true);
    assert.equal(owned.length, 1);
    assert.ok(bytesSent() <= sizeBytes, `${bytesSent()} bytes were sent for ${sizeBytes}`);
  });

  it('cancel from another: it stops within a second or so, and nothing half-done is left', async () => {
    const [a, b] = [open(), open()];
    const own = await a.download(modelId);
    const shown = await foreign(b);
    await hub.waitForBytes(1_000_000);
    const startMs = performance.now();
    await shown.cancel();
    assert.ok(performance.now() - startMs < 5_000);
    assert.equal(own.progress.status, 'cancelled');
    assert.equal(shown.progress.status, 'cancelled');
    assert.deepEqual([a.downloads(), b.downloads()], [[], []]);
    const left = await readdir(path.join(place.storagePath, 'hub'), { recursive: true });
    assert.deepEqual(
      left.filter((name) => name.includes('partial')),
      [],
    );
  });

  it('pause and resume from another', async () => {
    const [a, b] = [open(), open()];
    const own = await a.download(modelId);
    const shown = await foreign(b);
    await hub.waitForBytes(1_000_000);
    await shown.pause();
    assert.equal(own.progress.status, 'paused');
    assert.equal(b.activeDownload, undefined);
    assert.equal(b.findDownload(modelId), shown, 'it is still listed');
    hub.pace.bytesPerSecondTotal = 0;
    shown.resume();
    assert.equal(await endOf(own), `downloaded ${modelId}`);
    assert.equal(await endOf(shown), `downloaded ${modelId}`);
    assert.ok(bytesSent() <= sizeBytes + 4 * lostBytesPerConnection);
  });

  it('cancelled and asked again at once, keep it their own', async () => {
    const a = open();
    for (let round = 0; round < 8; round++) {
      const download = await a.download(modelId);
      assert.equal(download.progress.inOtherWindow, undefined, `round ${round}`);
      await hub.log.waitFor(({ origin }) => origin === 'cdn');
      hub.log.clear();
      await download.cancel();
    }
  });

  it('tell each other the end and its reason, and let the next one try', async () => {
    const [a, b] = [open(), open()];
    hub.faults.add({ kind: 'status', status: 404 }, { path: /\/resolve\// });
    const own = await a.download(modelId);
    const joined = await b.download(modelId);
    const [here, there] = await Promise.all([endOf(own), endOf(joined)]);
    assert.match(here, /AsrError/);
    assert.ok(there.includes('In another window: '), there);
    hub.faults.clear();
    hub.pace.bytesPerSecondTotal = 0;
    assert.equal(await endOf(await b.download(modelId)), `downloaded ${modelId}`);
  });

  it('see what another has brought or deleted, without being asked', async () => {
    hub.pace.bytesPerSecondTotal = 0;
    const [a, b] = [open(), open()];
    assert.deepEqual(await b.downloadedModels(), []);
    const told = (): Promise<void> =>
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
    const brought = told();
    await (
      await a.download('hf:org/pair#a/*')
    ).finished;
    await brought;
    wanted = 0;
    const deleted = told();
    await a.deleteModel('hf:org/pair#a/*');
    await deleted;
  });

  it('download models that share a file at the same time: the second waits for that file', async () => {
    const [a, b] = [open(), open()];
    const first = await a.download('hf:org/pair#a/*');
    await hub.waitForBytes(200_000);
    const second = await b.download('hf:org/pair#b/*');
    hub.pace.bytesPerSecondTotal = 0;
    await Promise.all([first.finished, second.finished]);
    assert.ok(bytesSent() <= 3_000_000, `${bytesSent()} bytes were sent`);
  });

  it('let one that waits take over when the owner’s process is killed, from the bytes that are there', async () => {
    const owner = await openProcess();
    await owner.waitFor(({ downloadedBytes }) => downloadedBytes > 0);
    const b = open();
    const joined = await b.download(modelId);
    assert.equal(joined.progress.inOtherWindow, true);
    const id = joined.downloadId;
    await untilVouched(b, sizeBytes / 4);
    await owner.kill();
    await hub.log.waitForQuiet(({ origin }) => origin === 'cdn');
    const beforeBytes = bytesSent();
    hub.pace.bytesPerSecondTotal = 0;
    const model = await joined.finished;
    assert.deepEqual(await readFile(model.path), contentBytes(big));
    assert.equal(joined.downloadId, id);
    assert.equal(joined.progress.inOtherWindow, undefined, 'it is this window’s own now');
    const twice = bytesSent() - sizeBytes;
    assert.ok(twice <= 4 * lostBytesPerConnection, `${twice} bytes were fetched twice`);
    assert.ok(bytesSent() - beforeBytes <= sizeBytes * 0.75, 'it went on from what was there');
  });

  it('let exactly one of two that wait take over; the other follows it', async () => {
    const owner = await openProcess();
    await owner.waitFor(({ downloadedBytes }) => downloadedBytes > sizeBytes / 3);
    const [second, third] = await Promise.all([openProcess(), openProcess()]);
    await Promise.all([second, third].map((one) => one.waitFor(({ isForeign }) => isForeign)));
    await owner.kill();
    await Promise.all([second, third].map((one) => one.waitFor((r) => r.status === 'completed')));
    const owners = [second, third].filter((one) => one.records.some((r) => !r.isForeign));
    assert.equal(owners.length, 1);
    const twice = bytesSent() - sizeBytes;
    assert.ok(twice <= 4 * lostBytesPerConnection, `${twice} bytes were fetched twice`);
  });

  it('give a download back when the owner’s window is closed: nobody fetches, it can be resumed', async () => {
    const owner = await openProcess();
    await owner.waitFor(({ downloadedBytes }) => downloadedBytes > sizeBytes / 3);
    const [b, c] = [open(), open()];
    await Promise.all([foreign(b), foreign(c)]);
    const abandoned = [b, c].map(
      (manager) => new Promise((resolve) => manager.onDidAbandon(resolve)),
    );
    await owner.close();
    await Promise.all(abandoned);
    assert.deepEqual([b.downloads(), c.downloads()], [[], []]);
    assert.deepEqual(await notes(), []);
    const [record] = (await b.models()).filter(({ model }) => model.id === modelId);
    assert.equal(record?.state, 'incomplete');
    const offers = await Promise.all([b.claimOffer(modelId), c.claimOffer(modelId)]);
    assert.equal(offers.filter((offer) => offer !== undefined).length, 1, 'one window asks');
    hub.pace.bytesPerSecondTotal = 0;
    assert.equal(await endOf(await c.download(modelId)), `downloaded ${modelId}`);
    assert.ok(bytesSent() <= sizeBytes + 4 * lostBytesPerConnection);
  });
});
