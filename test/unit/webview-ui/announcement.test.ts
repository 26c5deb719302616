import assert from 'node:assert/strict';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { announcement } from '../../../webview-ui/store/announcement';
import { download, strings } from './samples';

function heard(records: readonly ModelDownloadProgress[]): string[] {
  return records.flatMap((record, at) => announcement(records[at - 1], record, strings) ?? []);
}

describe('webview-ui: the announcements for a screen reader', () => {
  it('name the start, each quarter and the end, and no tick between', () => {
    const ticks = Array.from({ length: 101 }, (_, percent) =>
      download({ downloadedBytes: percent * 10 }),
    );
    assert.deepEqual(
      heard([
        download({ status: 'resolving', downloadedBytes: 0 }),
        ...ticks,
        download({ status: 'verifying', downloadedBytes: 1000 }),
        download({ status: 'completed', downloadedBytes: 1000 }),
      ]),
      [
        'Downloading Tiny.',
        'Tiny: 25 %.',
        'Tiny: 50 %.',
        'Tiny: 75 %.',
        'Verifying Tiny.',
        'Download of Tiny complete.',
      ],
    );
  });

  it('name waiting for data and waiting to retry once each', () => {
    const stalled = download({ stalled: true, secondsSinceLastByte: 4 });
    const waiting = download({ retryAt: 1000, attempt: 2 });
    assert.deepEqual(heard([download(), stalled, stalled, waiting, waiting, download()]), [
      'Downloading Tiny.',
      'Download of Tiny is waiting for data.',
      'Download of Tiny will be tried again.',
    ]);
  });

  it('name pause, cancel and error with its message', () =>
    assert.deepEqual(
      heard([
        download({ status: 'queued' }),
        download({ status: 'paused' }),
        download({ status: 'cancelled' }),
        download({ status: 'error', errorMessage: 'The disk is full.' }),
      ]),
      [
        'Tiny is queued.',
        'Download of Tiny paused.',
        'Download of Tiny cancelled.',
        'Download of Tiny failed: The disk is full.',
      ],
    ));

  it('says nothing when bytes start over', () =>
    assert.deepEqual(
      heard([download({ downloadedBytes: 800 }), download({ downloadedBytes: 100 })]).slice(1),
      [],
    ));
});
