import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ErrorCode } from '../../../src/protocol/errorCode';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { emptyReason, LineWatch } from '../../../src/vscode/views/emptyReason';

const record = (more: Partial<ModelDownloadProgress>): ModelDownloadProgress => ({
  downloadId: '1',
  modelId: 'tiny',
  modelName: 'Tiny',
  status: 'downloading',
  downloadedBytes: 0,
  filesDone: 0,
  stalled: false,
  ...more,
});

const failed = (errorCode: ErrorCode): ModelDownloadProgress =>
  record({ status: 'error', errorCode });

describe('why the view is empty', () => {
  it('is the folder before the line, and the line before nothing at all', () => {
    assert.equal(emptyReason({ kind: 'missing' }, true), 'folderMissing');
    assert.equal(emptyReason({ kind: 'readOnly' }, true), 'folderUnusable');
    assert.equal(emptyReason({ kind: 'notAFolder' }, false), 'folderUnusable');
    assert.equal(emptyReason({ kind: 'ready' }, true), 'offline');
    assert.equal(emptyReason({ kind: 'ready' }, false), '');
  });

  it('has a welcome text for each', () => {
    const manifest = readFileSync('package.json', 'utf8');
    for (const reason of ['offline', 'folderMissing', 'folderUnusable']) {
      assert.ok(manifest.includes(`asr.emptyReason == ${reason}`), reason);
      assert.ok(manifest.includes(`%welcome.${reason}%`), reason);
    }
  });

  it('knows from the downloads whether the hub can be reached', () => {
    const line = new LineWatch();
    assert.equal(line.isDown, false);
    for (const code of ['network', 'proxy', 'tls', 'stalled'] as const) {
      line.observe(failed(code));
      assert.equal(line.isDown, true, code);
      line.observe(record({ bytesPerSecond: 1000 }));
      assert.equal(line.isDown, false, 'bytes come');
    }
    line.observe(failed('network'));
    line.observe(record({ status: 'resolving' }));
    assert.equal(line.isDown, true, 'asking is not yet an answer');
    line.observe(failed('gated'));
    assert.equal(line.isDown, false, 'a refusal is an answer');
  });
});
