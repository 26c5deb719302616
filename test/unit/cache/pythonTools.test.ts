import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { startTestHub, type TestHub } from '../../hub';
import {
  CacheFixture,
  commitOf,
  install,
  made,
  type MadeFile,
  specOf,
  treeEntry,
} from './support/cacheFixture';
import { assertCleanForOthers } from './support/killPoints';
import {
  deleteScript,
  downloadScript,
  findPythonTools,
  offlineScript,
  runPython,
  scanScript,
} from './support/pythonTools';

const tools = findPythonTools();
const files = [
  made('config.json', '{"model_type":"whisper"}'),
  made('w/model.bin', Buffer.alloc(90_000, 7), true),
  made('w/vocab.json', '[]'),
];
const spec = specOf('org/tiny', files);

/** The caches that other tools have to be able to read, each in a folder of its own. */
async function makeOurs(cache: CacheFixture): Promise<void> {
  await install(cache.store, spec, files);
  const pinned = specOf('org/pinned', files, { commit: commitOf('pinned') });
  await install(cache.store, { ...pinned, revision: pinned.commit }, files);
  await install(cache.store, specOf('org/tagged', files, { revision: 'refs/pr/1' }), files);
  await install(cache.store, specOf('org/part', files, { paths: ['w/model.bin'] }), files);
  const next = [made('config.json', '{"v":2}'), ...files.slice(1)];
  await install(cache.store, specOf('org/tiny', next, { commit: commitOf('next') }), next);
  const running = await cache.store.prepare(specOf('org/running', [made('x.bin', 'xyz', true)]));
  await fs.writeFile(running.files[0]?.partialPath ?? '', 'x');
  await fs.writeFile(running.files[0]?.journalPath ?? '', '{}');
}

