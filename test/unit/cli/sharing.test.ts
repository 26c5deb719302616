import assert from 'node:assert/strict';
import { download, EditorCache, mostLostBytes, sizeBytes } from './support/editorCache';

describe('the command line and windows of the editor on one cache', function () {
  this.timeout(480_000);
  let cache: EditorCache;
  beforeEach(async () => {
    cache = await EditorCache.start();
  });
  afterEach(() => cache.close());

  it('share one download of a window: one fetches, the others follow', async () => {
    const owner = await cache.openWindow();
    await owner.waitFor(({ downloadedBytes }) => downloadedBytes > 0);
    const [other, cli] = [await cache.openWindow(), cache.bench.spawn(download)];
    await other.waitFor(({ isForeign, downloadedBytes }) => isForeign && downloadedBytes > 0);
    await cli.until(/"status":"downloading".*"inOtherWindow":true/);
    cache.bench.hub.pace.bytesPerSecondTotal = 0;
    await cache.assertWhole(cli);
    await Promise.all(
      cache.windows.map((one) => one.waitFor(({ status }) => status === 'completed')),
    );
    // A connection that gives its rest to an idle one ends with what the kernel holds for it: 2 MB were seen.
    assert.ok(cache.bytesSent < sizeBytes + mostLostBytes, `${cache.bytesSent} bytes were sent`);
  });

  it('share one of the command line; when it is interrupted, a window that follows it takes over', async () => {
    const cli = cache.bench.spawn(download);
    await cli.until(/"downloaded":[1-9]/);
    const [first, second] = [await cache.openWindow(), await cache.openWindow()];
    await Promise.all([first, second].map((one) => one.waitFor(({ isForeign }) => isForeign)));
    cli.signal('SIGINT');
    const { exitCode, stderr } = await cli.ended();
    assert.equal(exitCode, 130);
    assert.match(stderr, /are kept; the same command goes on from there/);
    cache.bench.hub.pace.bytesPerSecondTotal = 0;
    await Promise.all(
      cache.windows.map((one) => one.waitFor(({ status }) => status === 'completed')),
    );
    const owners = cache.windows.filter((one) => one.records.some(({ isForeign }) => !isForeign));
    assert.equal(owners.length, 1);
    assert.ok(cache.bytesSent < sizeBytes + mostLostBytes, `${cache.bytesSent} bytes were sent`);
  });

  it('leave a window’s download alone when only the command line is interrupted', async () => {
    const owner = await cache.openWindow();
    await owner.waitFor(({ downloadedBytes }) => downloadedBytes > 0);
    const cli = cache.bench.spawn([...download, '--discard']);
    await cli.until(/"inOtherWindow":true/);
    cli.signal('SIGINT');
    assert.equal((await cli.ended()).exitCode, 130);
    cache.bench.hub.pace.bytesPerSecondTotal = 0;
    await owner.waitFor(({ status }) => status === 'completed');
  });

  it('keep what has arrived on Ctrl-C, and nothing of it with --discard', async () => {
    const first = cache.bench.spawn(download);
    await first.until(/"downloaded":[1-9]\d{5}/);
    first.signal('SIGINT');
    assert.equal((await first.ended()).exitCode, 130);
    const kept = await cache.left();
    assert.deepEqual(
      kept.filter((name) => name.endsWith('.lock')),
      [],
    );
    assert.equal(kept.length, 2, `a partial file and its journal: ${kept.join()}`);
    const sentBytes = cache.bytesSent;
    const second = cache.bench.spawn([...download, '--discard']);
    await second.until(/"status":"downloading"/);
    second.signal('SIGTERM');
    assert.equal((await second.ended()).exitCode, 130);
    assert.deepEqual(await cache.left(), []);
    assert.ok(cache.bytesSent - sentBytes < sizeBytes);
  });
});
