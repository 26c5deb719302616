import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layoutCatalog } from '../../../scripts/catalog/layout';

const file = { path: 'a.bin', sizeBytes: 10, sha256: 'a'.repeat(64), source: 's' };
const good = { id: 'a', repo: 'o/n', files: [file] };

describe('the script that checks the catalog', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'asr-check-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function check(...variants: object[]): { readonly code: number | null; readonly text: string } {
    const families = [{ id: 'f', name: 'F', format: 'ggml', variants }];
    const document = { name: 'x', sources: { s: 'somewhere' }, families };
    const at = path.join(folder, 'catalog.json');
    writeFileSync(at, layoutCatalog(document));
    return run(at);
  }

  function run(...words: string[]): { readonly code: number | null; readonly text: string } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'scripts/catalog/check.ts', ...words],
      { encoding: 'utf8' },
    );
    return { code: status, text: stdout + stderr };
  }

  it('lets the built-in catalog pass, and a right one', () => {
    assert.deepEqual(run(), { code: 0, text: '0 problems in 47 families\n' });
    assert.equal(check(good).code, 0);
  });

  for (const [name, message, variants] of [
    ['an id that is there twice', /a: its id is there twice/, [good, good]],
    [
      'a missing source',
      /a: b\.bin has no source/,
      [{ ...good, files: [file, { ...file, path: 'b.bin', source: undefined }] }],
    ],
    [
      'an impossible size',
      /a: a\.bin has the impossible size 9000000000000/,
      [{ ...good, files: [{ ...file, sizeBytes: 9e12 }] }],
    ],
  ] as const) {
    it(`fails on ${name}, and says where`, () => {
      const plain = variants.map((variant) => JSON.parse(JSON.stringify(variant)) as object);
      const { code, text } = check(...plain);
      assert.equal(code, 1);
      assert.match(text, message);
    });
  }

  it('fails on a file that is not laid out as the others', () => {
    const at = path.join(folder, 'loose.json');
    const document = { name: 'x', sources: { s: 'y' }, families: [] };
    writeFileSync(at, JSON.stringify(document));
    const { code, text } = run(at);
    assert.equal(code, 1);
    assert.match(text, /not laid out/);
  });
});
