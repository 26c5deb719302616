import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { checkCache, type HubTruth } from '../../chaos/checkCache';

const commit = 'c'.repeat(40);
const bytes = Buffer.from('the right bytes');
const digest = createHash('sha256').update(bytes).digest('hex');
const truth: HubTruth = new Map([['org/a', new Map([[commit, new Map([['m.bin', bytes]])]])]]);

describe('the checker of the chaos run', () => {
  let root: string;
  const put = async (name: string, data: Buffer | string): Promise<void> => {
    const file = path.join(root, 'models--org--a', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, data);
  };
  const found = (): Promise<string[]> => checkCache(root, truth);

  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'asr-checker-'));
    await put(`blobs/${digest}`, bytes);
    await put(`snapshots/${commit}/m.bin`, bytes);
    await put('refs/main', commit);
    const pieces = [[4, 9, crc32(bytes.subarray(4, 9))]];
    await put(`partial/${digest}`, bytes);
    await put(`partial/${digest}.json`, JSON.stringify({ pieces }));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('finds nothing wrong in a cache that is right', async () => {
    assert.deepEqual(await found(), []);
  });

  const faults: readonly (readonly [string, () => Promise<void>, RegExp])[] = [
    ['a blob with other bytes', () => put(`blobs/${digest}`, 'wrong'), /blob .* other bytes/],
    ['a file with other bytes', () => put(`snapshots/${commit}/m.bin`, 'no'), /m.bin has other/],
    [
      'a revision without its files',
      () => rm(path.join(root, 'models--org--a', 'snapshots'), { recursive: true }),
      /without its m.bin/,
    ],
    ['a commit that never was', () => put('refs/main', 'd'.repeat(40)), /never was/],
    ['a journal that claims too much', () => put(`partial/${digest}`, 'the wron'), /claims/],
  ];
  for (const [name, spoil, sentence] of faults) {
    it(`finds ${name}`, async () => {
      await spoil();
      const [first, ...others] = await found();
      assert.match(first ?? '', sentence);
      assert.deepEqual(others, []);
    });
  }
});
