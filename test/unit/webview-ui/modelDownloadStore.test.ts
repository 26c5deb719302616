import assert from 'node:assert/strict';
import type { PanelAction, PanelResult } from '../../../src/protocol/panelMessages';
import { downloadOfModel } from '../../../webview-ui/store/modelDownloadState';
import { ModelDownloadStore } from '../../../webview-ui/store/modelDownloadStore';
import { catalog, download, downloadOfUnknownSize, model, packed, snapshot } from './samples';

describe('webview-ui: the store shows what the host says', () => {
  let asked: PanelAction[];
  let answer: PanelResult;
  let store: ModelDownloadStore;

  beforeEach(() => {
    asked = [];
    answer = { ok: {} };
    store = new ModelDownloadStore((action) => {
      asked.push(action);
      return Promise.resolve(answer);
    });
  });

  const show = (fields: Parameters<typeof snapshot>[0]): void =>
    store.receive({ type: 'snapshot', snapshot: snapshot(fields), catalog: packed });

  it('knows of nothing before the first snapshot', () => {
    assert.equal(store.state.status, 'idle');
    assert.equal(store.state.isDownloading, false);
    assert.equal(store.state.snapshot, undefined);
  });

  it('shows the truth of a running download with the first snapshot', () => {
    show({
      downloads: [download({ bytesPerSecond: 50, secondsRemaining: 15, currentFile: 'model.bin' })],
    });
    const { state } = store;
    assert.equal(state.isDownloading, true);
    assert.equal(state.downloadProgress, 0.25);
    assert.equal(state.downloadedBytes, 250);
    assert.equal(state.totalBytes, 1000);
    assert.equal(state.modelFileName, 'model.bin');
    assert.equal(state.status, 'downloading');
    assert.equal(state.bytesPerSecond, 50);
    assert.equal(state.secondsRemaining, 15);
  });

  it('leaves progress and total out while they are unknown', () => {
    show({ downloads: [downloadOfUnknownSize()] });
    assert.equal('downloadProgress' in store.state, false);
    assert.equal('totalBytes' in store.state, false);
    assert.equal(store.state.modelFileName, 'Tiny');
  });

  it('follows download_progress, and forgets what a newer record no longer says', () => {
    show({ downloads: [download({ bytesPerSecond: 50 })] });
    const record = download({ downloadedBytes: 500 });
    store.receive({ type: 'download_progress', downloaded: 500, total: 1000, percent: 50, record });
    assert.equal(store.state.downloadProgress, 0.5);
    assert.equal('bytesPerSecond' in store.state, false);
    assert.equal(store.state.snapshot?.downloads.length, 1);
  });

  it('takes up a download that the last snapshot did not have', () => {
    show({});
    store.receive({ type: 'download_progress', downloaded: 250, record: download() });
    assert.equal(store.state.isDownloading, true);
  });

  it('waits for the snapshot when progress comes first', () => {
    store.receive({ type: 'download_progress', downloaded: 250, record: download() });
    assert.equal(store.state.status, 'idle');
  });

  it('speaks of the download at work, not of a queued or paused one before it', () => {
    show({
      downloads: [
        download({ downloadId: 'q', modelId: 'q', status: 'queued' }),
        download({ downloadId: 'p', modelId: 'p', status: 'paused' }),
        download({ downloadId: 'v', modelId: 'v', status: 'verifying' }),
      ],
    });
    assert.equal(store.state.status, 'verifying');
  });

  it('is not downloading while paused, queued or failed', () => {
    for (const status of ['paused', 'queued', 'error', 'completed', 'cancelled'] as const) {
      show({ downloads: [download({ status })] });
      assert.equal(store.state.isDownloading, false, status);
      assert.equal(store.state.status, status);
    }
  });

  it('tells an error with its code and sentence', () => {
    show({
      downloads: [download({ status: 'error', errorCode: 'diskSpace', errorMessage: 'Full.' })],
    });
    assert.deepEqual(store.state.error, { code: 'diskSpace', message: 'Full.' });
    show({ downloads: [download()] });
    assert.equal('error' in store.state, false);
  });

  it('asks for the active download by its ids', async () => {
    show({ downloads: [download()] });
    await store.pauseDownload();
    await store.cancelDownload();
    await store.resumeDownload();
    await store.retryDownload();
    await store.checkDownloadedModels();
    assert.deepEqual(asked, [
      { kind: 'pause', downloadId: 'd1' },
      { kind: 'cancel', downloadId: 'd1' },
      { kind: 'resume', modelId: 'tiny' },
      { kind: 'retry', modelId: 'tiny' },
      { kind: 'checkDownloadedModels' },
    ]);
  });

  it('asks for the named download when there are several', async () => {
    show({ downloads: [download(), download({ downloadId: 'd2', modelId: 'base' })] });
    await store.cancelDownload('d2');
    await store.resumeDownload('base');
    assert.deepEqual(asked, [
      { kind: 'cancel', downloadId: 'd2' },
      { kind: 'resume', modelId: 'base' },
    ]);
  });

  it('asks for nothing when there is nothing to cancel, pause or resume', async () => {
    show({});
    await store.cancelDownload();
    await store.pauseDownload();
    await store.resumeDownload();
    await store.retryDownload();
    assert.deepEqual(asked, []);
  });

  it('keeps the host’s failure as an answer until it is dismissed', async () => {
    answer = { err: { code: 'diskPermission', message: 'Not allowed.' } };
    await store.run({ kind: 'clearCache' });
    assert.deepEqual(store.state.answer, { message: 'Not allowed.', failed: true });
    show({});
    assert.notEqual(store.state.answer, undefined, 'a snapshot does not wipe it');
    store.dismissAnswer();
    assert.equal('answer' in store.state, false);
  });

  it('shows an answer worth reading, and none for the rest', async () => {
    await store.run({ kind: 'load', modelId: 'tiny' });
    assert.equal('answer' in store.state, false);
    answer = { ok: { message: '3.1 GB given back' } };
    await store.run({ kind: 'clearCache' });
    assert.deepEqual(store.state.answer, { message: '3.1 GB given back', failed: false });
  });

  it('has the host tell the rest of the model that is looked at, and keeps it', () => {
    const looked: string[] = [];
    const curious = new ModelDownloadStore(
      () => Promise.resolve(answer),
      (modelId) => looked.push(modelId),
    );
    curious.requestDetails('tiny');
    assert.deepEqual(looked, ['tiny']);
    const files = [{ path: 'a.bin', sizeBytes: 7 }];
    curious.receive({ type: 'details', modelId: 'tiny', details: { files } });
    curious.receive({ type: 'snapshot', snapshot: snapshot(), catalog: packed });
    assert.deepEqual(curious.state.details, { modelId: 'tiny', files });
  });

  it('keeps the catalog when a snapshot comes without one', () => {
    show({});
    store.receive({ type: 'snapshot', snapshot: snapshot({ models: [model()] }) });
    assert.deepEqual(store.state.catalog, catalog);
  });

  it('forgets a failure with the next snapshot', () => {
    store.receive({ type: 'failure', failure: { code: 'unknown', message: 'No.' } });
    assert.equal(store.state.failure?.message, 'No.');
    show({});
    assert.equal('failure' in store.state, false);
  });

  it('keeps what did not change as the same object, so that its row is not drawn again', () => {
    show({ models: [model(), model({ modelId: 'base' })] });
    const before = store.state.snapshot?.models;
    show({ models: [model(), model({ modelId: 'base', updateAvailable: true })] });
    const after = store.state.snapshot?.models;
    assert.equal(after?.[0], before?.[0]);
    assert.notEqual(after?.[1], before?.[1]);
    assert.equal(after?.[1]?.updateAvailable, true);
  });

  it('tells listeners of each change until they leave', () => {
    let heard = 0;
    const leave = store.subscribe(() => (heard += 1));
    show({});
    leave();
    show({});
    assert.equal(heard, 1);
  });

  it('counts requests to show a model, so that the same request twice is two', () => {
    store.receive({ type: 'show', modelId: 'tiny' });
    store.receive({ type: 'show', modelId: 'tiny' });
    assert.deepEqual(store.state.shown, { modelId: 'tiny', count: 2 });
  });
});

describe('webview-ui: the record that counts for a model', () => {
  it('is the one that has not ended, else the one that ended last', () => {
    const failed = download({ downloadId: 'a', status: 'error' });
    const running = download({ downloadId: 'b' });
    const done = download({ downloadId: 'c', status: 'completed' });
    assert.equal(downloadOfModel([failed, running, done], 'tiny'), running);
    assert.equal(downloadOfModel([failed, done], 'tiny'), done);
    assert.equal(downloadOfModel([failed], 'base'), undefined);
    assert.equal(downloadOfModel(undefined, 'tiny'), undefined);
  });
});
