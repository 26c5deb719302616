import assert from 'node:assert/strict';
import { directNetwork } from '../../../../src/transport';
import { tlsFixture } from '../../../hub';
import { fastClock } from '../support/fastClock';
import { FaultStage } from '../support/faultStage';
import { made, quickTuning } from '../support/transferBench';

const segment = quickTuning.segmentBytes;
/** How much faster time runs where a server asks for a wait. */
const factor = 20;

describe('servers that refuse', () => {
  let stage: FaultStage;
  afterEach(() => stage.close());

  const askedToWait = [
    ['Retry-After', { 'Retry-After': '10' }, 10],
    ['RateLimit', { RateLimit: '"resolvers";r=0;t=10' }, 10],
    ['both, the longer wait last', { 'Retry-After': '2', RateLimit: '"resolvers";r=0;t=10' }, 10],
  ] as const;
  for (const [what, headers, seconds] of askedToWait) {
    it(`a 429 with ${what}: waits as long as it says, and says so`, async () => {
      stage = await FaultStage.start(made(500));
      const clock = fastClock(factor);
      const fault = stage.fault(
        { kind: 'status', status: 429, headers },
        { origin: 'hub', times: 1 },
      );
      const startedMs = clock.wallMs();
      const run = await stage.completes({ clock, fetched: { atMost: stage.sizeBytes } });
      assert.equal(fault.hits, 1);
      const waiting = run.progress.find(({ phase }) => phase === 'waiting');
      assert.equal(waiting?.retry?.error.code, 'rateLimited');
      assert.match(
        waiting.retry.error.message,
        /^127\.0\.0\.1:\d+ limits how often it may be asked/,
      );
      assert.ok(waiting.retry.retryAt >= startedMs + seconds * 1000);
      const [first, second] = stage.hub.log.filter(({ origin }) => origin === 'hub');
      assert.ok(first !== undefined && second !== undefined);
      const waitedMs = (second.startedMs - first.startedMs) * factor;
      assert.ok(waitedMs >= seconds * 1000, `${waitedMs.toFixed(0)} ms`);
    });
  }

  it('a 429 in the middle: keeps every byte and uses fewer connections', async () => {
    stage = await FaultStage.start(made(3000));
    const fault = stage.fault(
      { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
      { nth: [5, 6] },
    );
    await stage.completes({
      clock: fastClock(factor),
      settings: { stallTimeoutMs: 100_000 },
      tuning: { silentConnectionMs: 100_000 },
      fetched: { atMost: stage.sizeBytes + segment },
    });
    assert.equal(fault.hits, 2);
  });

  it('a 429 whose wait is beyond reason: ends in "rateLimited" at once, with the wait', async () => {
    stage = await FaultStage.start(made(500));
    const headers = { 'Retry-After': '86400' };
    const fault = stage.fault({ kind: 'status', status: 429, headers }, { origin: 'hub' });
    const run = await stage.fails({
      code: 'rateLimited',
      sentence: /^127\.0\.0\.1:\d+ limits how often it may be asked\.$/,
      fetched: { atMost: 0 },
    });
    const outcome = await run.outcome;
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.error.details.retryAfterMs, 86_400_000);
    assert.equal(fault.hits, 1);
  });

  it('a burst of 5xx and 408: is sat out', async () => {
    stage = await FaultStage.start(made(2000));
    const faults = [
      stage.fault({ kind: 'status', status: 503 }, { times: 2 }),
      stage.fault({ kind: 'status', status: 408 }, { nth: 4 }),
      stage.fault({ kind: 'status', status: 500 }, { origin: 'hub', times: 1 }),
    ];
    await stage.completes({ fetched: { atMost: stage.sizeBytes + segment } });
    assert.deepEqual(
      faults.map(({ hits }) => hits),
      [2, 1, 1],
    );
  });

  it('5xx without end: ends in "network" after the last attempt', async () => {
    stage = await FaultStage.start(made(500));
    const fault = stage.fault({ kind: 'status', status: 503 });
    await stage.fails({
      settings: { maxRetries: 3, maxConnections: 1 },
      code: 'network',
      sentence: /^127\.0\.0\.1:\d+ has a problem of its own \(503\)\.$/,
      fetched: { atMost: 4 * 3 },
    });
    assert.equal(fault.hits, 4);
  });

  it('an expired address: is resolved again, keeping every byte', async () => {
    stage = await FaultStage.start(made(4000), { pace: { bytesPerSecondTotal: 8e6 } });
    const run = await stage.completes(
      { settings: { maxRetries: 0 }, fetched: { atMost: stage.sizeBytes + 8 * segment } },
      async (running) => {
        await running.until(({ downloadedBytes }) => downloadedBytes > 500_000);
        stage.hub.expireSignedUrls();
      },
    );
    const refused = stage.hub.log.filter(
      ({ origin, status }) => origin === 'cdn' && status === 403,
    );
    assert.ok(refused.length > 0);
    assert.ok(run.progress.every(({ startedOver }) => startedOver === undefined));
    // Once at the start, and at most once by each connection afterwards.
    const { length } = stage.hub.log.filter(({ origin }) => origin === 'hub');
    assert.ok(length >= 2 && length <= 1 + 8, String(length));
  });

  for (const status of [403, 400]) {
    it(`${String(status)} for every new address too: ends in "network"`, async () => {
      stage = await FaultStage.start(made(500));
      const fault = stage.fault({ kind: 'status', status });
      await stage.fails({
        settings: { maxRetries: 2, maxConnections: 1 },
        code: 'network',
        sentence: new RegExp(`refuses the address that it was asked at \\(${String(status)}\\)`),
        fetched: { atMost: 100 },
      });
      assert.ok(fault.hits <= 6, String(fault.hits));
    });
  }

  const finalAnswers = [
    [404, { 'X-Error-Code': 'EntryNotFound' }, 'notFound', /does not have this file/],
    [404, {}, 'notFound', /does not have this file/],
    [401, { 'X-Error-Code': 'GatedRepo' }, 'gated', /accepted the model’s terms/],
    [403, {}, 'auth', /refuses access to this file\. Check the access token\./],
    [401, {}, 'auth', /refuses access to this file\. Check the access token\./],
    [401, { 'X-Error-Code': 'RepoNotFound' }, 'notFound', /does not have this file/],
    [410, {}, 'notFound', /does not have this file/],
  ] as const;
  for (const [status, headers, code, sentence] of finalAnswers) {
    const detail = Object.values(headers).join('');
    it(`${String(status)} ${detail} from the hub: ends in "${code}" without a second question`, async () => {
      stage = await FaultStage.start(made(500));
      const fault = stage.fault({ kind: 'status', status, headers }, { origin: 'hub' });
      await stage.fails({ code, sentence, fetched: { atMost: 0 } });
      assert.equal(fault.hits, 1);
    });
  }

  it('a redirect loop: ends in "network" after a bounded number of hops', async () => {
    stage = await FaultStage.start(made(500));
    const fault = stage.fault({ kind: 'redirect', location: (url) => url }, { origin: 'hub' });
    await stage.fails({
      code: 'network',
      sentence: /^127\.0\.0\.1:\d+ redirects without end\.$/,
      fetched: { atMost: 0 },
    });
    assert.ok(fault.hits <= 11, String(fault.hits));
  });

  it('a redirect that gives up the encryption: ends in "tls", and is not followed', async () => {
    stage = await FaultStage.start(made(100), { tls: true });
    stage.fault(
      { kind: 'redirect', location: () => 'http://models.invalid/a.bin' },
      { origin: 'hub' },
    );
    await stage.fails({
      network: { ...directNetwork, extraCertificates: [tlsFixture.certificate] },
      code: 'tls',
      sentence: /^127\.0\.0\.1:\d+ redirects to an address without encryption\.$/,
      fetched: { atMost: 0 },
    });
  });
});
