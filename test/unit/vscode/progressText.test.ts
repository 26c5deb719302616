import assert from 'node:assert/strict';
import { englishText } from '../../../src/common/localizedMessage';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import {
  percentOf,
  percentText,
  progressText,
  timeLeftText,
  toastText,
} from '../../../src/vscode/views/progressText';

const t = (template: string, ...args: (string | number)[]): string =>
  englishText({ template, args });
const record: ModelDownloadProgress = {
  downloadId: '1',
  modelId: 'm',
  modelName: 'Model',
  status: 'downloading',
  downloadedBytes: 412e6,
  totalBytes: 1.6e9,
  filesDone: 0,
  stalled: false,
};

describe('the line that describes a download', () => {
  it('says percent, bytes, speed and time left', () => {
    const flowing = { ...record, bytesPerSecond: 23e6, secondsRemaining: 52 };
    assert.equal(progressText(flowing, 0, t), '25 % · 412 MB of 1.6 GB · 23 MB/s · 52 s left');
  });

  it('writes figures as the person’s language does', () => {
    const german = Object.assign(
      (template: string, ...args: (string | number)[]) => t(template, ...args),
      {
        language: 'de',
      },
    );
    assert.equal(progressText(record, 0, german), '25 % · 412 MB of 1,6 GB');
  });

  it('breaks in a narrow notification only between its parts, and in a sentence as a sentence does', () => {
    const shown = (fields: Partial<ModelDownloadProgress>): string =>
      toastText({ ...record, ...fields }, 500, t).replaceAll('\u00a0', '_');
    assert.equal(
      shown({ bytesPerSecond: 23e6, secondsRemaining: 52, queuedBehind: 2 }),
      '25_%_· 412_MB_of_1.6_GB_· 23_MB/s_· 52_s_left_· 2_waiting',
    );
    assert.equal(
      shown({ retryAt: 55_000, retryReason: 'the hub asks for a pause' }),
      '25_%_· 412_MB_of_1.6_GB_· Trying again in 55 s: the hub asks for a pause',
    );
  });

  it('says nothing of speed and time while they are unknown', () =>
    assert.equal(progressText(record, 0, t), '25 % · 412 MB of 1.6 GB'));

  it('says how long nothing has come', () => {
    const stalled = { ...record, stalled: true, secondsSinceLastByte: 12.4, bytesPerSecond: 5 };
    assert.equal(progressText(stalled, 0, t), '25 % · 412 MB of 1.6 GB · No data for 12 s');
  });

  it('counts down to the next attempt and says why it waits', () => {
    const waiting = { ...record, attempt: 2, retryAt: 55_000, retryReason: 'rate limit' };
    assert.match(progressText(waiting, 500, t), /Trying again in 55 s: rate limit$/);
  });

  it('names each phase without numbers that are not known', () => {
    const { totalBytes: _, ...unknown } = record;
    assert.equal(progressText({ ...unknown, status: 'resolving' }, 0, t), 'Asking the hub…');
    assert.equal(progressText({ ...unknown, status: 'queued' }, 0, t), 'Waiting for its turn');
    assert.equal(
      progressText({ ...record, status: 'verifying' }, 0, t),
      'Verifying… · 25 % · 412 MB of 1.6 GB',
    );
  });

  it('counts those that wait behind it', () =>
    assert.match(progressText({ ...record, queuedBehind: 2 }, 0, t), / · 2 waiting$/));

  it('says that another window does it', () =>
    assert.match(progressText({ ...record, inOtherWindow: true }, 0, t), / · in another window$/));

  it('never says 100 % before the last byte', () => {
    assert.equal(percentText({ ...record, downloadedBytes: 1.6e9 - 1 }), '99 %');
    assert.equal(percentText({ ...record, downloadedBytes: 1.6e9 }), '100 %');
    assert.equal(percentOf({ ...record, totalBytes: 0, downloadedBytes: 0 }), 100);
  });

  it('rounds the time left to what a person reads', () => {
    assert.equal(timeLeftText(0.2, t), '1 s left');
    assert.equal(timeLeftText(59.4, t), '59 s left');
    assert.equal(timeLeftText(61, t), '1 min left');
    assert.equal(timeLeftText(4800, t), '1 h 20 min left');
  });
});
