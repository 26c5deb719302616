import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { emptyReason } from '../../../src/vscode/views/emptyReason';

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
});
