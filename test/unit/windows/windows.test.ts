import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { createModelStore } from '../../../src/cache';
import {
  createSharedDownloads,
  type DownloadLease,
  type SharedDownload,
  type SharedDownloads,
} from '../../../src/windows';
import { systemClock } from '../../../src/common/clock';
import { silentLogger } from '../../../src/common/logger';
import {
  downloadStatuses,
  type ModelDownloadProgress,
} from '../../../src/protocol/downloadProgress';
import { sharedStatePath } from '../../../src/common/sharedStatePath';
import { downloadStateText, parseDownloadState } from '../../../src/windows/downloadStateFile';
import { CacheFixture } from '../cache/support/cacheFixture';
import { DiskClock } from './support/diskClock';

const record = (over: Partial<ModelDownloadProgress> = {}): ModelDownloadProgress => ({
  downloadId: 'one',
  modelId: 'tiny',
  modelName: 'Tiny',
  status: 'downloading',
  downloadedBytes: 5,
  totalBytes: 10,
  filesDone: 0,
  stalled: false,
  ...over,
});

describe('a note of a download', () => {
  const text = fc.string({ minLength: 1, maxLength: 40 });
  const count = fc.nat();
  const records: fc.Arbitrary<ModelDownloadProgress> = fc.record(
    {
      downloadId: text,
      modelId: text,
      modelName: text,
      status: fc.constantFrom(...downloadStatuses),
      downloadedBytes: count,
      filesDone: count,
      stalled: fc.boolean(),
      totalBytes: count,
      bytesPerSecond: count,
      secondsRemaining: count,
      filesTotal: count,
      currentFile: text,
      connections: count,
      secondsSinceLastByte: count,
      attempt: count,
      retryAt: count,
      retryReason: text,
      queuedBehind: count,
      errorCode: fc.constantFrom('network' as const, 'integrity' as const),
      errorMessage: text,
      files: fc.array(
        fc.record({
          path: text,
          sizeBytes: count,
          downloadedBytes: count,
          verified: fc.boolean(),
        }),
      ),
    },
    {
      requiredKeys: [
        'downloadId',
        'modelId',
        'modelName',
        'status',
        'downloadedBytes',
        'filesDone',
        'stalled',
      ],
    },
  );

  it('is read as it was written, whatever is in the record', () =>
    fc.assert(
      fc.property(records, (written) => {
        const read = parseDownloadState(downloadStateText(written));
        assert.deepEqual(read, JSON.parse(JSON.stringify(written)) as unknown);
      }),
    ));

  it('is nothing when it is anything else, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (rubbish) =>
        assert.equal(parseDownloadState(rubbish), undefined),
      ),
    );
    const wrong = [
      { status: 'flying' },
      { downloadedBytes: -1 },
      { modelId: 7 },
      { filesDone: 1.5 },
    ];
    for (const over of wrong) {
      const note = JSON.stringify({ version: 1, record: { ...record(), ...over } });
      assert.equal(parseDownloadState(note), undefined, JSON.stringify(over));
    }
  });

  it('is read without what can’t be right in it', () => {
    const over = {
      totalBytes: 'many',
      bytesPerSecond: null,
      errorCode: 'gone',
      files: [{ path: 1 }],
    };
    const note = JSON.stringify({ version: 1, record: { ...record(), ...over } });
    const { totalBytes: _left, ...rest } = record();
    assert.deepEqual(parseDownloadState(note), { ...rest, files: [] });
  });
});

