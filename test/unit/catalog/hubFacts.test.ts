import assert from 'node:assert/strict';
import { type CatalogModel, checkAgainstHub, withHubFacts } from '../../../src/catalog';
import { hubModel } from '../../../src/catalog/repoModels';
import type { RepoFile } from '../../../src/common/repository';

const commit = 'c'.repeat(40);
const sha = 'a'.repeat(64);
const git = 'b'.repeat(40);

const model: CatalogModel = {
  ...hubModel({
    repo: 'org/name',
    revision: commit,
    patterns: ['model.bin', 'config.json', 'extra.txt'],
  }),
  name: 'Model',
  format: 'ctranslate2',
  files: [
    { path: 'model.bin', role: 'model', required: true, sizeBytes: 10, sha256: sha },
    { path: 'config.json', role: 'config', required: true, sizeBytes: 5, gitSha1: git },
    { path: 'extra.txt', role: 'notes', required: false },
  ],
};

function listing(
  change: Partial<Record<'model.bin' | 'config.json', Partial<RepoFile>>> = {},
): RepoFile[] {
  return [
    {
      path: 'model.bin',
      sizeBytes: 10,
      digest: { algorithm: 'sha256', hex: sha },
      gitOid: git,
      ...change['model.bin'],
    },
    {
      path: 'config.json',
      sizeBytes: 5,
      digest: { algorithm: 'git-sha1', hex: git },
      gitOid: git,
      ...change['config.json'],
    },
    {
      path: 'README.md',
      sizeBytes: 99,
      digest: { algorithm: 'git-sha1', hex: git },
      gitOid: git,
    },
  ];
}

describe('the catalog’s facts against the hub’s answer', () => {
  it('agree when they are the same, and where the hub has another kind of digest', () => {
    checkAgainstHub(model, commit, listing());
    checkAgainstHub(
      model,
      commit,
      listing({ 'model.bin': { digest: { algorithm: 'git-sha1', hex: git } } }),
    );
  });

  const lies: readonly (readonly [string, RepoFile[]])[] = [
    [
      'another sha256',
      listing({ 'model.bin': { digest: { algorithm: 'sha256', hex: 'f'.repeat(64) } } }),
    ],
    [
      'another git id',
      listing({ 'config.json': { digest: { algorithm: 'git-sha1', hex: 'f'.repeat(40) } } }),
    ],
    ['another size', listing({ 'model.bin': { sizeBytes: 11 } })],
  ];
  for (const [name, listed] of lies) {
    it(`are an integrity error for ${name} at the pinned revision`, () =>
      assert.throws(() => checkAgainstHub(model, commit, listed), { code: 'integrity' }));

    it(`are an update, no error, for ${name} at another commit or a branch`, () => {
      checkAgainstHub(model, 'd'.repeat(40), listed);
      const onMain: CatalogModel = {
        ...model,
        source: { kind: 'hub', repo: 'org/name', patterns: [] },
      };
      checkAgainstHub(onMain, commit, listed);
    });
  }

  it('miss a required file, but not an optional one', () =>
    assert.throws(() => checkAgainstHub(model, commit, listing().slice(1)), {
      code: 'notFound',
      message: /model\.bin/,
    }));

  it('give way to the hub’s sizes and digests of the chosen files', () => {
    const fresh = withHubFacts(
      model,
      listing({
        'model.bin': { sizeBytes: 20, digest: { algorithm: 'sha256', hex: 'f'.repeat(64) } },
      }),
    );
    assert.equal(fresh.sizeBytes, 25);
    assert.deepEqual(fresh.files, [
      { path: 'model.bin', role: 'model', required: true, sizeBytes: 20, sha256: 'f'.repeat(64) },
      { path: 'config.json', role: 'config', required: true, sizeBytes: 5, gitSha1: git },
    ]);
  });

  it('show what an unknown repository turns out to hold', () => {
    const whole = withHubFacts(hubModel({ repo: 'org/name', patterns: [] }), [
      {
        path: 'pytorch_model.bin',
        sizeBytes: 3,
        digest: { algorithm: 'sha256', hex: sha },
        gitOid: git,
      },
    ]);
    assert(whole.runsCode);
    assert.equal(whole.sizeBytes, 3);
  });
});
