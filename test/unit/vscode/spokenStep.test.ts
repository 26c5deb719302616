import assert from 'node:assert/strict';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { spokenStep } from '../../../src/protocol/progressText';

const at = (percent: number, more: Partial<ModelDownloadProgress> = {}): ModelDownloadProgress => ({
  downloadId: '1',
  modelId: 'tiny',
  modelName: 'Tiny',
  status: 'downloading',
  downloadedBytes: percent * 1000,
  totalBytes: 100_000,
  filesDone: 0,
  filesTotal: 1,
  stalled: false,
  ...more,
});

describe('the announcements of a download for a screen reader', () => {
  it('is each quarter of the way, and not every percent', () => {
    const steps = Array.from({ length: 101 }, (_, percent) => spokenStep(at(percent)));
    assert.equal(new Set(steps).size, 5);
    assert.equal(steps[24], steps[0]);
    assert.notEqual(steps[25], steps[24]);
  });

  it('is every phase, and that it stands still or tries again', () => {
    const heard = new Set([
      spokenStep(at(30)),
      spokenStep(at(30, { status: 'verifying' })),
      spokenStep(at(30, { stalled: true })),
      spokenStep(at(30, { retryAt: 1_700_000_000_000, attempt: 2 })),
      spokenStep(at(30, { retryAt: 1_700_000_000_000, attempt: 3 })),
      spokenStep(at(30, { queuedBehind: 1 })),
    ]);
    assert.equal(heard.size, 6);
  });

  it('is not every second of standing still or of waiting', () =>
    assert.equal(
      spokenStep(at(30, { stalled: true, secondsSinceLastByte: 4 })),
      spokenStep(at(30, { stalled: true, secondsSinceLastByte: 9 })),
    ));
});
