import assert from 'node:assert/strict';
import { directNetwork } from '../../../../src/transport';
import { tlsFixture } from '../../../hub';
import { assertFailed, made, TransferBench } from '../support/transferBench';

describe('servers that refuse', () => {
  let bench: TransferBench;
  afterEach(() => bench.close());

  it('waits as long as Retry-After says, and says so', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    bench.hub.faults.add(
      { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
      { origin: 'hub', times: 1 },
    );
    const file = await bench.file('a.bin');
    const startedMs = Date.now();
    const run = bench.run([file]);
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    const waiting = run.progress.find(({ phase }) => phase === 'waiting');
    assert.equal(waiting?.retry?.error.code, 'rateLimited');
    assert.ok(Math.abs(waiting.retry.retryAt - startedMs - 1000) < 700);
    assert.ok(Date.now() - startedMs >= 990);
  });

  it('waits for the reset that RateLimit tells', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    bench.hub.faults.add(
      { kind: 'status', status: 429, headers: { RateLimit: '"resolvers";r=0;t=1' } },
      { origin: 'hub', times: 1 },
    );
    const startedMs = Date.now();
    assert.deepEqual(await bench.run([await bench.file('a.bin')]).outcome, { kind: 'completed' });
    assert.ok(Date.now() - startedMs >= 990);
  });

  it('ends in "rateLimited" when the wait is beyond reason', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    bench.hub.faults.add(
      { kind: 'status', status: 429, headers: { 'Retry-After': '86400' } },
      { origin: 'hub' },
    );
    const outcome = await bench.run([await bench.file('a.bin')]).outcome;
    assert.equal(outcome.kind, 'failed');
    assert.equal(outcome.error.details.retryAfterMs, 86_400_000);
    assert.equal(outcome.error.code, 'rateLimited');
  });

  it('sits out a burst of server errors', async () => {
    bench = await TransferBench.start({ 'a.bin': made(2000) });
    bench.hub.faults.add({ kind: 'status', status: 503 }, { origin: 'cdn', times: 2 });
    bench.hub.faults.add({ kind: 'status', status: 500 }, { origin: 'hub', times: 1 });
    const file = await bench.file('a.bin');
    assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
    await bench.assertWhole(file);
  });

  it('ends in "network" when the server errors do not end', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    const fault = bench.hub.faults.add({ kind: 'status', status: 503 }, { origin: 'cdn' });
    const run = bench.run([await bench.file('a.bin')], { settings: { maxRetries: 3 } });
    await assertFailed(run.outcome, 'network', /has a problem of its own \(503\)/);
    assert.ok(fault.hits >= 4 && fault.hits <= 16, String(fault.hits));
  });

  it('resolves an expired address again, keeping every byte', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(4000) },
      { pace: { bytesPerSecondTotal: 8e6 } },
    );
    const file = await bench.file('a.bin');
    const run = bench.run([file], { settings: { maxRetries: 0 } });
    await run.until(({ downloadedBytes }) => downloadedBytes > 500_000);
    bench.hub.expireSignedUrls();
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    assert.ok(
      bench.hub.log.filter(({ origin, status }) => origin === 'cdn' && status === 403).length > 0,
    );
    // What the hub sent into sockets that were then closed counts too; starting over would be twice the size.
    assert.ok(bench.sentBytes <= file.sizeBytes * 1.5, String(bench.sentBytes));
    let before = 0;
    for (const { downloadedBytes } of run.progress) {
      assert.ok(downloadedBytes >= before);
      before = downloadedBytes;
    }
  });

  it('stops asking when every new address is refused too', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    const fault = bench.hub.faults.add({ kind: 'status', status: 403 }, { origin: 'cdn' });
    const run = bench.run([await bench.file('a.bin')], { settings: { maxRetries: 2 } });
    await assertFailed(run.outcome, 'network', /refuses the address that it was asked at \(403\)/);
    assert.ok(fault.hits <= 16, String(fault.hits));
  });

  it('does not retry what the hub refuses', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    const cases = [
      [404, { 'X-Error-Code': 'EntryNotFound' }, 'notFound', /does not have this file/],
      [401, { 'X-Error-Code': 'GatedRepo' }, 'gated', /accepted the model’s terms/],
      [403, {}, 'auth', /refuses access to this file/],
      [401, { 'X-Error-Code': 'RepoNotFound' }, 'notFound', /does not have this file/],
    ] as const;
    for (const [status, headers, code, sentence] of cases) {
      const fault = bench.hub.faults.add({ kind: 'status', status, headers }, { origin: 'hub' });
      await assertFailed(bench.run([await bench.file('a.bin')]).outcome, code, sentence);
      assert.equal(fault.hits, 1);
      fault.remove();
    }
  });

  it('stops in a redirect loop', async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
    const fault = bench.hub.faults.add(
      { kind: 'redirect', location: (url) => url },
      { origin: 'hub' },
    );
    await assertFailed(
      bench.run([await bench.file('a.bin')]).outcome,
      'network',
      /redirects without end/,
    );
    assert.ok(fault.hits <= 11);
  });

  it('does not follow a redirect that gives up the encryption', async () => {
    bench = await TransferBench.start({ 'a.bin': made(100) }, { tls: true });
    bench.hub.faults.add(
      { kind: 'redirect', location: () => 'http://models.invalid/a.bin' },
      { origin: 'hub' },
    );
    const network = { ...directNetwork, extraCertificates: [tlsFixture.certificate] };
    const run = bench.run([await bench.file('a.bin')], { network });
    await assertFailed(run.outcome, 'tls', /without encryption/);
    assert.equal(bench.sentBytes, 0);
  });

  it('goes over to the next source when the first one is exhausted, keeping every byte', async () => {
    bench = await TransferBench.start(
      { 'a.bin': made(4000) },
      { pace: { bytesPerSecondTotal: 8e6 } },
    );
    const mirror = await bench.mirror();
    const file = await bench.file('a.bin', [bench.source('a.bin'), bench.source('a.bin', mirror)]);
    const run = bench.run([file], { settings: { maxRetries: 1 } });
    await run.until(({ downloadedBytes }) => downloadedBytes > 1_500_000);
    await bench.hub.closeOrigin('cdn');
    assert.deepEqual(await run.outcome, { kind: 'completed' });
    await bench.assertWhole(file);
    const fromMirror = mirror.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(fromMirror < 3_000_000, String(fromMirror));
  });

  it('tells the first source’s error when no source helps', async () => {
    bench = await TransferBench.start({ 'a.bin': made(400) });
    const mirror = await bench.mirror();
    bench.hub.faults.add(
      { kind: 'status', status: 404, headers: { 'X-Error-Code': 'EntryNotFound' } },
      { origin: 'hub' },
    );
    mirror.faults.add({ kind: 'status', status: 503 }, { origin: 'hub' });
    const file = await bench.file('a.bin', [bench.source('a.bin'), bench.source('a.bin', mirror)]);
    await assertFailed(bench.run([file]).outcome, 'notFound', /does not have this file/);
  });
});
