import assert from 'node:assert/strict';
import { queuedRecord, settledRecord } from '../../../src/protocol/downloadRecord';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { Downloads, isUnfinished, type ModelDownload } from '../../../src/windows';

class FakeDownload implements ModelDownload {
  readonly finished = new Promise<never>(() => undefined);
  progress: ModelDownloadProgress;

  constructor(
    readonly modelId: string,
    readonly downloadId: string,
  ) {
    this.progress = queuedRecord(downloadId, modelId, modelId);
  }

  readonly onDidChange = (): { dispose(): void } => ({ dispose: () => undefined });
  readonly cancel = (): Promise<void> => Promise.resolve();
  readonly pause = (): Promise<void> => Promise.resolve();
  readonly resume = (): void => undefined;
}

class OtherDownload extends FakeDownload {}

describe('windows: the map of downloads', () => {
  it('has one download of each model, the one that was added last', () => {
    const downloads = new Downloads();
    const [first, second] = [new FakeDownload('tiny', '1'), new FakeDownload('tiny', '2')];
    downloads.add(first);
    downloads.add(second);
    assert.equal(downloads.get('tiny'), second);
    assert.deepEqual(downloads.ofClass(FakeDownload), [second]);
    assert.equal(downloads.get('base'), undefined);
  });

  it('removes a download, but not the later one that took its place', () => {
    const downloads = new Downloads();
    const [first, second] = [new FakeDownload('tiny', '1'), new FakeDownload('tiny', '2')];
    downloads.add(first);
    downloads.add(second);
    downloads.remove(first);
    assert.equal(downloads.get('tiny'), second);
    downloads.remove(second);
    assert.equal(downloads.get('tiny'), undefined);
  });

  it('lists those of one class in the order they were added', () => {
    const downloads = new Downloads();
    const added = [
      new OtherDownload('a', '1'),
      new FakeDownload('b', '2'),
      new OtherDownload('c', '3'),
    ];
    for (const download of added) downloads.add(download);
    assert.deepEqual(downloads.ofClass(OtherDownload), [added[0], added[2]]);
  });

  it('fires every record that is reported, until it is disposed of', () => {
    const downloads = new Downloads();
    const records: ModelDownloadProgress[] = [];
    downloads.onDidChange((record) => records.push(record));
    const record = queuedRecord('1', 'tiny', 'Tiny');
    downloads.report(record);
    downloads.dispose();
    downloads.report(record);
    assert.deepEqual(records, [record]);
  });

  it('knows whether a download has ended', () => {
    const download = new FakeDownload('tiny', '1');
    assert.equal(isUnfinished(download), true);
    download.progress = settledRecord(download.progress, 'paused');
    assert.equal(isUnfinished(download), true);
    for (const status of ['completed', 'cancelled', 'error'] as const) {
      download.progress = settledRecord(download.progress, status);
      assert.equal(isUnfinished(download), false, status);
    }
  });
});