if (tools === undefined) {
  describe('Python’s huggingface_hub is not installed on this computer', () => {
    it('so its scanner’s rules (docs/hub-protocol.md section 5.2) are checked by our own reading of them only', async () => {
      for (const ports of [{}, { canSymlink: false }]) {
        const cache = await CacheFixture.create({ ports });
        try {
          await makeOurs(cache);
          assertCleanForOthers(cache.hubRoot);
        } finally {
          await cache.remove();
        }
      }
    });
  });
} else {
  describe(`Python’s huggingface_hub ${tools.version}`, () => {
    let cache: CacheFixture;
    afterEach(() => cache.remove());

    for (const ports of [{}, { canSymlink: false }]) {
      const kind = 'canSymlink' in ports ? 'files in place of links' : 'links';
      it(`scans what we write (${kind}) without a warning, downloads in progress included`, async () => {
        cache = await CacheFixture.create({ ports });
        await makeOurs(cache);
        const found = await runPython(tools, scanScript, [cache.hubRoot]);
        const all = ['config.json', 'model.bin', 'vocab.json'];
        assert.deepEqual(withoutSizes(found), {
          warnings: [],
          repos: {
            'org/pinned': { [commitOf('pinned')]: [[], all] },
            'org/tagged': { [commitOf('org/tagged')]: [['refs/pr/1'], all] },
            'org/part': { [commitOf('org/part')]: [['main'], ['model.bin']] },
            'org/tiny': { [commitOf('next')]: [['main'], all], [spec.commit]: [[], all] },
            'org/running': { [commitOf('org/running')]: [[], []] },
          },
        });
      });
    }

    it('finds our models offline with our patterns, and knows what is incomplete', async () => {
      cache = await CacheFixture.create();
      await makeOurs(cache);
      const offline = (...args: readonly string[]): Promise<unknown> =>
        runPython(tools, offlineScript, [cache.hubRoot, ...args], { HF_HUB_OFFLINE: '1' });
      assert.equal(
        await offline('org/tiny', 'main'),
        cache.hub('models--org--tiny/snapshots', commitOf('next')),
      );
      assert.equal(
        await offline('org/part', 'main', 'w/*.bin'),
        cache.hub('models--org--part/snapshots', commitOf('org/part')),
      );
      assert.deepEqual(await offline('org/part', 'main'), { raised: 'IncompleteSnapshotError' });
      assert.deepEqual(await offline('org/running', commitOf('org/running')), {
        raised: 'IncompleteSnapshotError',
      });
    });

    it('deletes one of our revisions, and we see the rest whole', async () => {
      cache = await CacheFixture.create();
      await makeOurs(cache);
      await runPython(tools, deleteScript, [cache.hubRoot, spec.commit]);
      const report = await cache.store.scan();
      assert.deepEqual(report.problems, []);
      const tiny = report.repos.find((repo) => repo.repo === 'org/tiny');
      assert.deepEqual(
        tiny?.snapshots.map((one) => [one.commit, one.files.every((file) => file.verified)]),
        [[commitOf('next'), true]],
      );
    });

    describe('downloading from a hub', () => {
      let hub: TestHub;
      before(async () => {
        hub = await startTestHub({
          repos: [
            {
              name: 'org/tiny',
              files: Object.fromEntries(files.map((file) => [file.path, file.content])),
            },
          ],
        });
      });
      after(() => hub.close());
      const download = (...args: readonly string[]): Promise<unknown> =>
        runPython(tools, downloadScript, [cache.hubRoot, 'org/tiny', ...args], {
          // Another host name than the CDN's: Python follows redirects within one host without looking at them.
          HF_ENDPOINT: hub.url.replace('127.0.0.1', 'localhost'),
        });

      it('writes a cache that we list, verify and take as it is', async () => {
        cache = await CacheFixture.create();
        await download();
        const commit = hub.repo('org/tiny').headCommit;
        const report = await cache.store.scan();
        assert.deepEqual(report.problems, []);
        const [snapshot] = report.repos[0]?.snapshots ?? [];
        assert.deepEqual([snapshot?.commit, snapshot?.refs], [commit, ['main']]);
        assert.deepEqual(
          snapshot?.files.map((file) => [file.path, file.verified, file.digest?.hex]),
          files.map((file) => [file.path, false, treeEntry(gitKind(file)).digest.hex]),
        );
        assert.deepEqual(
          snapshot.tree?.map((entry) => entry.path),
          files.map((file) => file.path),
        );
        const prepared = await cache.store.prepare(
          specOf('org/tiny', files.map(gitKind), { commit }),
        );
        assert.ok(prepared.files.every((file) => file.state === 'present'));
        await prepared.complete();
        await prepared.release();
        assert.ok(
          (await cache.store.scan()).repos[0]?.snapshots[0]?.files.every((file) => file.verified),
        );
      });

      it('uses what we downloaded, and fetches only the rest', async () => {
        cache = await CacheFixture.create();
        const commit = hub.repo('org/tiny').headCommit;
        await install(
          cache.store,
          specOf('org/tiny', files.map(gitKind), { commit, paths: ['w/model.bin'] }),
          files,
        );
        const { ino } = await fs.stat(
          path.join(cache.hub('models--org--tiny/snapshots', commit), 'w/model.bin'),
        );
        await download();
        const after = await fs.stat(
          path.join(cache.hub('models--org--tiny/snapshots', commit), 'w/model.bin'),
        );
        assert.equal(after.ino, ino);
        const report = await cache.store.scan();
        assert.deepEqual(report.problems, []);
        assert.equal(report.repos[0]?.snapshots[0]?.files.length, 3);
      });
    });
  });
}

/** As the test hub keeps it: `.bin` in LFS, text in git. */
function gitKind(file: MadeFile): MadeFile {
  return { ...file, large: file.path.endsWith('.bin') };
}

function withoutSizes(found: unknown): unknown {
  const { warnings, repos } = found as {
    warnings: unknown;
    repos: Record<string, { revisions: unknown }>;
  };
  return {
    warnings,
    repos: Object.fromEntries(Object.entries(repos).map(([name, repo]) => [name, repo.revisions])),
  };
}
