import assert from 'node:assert/strict';
import { AsrError } from '../../../src/common/asrError';
import { type Clock, systemClock } from '../../../src/common/clock';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { RemoteDownload } from '../../../src/windows/remoteDownload';

const record = (status: ModelDownloadProgress['status']): ModelDownloadProgress => ({
  downloadId: 'one',
  modelId: 'tiny',
  modelName: 'Tiny',
  status,
  downloadedBytes: 1,
  filesDone: 0,
  stalled: false,
});

describe('another window’s download, as this window holds it', () => {
  let asked: string[];
  /** Lets the time of every patience pass. */
  let passTime: () => void;
  let download: RemoteDownload;
  beforeEach(() => {
    asked = [];
    const waiting = new Set<() => void>();
    passTime = () => {
      for (const task of waiting) task();
    };
    const clock: Clock = {
      ...systemClock,
      after(_delayMs, task) {
        waiting.add(task);
        return { dispose: () => waiting.delete(task) };
      },
    };
    const ask = (downloadId: string, wish: string): Promise<void> => {
      assert.equal(downloadId, download.downloadId);
      asked.push(wish);
      return Promise.resolve();
    };
    download = new RemoteDownload(record('downloading'), clock, ask);
  });

  it('says so when the owner’s window hangs and answers no request', async () => {
    const cancelled = download.cancel();
    await new Promise(setImmediate);
    passTime();
    await assert.rejects(cancelled, (error: unknown) => {
      assert.ok(error instanceof AsrError);
      assert.match(error.message, /The window that downloads Tiny does not answer/);
      assert.equal(error.details.takeOver, 'tiny');
      return true;
    });
    assert.deepEqual(asked, ['cancel']);
  });

  it('is wanted by a window that waits for it or resumes it, not by one that only watches', () => {
    assert.equal(download.progress.inOtherWindow, true);
    assert.equal(download.isWanted, false);
    download.resume();
    assert.equal(download.isWanted, false, 'it is not paused');
    download.follow(record('paused'));
    download.resume();
    assert.equal(download.isWanted, true);
    assert.deepEqual(asked, ['resume']);
  });

  it('is paused when its owner says so', async () => {
    const paused = download.pause();
    await new Promise(setImmediate);
    assert.equal(download.follow(record('paused')), true);
    await paused;
    assert.equal(download.follow(record('paused')), false, 'nothing new');
  });

  it('ends with the owner’s error, in the owner’s words', async () => {
    const waiting = download.finished;
    const failed = { ...record('error'), errorCode: 'gated' as const, errorMessage: 'Sign here.' };
    download.endAsRecorded(failed, undefined);
    await assert.rejects(waiting, (error: unknown) => {
      assert.ok(error instanceof AsrError);
      assert.deepEqual([error.code, error.message], ['gated', 'In another window: Sign here.']);
      return true;
    });
  });
});
