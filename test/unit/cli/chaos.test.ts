import assert from 'node:assert/strict';
import { seededNumbers } from '../download/support/seeded';
import { download, EditorCache, mostLostBytes, sizeBytes } from './support/editorCache';

describe('the command line', function () {
  this.timeout(480_000);
  let cache: EditorCache;
  beforeEach(async () => {
    cache = await EditorCache.start();
  });
  afterEach(() => cache.close());

  it('comes through a chaos of starts and kills: no process, lock or connection is left, and no byte is lost', async () => {
    const seed = Number(process.env['ASR_TEST_SEED'] ?? Date.now() % 100_000);
    const next = seededNumbers(seed);
    const rounds = 8;
    let kills = 0;
    for (let round = 0; round < rounds; round++) {
      const count = 1 + Math.floor(next() * 2);
      const started = Array.from({ length: count }, () => cache.bench.spawn(download));
      // At a random moment: before the first byte, or after so many more.
      const moreBytes = cache.bytesSent + 1 + Math.floor(next() * 300_000);
      const ended = Promise.all(started.map((one) => one.ended()));
      if (next() < 0.7) await Promise.race([cache.bench.hub.waitForBytes(moreBytes), ended]);
      for (const one of started) {
        const name = next() < 0.5 ? 'SIGKILL' : next() < 0.7 ? 'SIGINT' : 'SIGTERM';
        if (name === 'SIGKILL') kills += 1;
        one.signal(name);
      }
      const ends = await ended;
      for (const { exitCode, stderr } of ends) {
        assert.ok(
          exitCode === null || exitCode === 130 || exitCode === 0,
          `seed ${seed}: ${stderr}`,
        );
      }
    }
    cache.bench.hub.pace.bytesPerSecondTotal = 0;
    await cache.assertWhole(cache.bench.spawn(download));
    assert.deepEqual(await cache.left(), [], `seed ${seed}`);
    await cache.bench.hub.log.waitForQuiet();
    assert.equal(await cache.bench.hub.openConnections(), 0);
    const most = sizeBytes + kills * mostLostBytes;
    assert.ok(
      cache.bytesSent <= most,
      `seed ${seed}: ${cache.bytesSent} bytes were sent, at most ${most}`,
    );
  });
});
