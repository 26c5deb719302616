import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { CacheFixture, install, made, specOf } from './support/cacheFixture';
import { playMac } from './support/playedMac';

const [composed, decomposed] = ['Müller', 'Müller'].map((name, index) =>
  name.normalize(index === 0 ? 'NFC' : 'NFD'),
) as [string, string];

describe('a disk that gives names back in another Unicode form, as a Mac’s may', () => {
  before(function () {
    if (process.platform === 'win32') this.skip(); // Its paths are none of a Mac's.
  });

  for (const canSymlink of [true, false]) {
    for (const form of [composed, decomposed]) {
      const how = `${canSymlink ? 'with' : 'without'} links, ${form === composed ? 'composed' : 'decomposed'}`;
      it(`keeps a model whose files have such names: downloaded, scanned, verified, deleted (${how})`, async () => {
        const cache = await CacheFixture.create({ ports: { canSymlink, ignoresCase: true } });
        const played = playMac(cache.root);
        try {
          const files = [made(`${form}/config.json`, '{}'), made(`${form}.bin`, 'weights', true)];
          const spec = specOf('org/model', files);
          await install(cache.store, spec, files);
          const fresh = cache.open({ ports: { canSymlink, ignoresCase: true } });
          const report = await fresh.scan();
          assert.deepEqual(report.problems, []);
          const [snapshot] = report.repos[0]?.snapshots ?? [];
          assert.deepEqual(
            snapshot?.files.map((file) => [file.path, file.verified]).sort(),
            files.map((file) => [file.path, true]).sort(),
          );
          const model = { repo: spec.repo, commit: spec.commit, paths: spec.paths };
          const verified = await fresh.verify([model], {});
          assert.deepEqual(verified.damaged, []);
          const again = await fresh.prepare(spec);
          assert.ok(again.files.every(({ state }) => state === 'present'));
          await again.release();
          await fresh.removeFiles(spec.repo, spec.commit, spec.paths);
          assert.deepEqual((await fresh.scan()).repos, []);
        } finally {
          played.end();
          await cache.remove();
        }
      });
    }
  }

  it('imports a folder with such names', async () => {
    const cache = await CacheFixture.create({ ports: { ignoresCase: true } });
    const source = path.join(cache.root, composed);
    await fs.mkdir(source);
    await fs.writeFile(
      path.join(source, `${composed}.safetensors`),
      Buffer.from('\x02\0\0\0\0\0\0\0{}', 'latin1'),
    );
    const played = playMac(cache.root);
    try {
      await cache.store.importModel(source);
      const [repo] = (await cache.open({ ports: { ignoresCase: true } }).scan()).repos;
      assert.equal(repo?.snapshots[0]?.files[0]?.verified, true);
    } finally {
      played.end();
      await cache.remove();
    }
  });
});
