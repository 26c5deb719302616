import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { ExportModel, WorkProgress } from '../../../src/cache';
import { bundleLayout } from '../../../src/cache/bundleFile';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import { CacheFixture, exists, install, listing, made, specOf } from './support/cacheFixture';
import { assertCleanForOthers } from './support/killPoints';

const shared = made('vocab.txt', 'the same in both');
const tiny = [shared, made('w/tiny.bin', Buffer.alloc(2_500_000, 1), true)];
const base = [shared, made('base.bin', Buffer.alloc(700_000, 2), true), made('empty', '')];
const tinySpec = specOf('org/tiny', tiny);
const baseSpec = specOf('org/base', base);
const models: readonly ExportModel[] = [
  { ...tinySpec, name: 'Tiny', licence: 'MIT' },
  { ...baseSpec, name: 'Base' },
].map(({ repo, commit, paths, revision, name, ...more }) => ({
  repo,
  commit,
  paths,
  revision,
  name,
  ...('licence' in more ? { licence: more.licence } : {}),
}));
const hasTar = spawnSync('tar', ['--version']).status === 0;

describe('a bundle of models', () => {
  let cache: CacheFixture;
  let offline: CacheFixture;
  let bundle: string;
  beforeEach(async () => {
    cache = await CacheFixture.create({ ownsRoot: true });
    offline = await CacheFixture.create({ ownsRoot: true });
    bundle = path.join(cache.root, 'models.tar');
    await install(cache.store, tinySpec, tiny);
    await install(cache.store, baseSpec, base);
  });
  afterEach(async () => {
    await cache.remove();
    await offline.remove();
  });
  const assertThere = async (fixture: CacheFixture): Promise<void> => {
    const report = await fixture.open({ ownsRoot: true }).scan();
    assert.deepEqual(report.problems, []);
    assert.deepEqual(
      report.repos.flatMap(({ repo, snapshots }) =>
        snapshots.map(({ refs, files }) => [repo, refs, files.every(({ verified }) => verified)]),
      ),
      [
        ['org/base', ['main'], true],
        ['org/tiny', ['main'], true],
      ],
    );
    assertCleanForOthers(fixture.hubRoot);
  };

  it('takes models to a machine without a network, byte for byte, each file once', async () => {
    const progress: WorkProgress[] = [];
    const onProgress = (one: WorkProgress): void => void progress.push(one);
    const { files, sizeBytes } = await cache.store.exportBundle(models, bundle, { onProgress });
    assert.equal(files, 4);
    assert.equal((await fs.stat(bundle)).size, sizeBytes);
    assert.ok((progress.at(-1)?.totalBytes ?? 0) >= (progress.at(-1)?.doneBytes ?? 1));
    assert.equal(await exists(`${bundle}.part`), false);
    assert.equal(await offline.store.isBundle(bundle), true);
    const imported = await offline.store.importBundle(bundle);
    assert.deepEqual(
      imported.models.map(({ name, licence }) => [name, licence]),
      [
        ['Tiny', 'MIT'],
        ['Base', undefined],
      ],
    );
    // The empty file comes of its name alone.
    assert.equal(imported.addedFiles, 4);
    await assertThere(offline);
    const tree = (fixture: CacheFixture): Promise<readonly string[]> =>
      listing(fixture.hub('models--org--tiny'));
    assert.deepEqual(await tree(offline), await tree(cache));
    // The same models make the same bundle, there too.
    const again = path.join(offline.root, 'again.tar');
    await offline.open({ ownsRoot: true }).exportBundle(models, again);
    assert.ok((await fs.readFile(again)).equals(await fs.readFile(bundle)));
  });

  it('is a tar file that other programs read', async function () {
    // The judge is another program, which this machine may not have.
    if (!hasTar) return this.skip();
    await cache.store.exportBundle(models, bundle);
    const names = execFileSync('tar', ['-tf', bundle], { encoding: 'utf8' }).trim().split('\n');
    assert.equal(names[0], 'manifest.json');
    assert.equal(names.length, 5);
    const [, second] = tinySpec.tree;
    const bytes = execFileSync('tar', ['-xOf', bundle, `blobs/${second?.digest.hex ?? ''}`], {
      maxBuffer: 1 << 24,
    });
    assert.ok(bytes.equals(tiny[1]?.content ?? Buffer.alloc(0)));
  });

  it('holds files of any size: the header of one over 8 GiB is in base 256', () => {
    const huge = { ...(tinySpec.tree[1] ?? assert.fail()), sizeBytes: 9 * 2 ** 30 };
    const layout = bundleLayout([
      { ...tinySpec, name: 'Huge', revision: 'main', tree: [huge], paths: [huge.path] },
    ]);
    assert.equal(layout.sizeBytes % 512, 0);
    assert.ok(layout.sizeBytes > 9 * 2 ** 30);
  });

  it('skips files that are there already, and resumes after it was interrupted', async () => {
    await cache.store.exportBundle(models, bundle);
    await install(offline.store, baseSpec, base);
    const controller = new AbortController();
    const stopped = offline.store.importBundle(bundle, {
      signal: controller.signal,
      onProgress: ({ currentFile }) => {
        if (currentFile === 'w/tiny.bin') controller.abort();
      },
    });
    await assert.rejects(stopped, (error) => error instanceof Cancelled);
    const { addedFiles } = await offline.store.importBundle(bundle);
    assert.equal(addedFiles, 1);
    assert.equal((await offline.store.importBundle(bundle)).addedFiles, 0);
    await assertThere(offline);
  });

  it('is not written again where an export ended early', async () => {
    const controller = new AbortController();
    const stopped = cache.store.exportBundle(models, bundle, {
      signal: controller.signal,
      onProgress: ({ currentFile }) => {
        if (currentFile === 'base.bin') controller.abort();
      },
    });
    await assert.rejects(stopped, (error) => error instanceof Cancelled);
    assert.equal(await exists(bundle), false);
    const written: string[] = [];
    await cache.store.exportBundle(models, bundle, {
      onProgress: ({ currentFile = '' }) => written.push(currentFile),
    });
    assert.equal(written.includes('w/tiny.bin'), false);
    await offline.store.importBundle(bundle);
    await assertThere(offline);
  });

  it('is not made of a damaged or half model', async () => {
    // Through the link, or the file itself where there are no links.
    const file = cache.hub('models--org--base/snapshots', baseSpec.commit, 'base.bin');
    await fs.writeFile(file, Buffer.alloc(700_000, 3));
    const isIntegrity = (error: unknown): boolean =>
      error instanceof AsrError && error.code === 'integrity';
    await assert.rejects(cache.store.exportBundle(models, bundle), isIntegrity);
    await fs.rm(await fs.realpath(file));
    await assert.rejects(cache.store.exportBundle(models, bundle), isIntegrity);
    await fs.rm(cache.hub('models--org--tiny/trees'), { recursive: true });
    await assert.rejects(cache.store.exportBundle(models.slice(0, 1), bundle), isIntegrity);
    assert.equal(await exists(bundle), false);
  });

  it('that is cut off, changed or forged leaves nothing that is not right', async () => {
    await cache.store.exportBundle(models, bundle);
    const whole = await fs.readFile(bundle);
    const refused = async (bytes: Buffer, code: string): Promise<void> => {
      await fs.writeFile(bundle, bytes);
      await assert.rejects(offline.store.importBundle(bundle), (error) => {
        assert.ok(error instanceof AsrError);
        assert.equal(error.code, code);
        return true;
      });
      for (const { snapshots } of (await offline.open().scan()).repos) {
        for (const file of snapshots.flatMap(({ files }) => files)) assert.ok(file.verified);
      }
    };
    await refused(whole.subarray(0, whole.length - 800_000), 'integrity');
    const changed = Buffer.from(whole);
    const at = whole.length - 10_000;
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    await refused(changed, 'integrity');
    await refused(whole.subarray(0, 600), 'unsupported');
    await refused(Buffer.alloc(2_000), 'unsupported');
    const forged = Buffer.from(
      whole.toString('latin1').replaceAll('"repo": "org/tiny"', '"repo": "../tiny"'),
      'latin1',
    );
    await refused(forged, 'unsupported');
    const outside = Buffer.from(
      whole.toString('latin1').replaceAll('w/tiny.bin', '../../x.bin').replace('MIT', 'M'),
      'latin1',
    );
    await refused(outside, 'unsupported');
    assert.equal(await exists(path.join(offline.root, 'x.bin')), false);
  });
});