describe('the files that the windows on one cache leave for each other', () => {
  let cache: CacheFixture;
  let a: SharedDownloads;
  let b: SharedDownloads;
  let folder: string;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    [a, b] = [
      createSharedDownloads(cache.open().stateAccess),
      createSharedDownloads(cache.open().stateAccess),
    ];
    folder = sharedStatePath(cache.hubRoot);
  });
  afterEach(() => cache.remove());

  async function own(windows: SharedDownloads, id = 'one'): Promise<DownloadLease> {
    const answer = await windows.claim('tiny', id);
    assert.ok('claim' in answer);
    return answer.claim;
  }

  it('gives a download one owner, whose id the others learn', async () => {
    const claim = await own(a);
    assert.deepEqual(await b.claim('tiny', 'two'), { ownedAs: 'one' });
    assert.equal(await b.isOwned('tiny'), true);
    await claim.release();
    assert.equal(await b.isOwned('tiny'), false);
    await (await own(b, 'two')).release();
  });

  it('shows a record to the others and not to its owner, and takes it away with the owner', async () => {
    const claim = await own(a);
    claim.publish(record());
    const told = new Promise<void>((resolve) => {
      const watching = b.watch(() => {
        void b.poll().then(({ downloads }) => {
          if (downloads.length === 0) return;
          watching.dispose();
          assert.deepEqual(downloads, [{ record: record(), isOwned: true, isFresh: true }]);
          resolve();
        });
      });
    });
    await told;
    assert.deepEqual((await a.poll()).downloads, []);
    await claim.release();
    assert.deepEqual((await b.poll()).downloads, []);
  });

  it('never takes its own download for another window’s, also while it lets go of it', async () => {
    for (let round = 0; round < 20; round++) {
      const claim = await own(a);
      claim.publish(record());
      while ((await b.poll()).downloads[0]?.record.status !== 'downloading');
      if (round % 2 === 0) claim.publish(record({ status: 'error' }));
      const released = claim.release();
      const looks = await Promise.all([a.poll(), a.poll(), a.poll()]);
      await released;
      const foreign = looks.flatMap(({ downloads }) => downloads.filter((one) => one.isOwned));
      assert.deepEqual(foreign, []);
    }
  });

  it('keeps the last word on a download that has ended for a moment, and no longer', async () => {
    const claim = await own(a);
    const last = record({ status: 'completed' });
    claim.publish(last);
    await claim.release();
    assert.deepEqual((await b.poll()).downloads, [{ record: last, isOwned: false, isFresh: true }]);
    const clock = new DiskClock();
    const later = createSharedDownloads(cache.open({ clock }).stateAccess);
    assert.equal((await later.poll()).downloads.length, 1);
    await clock.advance(31_000);
    assert.deepEqual((await later.poll()).downloads, []);
    assert.deepEqual(await fs.readdir(folder), []);
  });

  it('writes figures at most twice a second, a new state at once, and the newest at the end', async () => {
    const written: string[] = [];
    const step = (operation: string, place: string): void => {
      if (operation === 'rename' && place.startsWith(folder)) written.push(place);
    };
    const claim = await own(createSharedDownloads(cache.open({ ports: { step } }).stateAccess));
    for (let bytes = 0; bytes < 200; bytes++) claim.publish(record({ downloadedBytes: bytes }));
    claim.publish(record({ status: 'completed', downloadedBytes: 10 }));
    await claim.release();
    const { downloads } = await b.poll();
    assert.equal(downloads[0]?.record.downloadedBytes, 10);
    assert.ok(written.length <= 3, `${written.length} notes were written`);
  });

  it('hands a request to the owner, once, and to no other window', async () => {
    const claim = await own(a);
    await b.sendRequest('tiny', 'one', 'pause');
    const c = createSharedDownloads(cache.open().stateAccess);
    assert.deepEqual((await c.poll()).requests, []);
    assert.deepEqual((await a.poll()).requests, [{ modelId: 'tiny', request: 'pause' }]);
    assert.deepEqual((await a.poll()).requests, []);
    await claim.release();
  });

  it('never lets a request for one download reach the next one of the same model', async () => {
    const first = await own(a, 'one');
    await b.sendRequest('tiny', 'one', 'cancel');
    await first.release();
    const second = await own(a, 'two');
    assert.deepEqual((await a.poll()).requests, []);
    await second.release();
  });

  it('passes over what is no note of ours: rubbish, another model’s name, links out of the folder', async () => {
    const claim = await own(a);
    claim.publish(record());
    await claim.release();
    await fs.mkdir(folder, { recursive: true });
    const key = 'a'.repeat(24);
    const uuid = '00000000-0000-4000-8000-000000000000';
    await fs.writeFile(path.join(folder, `${key}.json`), '{"version":1,');
    await fs.writeFile(path.join(folder, `${'b'.repeat(24)}.json`), downloadStateText(record()));
    await fs.symlink('/etc/passwd', path.join(folder, `${'c'.repeat(24)}.json`));
    await fs.mkdir(path.join(folder, `${'d'.repeat(24)}.json`));
    await fs.writeFile(
      path.join(folder, `${key}.${uuid}.request`),
      '{"downloadId":"one","request":"explode"}',
    );
    await fs.writeFile(path.join(folder, 'notes.txt'), 'mine');
    assert.deepEqual(await b.poll(), {
      downloads: [],
      requests: [],
      changeStamp: '',
      isExpiring: true,
    });
    assert.ok((await fs.readdir(folder)).includes('notes.txt'));
  });

  it('says that the owner of a note is gone when its process is', async () => {
    const dead = createSharedDownloads(
      createModelStore({
        hubRoot: cache.hubRoot,
        stateRoot: cache.stateRoot,
        clock: systemClock,
        logger: silentLogger,
      }).stateAccess,
    );
    const claim = await own(dead);
    claim.publish(record());
    await new Promise<void>((resolve) => {
      const watching = b.watch(() => {
        watching.dispose();
        resolve();
      });
    });
    const judge = createSharedDownloads(
      cache.open({ ports: { isAlive: () => false } }).stateAccess,
    );
    assert.deepEqual((await judge.poll()).downloads, [
      { record: record(), isOwned: false, isFresh: true },
    ]);
    await judge.removeAbandoned('tiny');
    assert.deepEqual((await b.poll()).downloads, []);
    await claim.release();
  });

  it('tells a change of the cache to the others, and not to who made it', async () => {
    const claim = await own(a);
    claim.publish(record({ status: 'cancelled' }));
    await claim.release();
    const before = await Promise.all([a.poll(), b.poll()]);
    await a.announceChange();
    const after = await Promise.all([a.poll(), b.poll()]);
    assert.equal(after[0].changeStamp, before[0].changeStamp);
    assert.notEqual(after[1].changeStamp, before[1].changeStamp);
  });

  it('lets one window ask the person at a time', async () => {
    const offer = await a.claimOffer('tiny');
    assert.ok(offer);
    assert.equal(await b.claimOffer('tiny'), undefined);
    await offer.release();
    const next = await b.claimOffer('tiny');
    assert.ok(next);
    await next.release();
  });

  it('makes no folder to read the state, nor to announce a change that no window watches for', async () => {
    const watching = a.watch(() => undefined);
    await a.poll();
    await a.announceChange();
    watching.dispose();
    assert.equal(await fs.lstat(cache.hubRoot).catch(() => undefined), undefined);
  });

  describe('when the owner gives no sign of life any more', () => {
    let clock: DiskClock;
    let owner: DiskClock;
    let claim: DownloadLease;
    beforeEach(async () => {
      [clock, owner] = [new DiskClock(), new DiskClock()];
      claim = await own(createSharedDownloads(cache.open({ clock: owner }).stateAccess));
      claim.publish(record({ bytesPerSecond: 1_000, secondsRemaining: 9 }));
      await owner.advance(1_000);
      b = createSharedDownloads(cache.open({ clock }).stateAccess);
    });
    const seen = async (): Promise<SharedDownload | undefined> => (await b.poll()).downloads[0];

    it('its figures are of the past after some seconds, and a minute later it is gone', async () => {
      assert.deepEqual([(await seen())?.isFresh, (await seen())?.isOwned], [true, true]);
      await clock.advance(20_000);
      assert.deepEqual([(await seen())?.isFresh, (await seen())?.isOwned], [false, true]);
      await clock.advance(50_000);
      assert.equal((await seen())?.isOwned, false);
      const next = await b.claim('tiny', 'two');
      assert.ok('claim' in next);
      await owner.advance(10_000);
      claim.publish(record({ status: 'completed' }));
      next.claim.publish(record({ downloadId: 'two' }));
      await owner.advance(10_000);
      const [shown] = (await a.poll()).downloads;
      assert.equal(shown?.record.downloadId, 'two', 'the old owner says nothing any more');
      await claim.release();
      assert.deepEqual(await a.claim('tiny', 'three'), { ownedAs: 'two' });
      await next.claim.release();
    });

    it('its figures are those of now while it works, though nothing changes in them', async () => {
      for (let round = 0; round < 10; round++) {
        await owner.advance(5_000);
        await clock.advance(5_000);
        assert.equal((await seen())?.isFresh, true, `round ${round}`);
      }
      await claim.release();
    });

    it('its old record is not taken for new by a window that has just opened', async () => {
      const name = (await fs.readdir(folder)).find((one) => one.endsWith('.json')) ?? '';
      const old = new Date(Date.now() - 86_400_000);
      await fs.utimes(path.join(folder, name), old, old);
      assert.equal((await seen())?.isFresh, false);
      await claim.release();
    });

    it('a person can take it over at once', async () => {
      const taken = await b.takeOver('tiny', 'two');
      assert.ok('claim' in taken);
      await owner.advance(10_000);
      await claim.release();
      assert.deepEqual(await a.claim('tiny', 'three'), { ownedAs: 'two' });
      await taken.claim.release();
    });
  });
});
