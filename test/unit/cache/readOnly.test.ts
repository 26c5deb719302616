import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundled } from '../download/support/workerBundle';
import { AsrError } from '../../../src/common/asrError';
import { CacheFixture, install, listing, made, specOf } from './support/cacheFixture';
import { assertSurvives, type Operation, operations } from './support/killOperations';
import { KillPoint, randomPoints } from './support/killPoints';

const run = promisify(execFile);
const nobody = 65_534;
const seed = 20_260_103;
const files = [made('config.json', '{}'), made('w/model.bin', Buffer.alloc(90_000, 7), true)];
const spec = specOf('org/model', files);

/** A mount of its own for one process, which no other process sees and which ends with it. */
const ownMounts = process.getuid?.() === 0 ? ['--mount'] : ['--map-root-user', '--user', '--mount'];
const readOnlyScript =
  'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', [...ownMounts, 'sh', '-c', readOnlyScript, 'sh', '/tmp', 'true']).status ===
    0;

/** The answers that the child must give, wherever the refusal comes from. */
const expected = {
  state: 'readOnly',
  localizedMessage:
    '{0} is read-only: models in it can be used, but none can be downloaded or deleted.',
  files: [
    ['config.json', true],
    ['w/model.bin', true],
  ],
  good: 2,
  everything: ['No permission to change {0}. Choose another folder or change its permissions.'],
  after: 1,
};
const refused = /^diskPermission: No permission to change .*Choose another folder/;

describe('a folder that can’t be written to', () => {
  let cache: CacheFixture;
  let program: string;
  beforeEach(async () => {
    program = await bundled('test/unit/cache/support/readOnlyChild.ts');
    cache = await CacheFixture.create({ ownsRoot: true });
    await install(cache.store, spec, files);
  });
  afterEach(async () => {
    await makeWritable(cache.hubRoot);
    await cache.remove();
  });

  const check = async (command: string, args: readonly string[], uid?: number): Promise<void> => {
    const before = await listing(cache.hubRoot);
    const { stdout } = await run(command, args, uid === undefined ? {} : { uid, gid: uid });
    const { download, remove, clear, restore, ...others } = JSON.parse(stdout) as Record<
      string,
      unknown
    >;
    assert.deepEqual(others, expected);
    for (const text of [download, remove, clear, restore]) assert.match(String(text), refused);
    assert.deepEqual(await listing(cache.hubRoot), before, 'nothing is half done');
  };

  if (process.platform !== 'win32') {
    it('because it is another user’s: says so, and its models can be used', async () => {
      const isRoot = process.getuid?.() === 0;
      if (!isRoot) await run('chmod', ['-R', 'a-w', cache.hubRoot]);
      await fs.chmod(cache.root, 0o755);
      await run('chmod', ['-R', 'a+rwX', cache.stateRoot]);
      // The superuser may write anywhere, so the test runs as another user.
      const place = await readable(program);
      try {
        await check(process.execPath, [place.file, cache.root], isRoot ? nobody : undefined);
      } finally {
        await fs.rm(place.folder, { recursive: true });
      }
    });
  }

  if (canMount) {
    it('because its disk is mounted read-only: says so, and its models can be used', async () => {
      const child = [process.execPath, program, cache.root];
      await check('unshare', [
        ...ownMounts,
        'sh',
        '-c',
        readOnlyScript,
        'sh',
        cache.hubRoot,
        ...child,
      ]);
    });
  } else {
    it('because its disk is mounted read-only: can’t be shown here, where nothing can be mounted', () =>
      assert.equal(canMount, false));
  }
});

describe('a disk that becomes read-only in the middle of', () => {
  for (const operation of operations) {
    it(`${operation.name}: a sentence, nothing lost, and the next try succeeds (seed ${String(seed)})`, async () => {
      const base = await CacheFixture.create({ ownsRoot: true });
      try {
        await operation.given(base.store);
        const whole = await base.copy();
        const counter = new KillPoint();
        await operation.run(whole.open({ ownsRoot: true, ports: { step: counter.step } }), whole);
        await whole.remove();
        for (const point of randomPoints(seed, 12, counter.steps)) {
          await refuseFrom(point, operation, base);
        }
      } finally {
        await base.remove();
      }
    });
  }

  async function refuseFrom(
    point: number,
    operation: Operation,
    base: CacheFixture,
  ): Promise<void> {
    const cache = await base.copy();
    try {
      let steps = 0;
      const step = (): void => {
        steps++;
        if (steps >= point) throw Object.assign(new Error('EROFS: refused'), { code: 'EROFS' });
      };
      await operation
        .run(cache.open({ ownsRoot: true, ports: { step } }), cache)
        .catch((error: unknown) => {
          assert.ok(error instanceof AsrError, `step ${String(point)}: ${String(error)}`);
          assert.equal(error.code, 'diskPermission');
          assert.match(error.message, /^No permission to change/);
        });
      const next = cache.open({ ownsRoot: true, ports: { isAlive: () => false } });
      await assertSurvives(operation, next, cache);
    } finally {
      await cache.remove();
    }
  }
});

/** The program, where every user may read it. */
async function readable(program: string): Promise<{ folder: string; file: string }> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-read-only-'));
  await fs.chmod(folder, 0o755);
  const file = path.join(folder, 'child.js');
  await fs.copyFile(program, file);
  await fs.chmod(file, 0o644);
  return { folder, file };
}

async function makeWritable(folder: string): Promise<void> {
  if (process.platform !== 'win32') await run('chmod', ['-R', 'u+w', folder]);
}
