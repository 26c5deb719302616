import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { contentBytes } from '../../hub';
import {
  big,
  endOf,
  modelId,
  mostLostBytes,
  sizeBytes,
  WindowsBench,
} from './support/windowsBench';

describe('several windows on one cache, one of which goes away,', () => {
  let bench: WindowsBench;
  beforeEach(async () => {
    bench = await WindowsBench.start();
  });
  afterEach(() => bench.close());

  it('let one that waits take over when the owner’s process is killed, from the bytes that are there', async () => {
    const owner = await bench.openProcess();
    await owner.waitFor(({ downloadedBytes }) => downloadedBytes > 0);
    const b = bench.open();
    const joined = await b.download(modelId);
    assert.equal(joined.progress.inOtherWindow, true);
    const id = joined.downloadId;
    await bench.untilVouched(b, sizeBytes / 4);
    await owner.kill();
    await bench.hub.log.waitForQuiet(({ origin }) => origin === 'cdn');
    const beforeBytes = bench.bytesSent;
    bench.hub.pace.bytesPerSecondTotal = 0;
    const model = await joined.finished;
    assert.deepEqual(await readFile(model.path), contentBytes(big));
    assert.equal(joined.downloadId, id);
    assert.equal(joined.progress.inOtherWindow, undefined, 'it is this window’s own now');
    const twice = bench.bytesSent - sizeBytes;
    assert.ok(twice <= mostLostBytes, `${twice} bytes were fetched twice`);
    assert.ok(bench.bytesSent - beforeBytes <= sizeBytes * 0.75, 'it went on from what was there');
  });

  it('let exactly one of two that wait take over; the other follows it', async () => {
    const owner = await bench.openProcess();
    await owner.waitFor(({ downloadedBytes }) => downloadedBytes > sizeBytes / 3);
    const [second, third] = await Promise.all([bench.openProcess(), bench.openProcess()]);
    await Promise.all([second, third].map((one) => one.waitFor(({ isForeign }) => isForeign)));
    await owner.kill();
    await Promise.all([second, third].map((one) => one.waitFor((r) => r.status === 'completed')));
    const owners = [second, third].filter((one) => one.records.some((r) => !r.isForeign));
    assert.equal(owners.length, 1);
    const twice = bench.bytesSent - sizeBytes;
    assert.ok(twice <= mostLostBytes, `${twice} bytes were fetched twice`);
  });

  it('give a download back when the owner’s window is closed: no window fetches, it can be resumed', async () => {
    const owner = await bench.openProcess();
    await owner.waitFor(({ downloadedBytes }) => downloadedBytes > sizeBytes / 3);
    const [b, c] = [bench.open(), bench.open()];
    await Promise.all([bench.foreign(b), bench.foreign(c)]);
    const abandoned = [b, c].map(
      (manager) => new Promise((resolve) => manager.onDidAbandon(resolve)),
    );
    await owner.close();
    await Promise.all(abandoned);
    assert.deepEqual([b.downloads(), c.downloads()], [[], []]);
    assert.deepEqual(await bench.notes(), []);
    const [record] = (await b.models()).filter(({ model }) => model.id === modelId);
    assert.equal(record?.state, 'incomplete');
    const offers = await Promise.all([b.claimOffer(modelId), c.claimOffer(modelId)]);
    assert.equal(offers.filter((offer) => offer !== undefined).length, 1, 'one window asks');
    bench.hub.pace.bytesPerSecondTotal = 0;
    assert.equal(await endOf(await c.download(modelId)), `downloaded ${modelId}`);
    assert.ok(bench.bytesSent <= sizeBytes + mostLostBytes);
  });
});
