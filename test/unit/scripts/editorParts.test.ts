import assert from 'node:assert/strict';
import { EditorParts } from '../../../scripts/test/editorParts';
import type { InstalledServer } from '../../../scripts/vscode/serverInstall';
import {
  currentServer,
  floorServer,
  type ServerVersion,
} from '../../../scripts/vscode/serverVersions';
import { deferred } from '../../../src/common/deferred';

const installed = (version: ServerVersion): InstalledServer => ({
  version,
  nodePath: 'node',
  mainPath: 'main',
});

describe('the parts that tests in an editor need', () => {
  it('is fetched once, side by side, and said when it is there', async () => {
    const lines: string[] = [];
    const asked: ServerVersion[] = [];
    const there = deferred<undefined>();
    const parts = new EditorParts(
      (line) => lines.push(line),
      async (version, _folder, print) => {
        asked.push(version);
        print('getting it');
        await there.promise;
        return installed(version);
      },
      () => Promise.resolve('chromium'),
    );
    const waiting = [parts.server(floorServer), parts.server(currentServer)];
    void parts.server(floorServer);
    assert.deepEqual(asked, [floorServer, currentServer]);
    there.resolve(undefined);
    assert.deepEqual(await Promise.all(waiting), [floorServer, currentServer].map(installed));
    assert.equal(await parts.chromium(), 'chromium');
    assert.match(lines.join('\n'), /VS Code 1\.99\.3 is installed after \d+ s/);
    assert.doesNotMatch(lines.join('\n'), /Chromium/, 'it was there, so nothing is printed');
  });

  it('that fails rejects for its callers, however late, and for no others', async () => {
    const lines: string[] = [];
    const unhandled: unknown[] = [];
    const transcribePiece = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on('unhandledRejection', transcribePiece);
    try {
      const parts = new EditorParts(
        (line) => lines.push(line),
        () => Promise.reject(new Error('no such package')),
        () => Promise.reject(new Error('install Chromium')),
      );
      void parts.server(currentServer);
      void parts.chromium();
      // Node tells unhandled rejections when the microtasks are done.
      await new Promise((resolve) => setImmediate(resolve));
      await assert.rejects(parts.server(currentServer), /no such package/);
      await assert.rejects(parts.chromium(), /install Chromium/);
      assert.deepEqual(unhandled, []);
      assert.match(lines.join('\n'), /VS Code 1\.139\.1 could not be installed/);
    } finally {
      process.off('unhandledRejection', transcribePiece);
    }
  });
});
