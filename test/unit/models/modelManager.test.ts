import assert from 'node:assert/strict';
import { AsrError } from '../../../src/common/asrError';
import { localized } from '../../../src/common/localizedMessage';
import { ModelManager } from '../../../src/models';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { FakeWorld, hubFile, hubModel, type FakeTransfer } from './fakePorts';

/** Does what an engine does that brings every file. */
function bringAll(transfer: FakeTransfer): void {
  for (const file of transfer.request.files) transfer.observer.verified(file);
  transfer.end({ kind: 'completed' });
}

function statuses(manager: ModelManager): string[] {
  const seen: string[] = [];
  manager.onDidChangeDownload(({ modelId, status }) => {
    const entry = `${modelId} ${status}`;
    if (seen.at(-1) !== entry) seen.push(entry);
  });
  return seen;
}

describe('the manager', () => {
  let world: FakeWorld;
  let manager: ModelManager;
  beforeEach(() => {
    world = new FakeWorld();
    world.models = [hubModel('a'), hubModel('b'), hubModel('multi', ['multi/*'])];
    world.files = [
      hubFile('a.bin', 100),
      hubFile('b.bin', 50),
      hubFile('multi/one.onnx', 300),
      hubFile('multi/tokens.txt', 10),
    ];
    manager = new ModelManager(world.ports);
  });
  afterEach(() => manager.dispose());

  it('takes a model from the click to the disk, in the order that keeps the cache whole', async () => {
    const seen = statuses(manager);
    const download = await manager.download('a');
    bringAll(await world.transfer(0));
    const model = await download.finished;
    assert.deepEqual(world.log, [
      'resolve org/repo@main',
      'prepare a.bin',
      'publish a.bin',
      'complete',
      'release',
    ]);
    assert.deepEqual(seen, ['a queued', 'a resolving', 'a downloading', 'a completed']);
    assert.equal(model.sizeOnDisk, 100);
    assert.equal(model.path, '/cache/snapshot/a.bin');
    assert.deepEqual(
      (await manager.downloadedModels()).map(({ modelId }) => modelId),
      ['a'],
    );
  });

  it('tells one aggregated record of a model of several files, reused files included', async () => {
    world.published.set('multi/tokens.txt', hubFile('multi/tokens.txt', 10));
    const records: ModelDownloadProgress[] = [];
    manager.onDidChangeDownload((record) => records.push(record));
    const download = await manager.download('multi');
    const transfer = await world.transfer(0);
    assert.deepEqual(
      transfer.request.files.map(({ path }) => path),
      ['multi/one.onnx'],
    );
    transfer.observer.progress({
      phase: 'downloading',
      downloadedBytes: 150,
      totalBytes: 300,
      filesDone: 0,
      files: [{ path: 'multi/one.onnx', sizeBytes: 300, downloadedBytes: 150, verified: false }],
      connections: 2,
    });
    const last = records.at(-1);
    assert.ok(last);
    assert.equal(last.downloadedBytes, 160);
    assert.equal(last.totalBytes, 310);
    assert.equal(last.filesDone, 1);
    assert.equal(last.filesTotal, 2);
    bringAll(transfer);
    await download.finished;
    assert.equal(records.at(-1)?.downloadedBytes, 310);
  });

  it('asks for no bytes when everything is there', async () => {
    world.published.set('a.bin', hubFile('a.bin', 100));
    const download = await manager.download('a');
    await download.finished;
    assert.equal(world.transfers.length, 0);
  });

  it('keeps a whole model usable while the hub is away', async () => {
    world.published.set('a.bin', hubFile('a.bin', 100));
    world.hubFailure = new AsrError('network', localized('The hub is away.'));
    const model = await (await manager.download('a')).finished;
    assert.equal(model.modelId, 'a');
  });

  it('runs one download and queues the others, and joins callers of the same model', async () => {
    const a = await manager.download('a');
    const b = await manager.download('b');
    assert.equal(await manager.download('a'), a);
    const first = await world.transfer(0);
    assert.equal(b.progress.status, 'queued');
    assert.equal(manager.record(a).queuedBehind, 1);
    bringAll(first);
    await a.finished;
    bringAll(await world.transfer(1));
    await b.finished;
    assert.equal(world.transfers.length, 2);
  });

  it('takes back on cancel what the download brought, and frees the line', async () => {
    const download = await manager.download('multi');
    const transfer = await world.transfer(0);
    const [file] = transfer.request.files;
    assert.ok(file);
    transfer.observer.verified(file);
    await download.cancel();
    await assert.rejects(download.finished, { name: 'Cancelled' });
    assert.deepEqual(transfer.calls, ['cancel']);
    assert.equal(download.progress.status, 'cancelled');
    assert.equal(download.progress.errorCode, undefined);
    assert.deepEqual(world.log.slice(-3), [
      'discardPartials',
      `removeFiles ${file.path}`,
      'release',
    ]);
    assert.deepEqual(manager.downloads(), []);
    assert.equal(manager.activeDownload, undefined);
  });

  it('cancels one that waits without touching the one that runs', async () => {
    const a = await manager.download('a');
    const b = await manager.download('b');
    const transfer = await world.transfer(0);
    await b.cancel();
    await assert.rejects(b.finished, { name: 'Cancelled' });
    assert.deepEqual(transfer.calls, []);
    bringAll(transfer);
    await a.finished;
    assert.equal(world.transfers.length, 1);
  });

  it('pauses, lets the next one run, and continues where it was', async () => {
    const a = await manager.download('a');
    await world.transfer(0);
    const b = await manager.download('b');
    await a.pause();
    assert.equal(a.progress.status, 'paused');
    bringAll(await world.transfer(1));
    await b.finished;
    a.resume();
    bringAll(await world.transfer(2));
    await a.finished;
    assert.ok(!world.log.includes('discardPartials'));
  });

  it('removes what a paused download left when it is cancelled', async () => {
    const a = await manager.download('a');
    await world.transfer(0);
    await a.pause();
    await a.cancel();
    assert.equal(a.progress.status, 'cancelled');
    assert.ok(world.log.includes('discardPartials'));
  });

  it('ends in the code and the sentence of what went wrong, keeps the record, and can be tried again', async () => {
    const download = await manager.download('a');
    (await world.transfer(0)).end({
      kind: 'failed',
      error: new AsrError('integrity', localized('Wrong bytes for {0}.', 'a.bin')),
    });
    await assert.rejects(download.finished, { code: 'integrity' });
    assert.equal(download.progress.status, 'error');
    assert.equal(download.progress.errorCode, 'integrity');
    assert.equal(download.progress.errorMessage, 'Wrong bytes for a.bin.');
    assert.equal(manager.downloads().length, 1);
    assert.ok(!world.log.includes('complete'));
    const again = await manager.download('a');
    assert.notEqual(again, download);
    bringAll(await world.transfer(1));
    await again.finished;
  });

  it('refuses before the first byte what does not fit on the disk', async () => {
    world.free = 80;
    const download = await manager.download('a');
    await assert.rejects(download.finished, { code: 'diskSpace' });
    assert.match(
      download.progress.errorMessage ?? '',
      /Not enough disk space: needs 100 B, 80 B free in \/cache/,
    );
    assert.equal(world.transfers.length, 0);
  });

  it('counts what waits in the queue before the first byte, and says so', async () => {
    const marginBytes = 64 * 1024 * 1024;
    world.models = [
      hubModel('a'),
      hubModel('b'),
      { ...hubModel('multi', ['multi/*']), sizeBytes: 310 },
    ];
    const a = await manager.download('a');
    const b = await manager.download('b');
    const multi = await manager.download('multi');
    const first = await world.transfer(0);
    world.free = marginBytes + 359;
    bringAll(first);
    await a.finished;
    await assert.rejects(b.finished, { code: 'diskSpace', details: { missingBytes: 1 } });
    assert.match(
      b.progress.errorMessage ?? '',
      /^Not enough disk space: needs 360 B with the downloads that wait behind it, 67 MB free in \/cache\./,
    );
    await multi.cancel();
    const again = await manager.download('b');
    bringAll(await world.transfer(1));
    await again.finished;
  });

  it('tells the engine what waits behind a download', async () => {
    world.models = [
      hubModel('a'),
      hubModel('b'),
      { ...hubModel('multi', ['multi/*']), sizeBytes: 310 },
    ];
    const a = await manager.download('a');
    await world.transfer(0);
    await a.pause();
    const b = await manager.download('b');
    const second = await world.transfer(1);
    assert.equal(second.request.queuedBytes, 0);
    await manager.download('multi');
    a.resume();
    await b.pause();
    b.resume();
    const third = await world.transfer(2);
    // Behind `multi` come `a` and `b`, whose files are known by now.
    assert.equal(third.request.queuedBytes, 150);
  });

  it('hands a changed cap to the engine', async () => {
    await manager.applySettings();
    assert.deepEqual(world.log, ['cap 0']);
  });

  it('names a model that is not on offer', async () =>
    await assert.rejects(manager.download('nothing'), {
      code: 'notFound',
      message: /No model is called nothing/,
    }));

  it('says when the repository has no such file', async () => {
    world.models = [hubModel('gone')];
    const download = await manager.download('gone');
    await assert.rejects(download.finished, { code: 'notFound' });
  });

  it('says why a model that is only described can not be downloaded', async () => {
    world.models = [{ ...hubModel('described'), unavailable: 'it is part of another program' }];
    const download = await manager.download('described');
    await assert.rejects(download.finished, {
      code: 'unsupported',
      message: /part of another program/,
    });
  });

  it('refuses other contents than the catalog verified for a pinned revision', async () => {
    const model = hubModel('a');
    world.models = [
      {
        ...model,
        source: { kind: 'hub', repo: 'org/repo', revision: 'c'.repeat(40), patterns: ['a.bin'] },
        files: [
          { path: 'a.bin', role: 'model', sizeBytes: 100, sha256: '0'.repeat(64), required: true },
        ],
      },
    ];
    const download = await manager.download('a');
    await assert.rejects(download.finished, { code: 'integrity' });
    assert.equal(world.transfers.length, 0);
  });

  it('obeys a cancel that comes while the hub is asked', async () => {
    const download = await manager.download('a');
    const cancelled = download.cancel();
    await cancelled;
    assert.equal(download.progress.status, 'cancelled');
    assert.ok(!world.log.includes('complete'));
  });
});
