import assert from 'node:assert/strict';
import { ConnectionWatch } from '../../../src/models/connectionWatch';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';

const record = (over: Partial<ModelDownloadProgress>): ModelDownloadProgress => ({
  downloadId: 'one',
  modelId: 'tiny',
  modelName: 'Tiny',
  status: 'downloading',
  downloadedBytes: 0,
  filesDone: 0,
  stalled: false,
  ...over,
});

describe('whether the network can be reached, as the downloads show it', () => {
  it('changes with a failure of the network, and with the next bytes or answer', () => {
    const connection = new ConnectionWatch();
    const changes: boolean[] = [];
    connection.onDidChange((isDown) => changes.push(isDown));
    for (const errorCode of ['network', 'proxy', 'tls', 'stalled'] as const) {
      connection.observe(record({ status: 'error', errorCode }));
      assert.equal(connection.isDown, true, errorCode);
      connection.observe(record({ bytesPerSecond: 1000 }));
      assert.equal(connection.isDown, false, 'bytes come');
    }
    connection.observe(record({ status: 'error', errorCode: 'network' }));
    connection.observe(record({ status: 'resolving' }));
    assert.equal(connection.isDown, true, 'a request is not yet an answer');
    connection.observe(record({ status: 'error', errorCode: 'gated' }));
    assert.equal(connection.isDown, false, 'a refusal is an answer');
    assert.deepEqual(changes, [true, false, true, false, true, false, true, false, true, false]);
  });
});
