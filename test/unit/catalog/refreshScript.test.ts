import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { contradictionsWithReference } from '../../../scripts/catalog/compareHub';
import { layoutCatalog } from '../../../scripts/catalog/layout';
import { generatedContent, startTestHub, type TestHub } from '../../hub';

const large = generatedContent({ sizeBytes: 30_000, seed: 'large' });

describe('the script that asks the Hub about the catalog', () => {
  let folder: string;
  let hub: TestHub;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'asr-refresh-'));
    hub = await startTestHub({
      repos: [{ name: 'o/n', files: { 'a.bin': large, 'config.json': '{}' } }],
    });
  });
  after(async () => {
    await hub.close();
    rmSync(folder, { recursive: true });
  });

  function documentOf(variant: object): object {
    const families = [{ id: 'f', name: 'F', format: 'ggml', repo: 'o/n', variants: [variant] }];
    return { name: 'x', families };
  }

  async function refresh(
    variant: object,
    ...words: string[]
  ): Promise<{ readonly code: unknown; readonly text: string; readonly written: string }> {
    const file = path.join(folder, 'catalog.json');
    writeFileSync(file, layoutCatalog(documentOf(variant)));
    const script = ['--import', 'tsx', 'scripts/catalog/refresh.ts', '--endpoint', hub.url];
    const child = spawn(process.execPath, [...script, ...words, file]);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
    }
    const [code] = (await once(child, 'close')) as unknown[];
    return { code, text, written: readFileSync(file, 'utf8') };
  }

  it('fills in what is missing and pins what is not pinned, and says so', async () => {
    const variant = { id: 'a', files: [{ path: 'a.bin' }, { path: 'config.json' }] };
    const { code, text, written } = await refresh(variant, '--write');
    assert.equal(code, 0, text);
    const commit = hub.repo('o/n').commit('main')?.id ?? '';
    assert.match(text, new RegExp(`a: pinned to ${commit}`));
    assert.match(text, /a: a\.bin: sizeBytes is 30000/);
    assert.ok(written.includes(await large.sha256()) && written.includes(commit));
    assert.match(written, /"gitSha1"/);
  });

  it('names what contradicts the catalog, changes nothing of it, and fails', async () => {
    const revision = hub.repo('o/n').commit('main')?.id ?? '';
    const stated = { path: 'a.bin', sizeBytes: 29_999 };
    const variant = { id: 'a', revision, files: [stated, { path: 'gone.bin' }] };
    const { code, text, written } = await refresh(variant, '--write');
    assert.equal(code, 1);
    assert.match(text, /a: a\.bin: sizeBytes is 30000 at the hub, 29999 in the catalog/);
    assert.match(text, /a: gone\.bin is not in o\/n/);
    assert.match(written, /29999/);
  });

  it('compares with a list of another shape', () => {
    const file = { path: 'a.bin', sizeBytes: 5, sha256: 'a'.repeat(64) };
    const ours = documentOf({ id: 'a', revision: 'r', files: [file] });
    const theirs = (size: number, sha256: string, revision: string | null): unknown => [
      {
        id: 'f',
        variants: [{ id: 'a', hf_repo: 'o/n', revision, files: [{ ...file, size, sha256 }] }],
      },
    ];
    assert.deepEqual(contradictionsWithReference(ours, theirs(5, file.sha256, null)), []);
    assert.deepEqual(contradictionsWithReference(ours, theirs(6, 'b'.repeat(64), 's')), [
      'a: the revision is r, in the reference s',
      'a: the size of a.bin is 5, in the reference 6',
      `a: the sha256 of a.bin is ${file.sha256}, in the reference ${'b'.repeat(64)}`,
    ]);
  });
});
