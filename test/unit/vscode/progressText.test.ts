import assert from 'node:assert/strict';
import { englishText } from '../../../src/common/localizedMessage';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { fractionOf, percentText } from '../../../src/protocol/format';
import { progressText, toastText } from '../../../src/protocol/progressText';

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
    assert.equal(progressText(flowing, 0, t), '25 % · 412 MB of 1.6 GB · 23.0 MB/s · 52 s left');
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
      '25_%_· 412_MB_of_1.6_GB_· 23.0_MB/s_· 52_s_left_· 2_more_waiting',
    );
    assert.equal(
      shown({ retryAt: 55_000, retryReason: 'the hub asks for a pause' }),
      'Trying again in 55 s (attempt 2)_· 25_%_· 412_MB_of_1.6_GB_· Reason: the hub asks for a pause',
    );
  });

  it('says nothing of speed and time while they are unknown', () =>
    assert.equal(progressText(record, 0, t), '25 % · 412 MB of 1.6 GB'));

  it('says how long nothing has come', () => {
    const stalled = { ...record, stalled: true, secondsSinceLastByte: 12.4, bytesPerSecond: 5 };
    assert.equal(progressText(stalled, 0, t), 'No data for 12 s · 25 % · 412 MB of 1.6 GB');
  });

  it('counts down to the next attempt and says why it waits', () => {
    const waiting = { ...record, attempt: 2, retryAt: 55_000, retryReason: 'rate limit' };
    assert.match(
      progressText(waiting, 500, t),
      /^Trying again in 55 s \(attempt 2\) · .* · Reason: rate limit$/,
    );
  });

  it('names each phase without numbers that are not known', () => {
    const { totalBytes: _, ...unknown } = record;
    assert.equal(
      progressText({ ...unknown, status: 'resolving' }, 0, t),
      'Asking the hub for the file list…',
    );
    assert.equal(progressText({ ...unknown, status: 'queued' }, 0, t), 'Queued');
    assert.equal(
      progressText({ ...record, status: 'verifying' }, 0, t),
      'Verifying what arrived… · 25 % · 412 MB of 1.6 GB',
    );
  });

  it('counts those that wait behind it', () =>
    assert.match(progressText({ ...record, queuedBehind: 2 }, 0, t), / · 2 more waiting$/));

  it('says that another window does it', () =>
    assert.match(progressText({ ...record, inOtherWindow: true }, 0, t), / · in another window$/));

  it('says that the other window does not answer', () =>
    assert.match(
      progressText({ ...record, inOtherWindow: true, isOwnerSilent: true }, 0, t),
      / · in another window, which does not answer$/,
    ));

  it('never says 100 % before the last byte', () => {
    assert.equal(percentText({ ...record, downloadedBytes: 1.6e9 - 1 }), '99 %');
    assert.equal(percentText({ ...record, downloadedBytes: 1.6e9 }), '100 %');
    assert.equal(fractionOf({ totalBytes: 0, downloadedBytes: 0 }), 1);
  });

  it('rounds the time left to what a person reads', () => {
    const left = (secondsRemaining: number): string | undefined =>
      progressText({ ...record, secondsRemaining }, 0, t)
        .split(' · ')
        .at(-1);
    assert.equal(left(0.2), '1 s left');
    assert.equal(left(59), '59 s left');
    assert.equal(left(89), '1 min 29 s left');
    assert.equal(left(4800), '1 h 20 min left');
    assert.equal(left(90_000), '1 d 1 h left');
  });
});
