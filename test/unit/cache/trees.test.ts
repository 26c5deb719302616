import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseTree, treeText } from '../../../src/cache/treeFile';
import type { RepoFile } from '../../../src/common/repository';
import { made, treeEntry } from './support/cacheFixture';

describe('the file list of a commit', () => {
  it('is written as Python’s tools write it: sorted, the last keys only when known', () => {
    const large = { ...treeEntry(made('w/model.bin', 'weights', true)), xetHash: 'e'.repeat(64) };
    const small = treeEntry(made('config.json', '{}'));
    assert.deepEqual(JSON.parse(treeText([large, small])), {
      format_version: 1,
      files: {
        'config.json': { size: 2, blob_id: small.digest.hex },
        'w/model.bin': {
          size: 7,
          blob_id: large.gitOid,
          lfs_sha256: large.digest.hex,
          lfs_size: 7,
          xet_hash: large.xetHash,
        },
      },
    });
    assert.match(treeText([large, small]), /config\.json.*w\/model\.bin/);
    assert.deepEqual(parseTree(treeText([large, small])), [small, large]);
  });

  it('comes back as it was, whatever the names', () => {
    const hex = (length: number): fc.Arbitrary<string> =>
      fc.string({
        unit: fc.constantFrom('0', '1', '7', '9', 'a', 'c', 'f'),
        minLength: length,
        maxLength: length,
      });
    const entry: fc.Arbitrary<RepoFile> = fc.oneof(
      fc
        .record({
          path: fc.string({ minLength: 1 }),
          sizeBytes: fc.maxSafeNat(),
          gitOid: hex(40),
          sha256: hex(64),
        })
        .map(({ path, sizeBytes, gitOid, sha256 }) => ({
          path,
          sizeBytes,
          gitOid,
          digest: { algorithm: 'sha256' as const, hex: sha256 },
        })),
      fc
        .record({ path: fc.string({ minLength: 1 }), sizeBytes: fc.maxSafeNat(), gitOid: hex(40) })
        .map(({ path, sizeBytes, gitOid }) => ({
          path,
          sizeBytes,
          gitOid,
          digest: { algorithm: 'git-sha1' as const, hex: gitOid },
        })),
    );
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (one) => one.path }), (tree) => {
        const byPath = (list: readonly RepoFile[] | undefined): Map<string, RepoFile> =>
          new Map(list?.map((one) => [one.path, one]));
        assert.deepEqual(byPath(parseTree(treeText(tree))), byPath(tree));
      }),
    );
  });

  it('is not believed when it is torn, of another version, or has an entry that can’t be', () => {
    const good = { size: 1, blob_id: 'a'.repeat(40) };
    const file = (entry: unknown, version: unknown = 1): string =>
      JSON.stringify({ format_version: version, files: { x: entry } });
    assert.notEqual(parseTree(file(good)), undefined);
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"format_version":1}',
      file(good).slice(0, -1),
      file(good, 2),
      file(good, '1'),
      file(null),
      file([]),
      file({ ...good, size: -1 }),
      file({ ...good, size: 1.5 }),
      file({ ...good, size: '1' }),
      file({ ...good, blob_id: 'A'.repeat(40) }),
      file({ ...good, blob_id: '../../x' }),
      file({ ...good, blob_id: 5 }),
      file({ ...good, lfs_sha256: 'short' }),
    ]) {
      assert.equal(parseTree(text), undefined, text);
    }
  });

  it('survives any text', () =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        parseTree(text);
      }),
    ));
});
