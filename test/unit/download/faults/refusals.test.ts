import assert from 'node:assert/strict';
import { englishText } from '../../../../src/common/localizedMessage';
import { directNetwork } from '../../../../src/http';
import { tlsFixture } from '../../../hub';
import { fastClock } from '../support/fastClock';
import { FaultStage } from '../support/faultStage';
import { made, quickTuning, TransferBench } from '../support/transferBench';

const segment = quickTuning.segmentBytes;
/** How much faster time runs where a server asks for a wait. */
const factor = 20;
/** Under such a clock a busy machine would soon be taken for a silent server. */
const patient = {
  settings: { stallTimeoutMs: 200_000 },
  tuning: { silentConnectionMs: 400_000 },
};

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
      const run = await stage.completes({
        clock,
        ...patient,
        fetched: { atMost: stage.sizeBytes },
      });
      assert.equal(fault.hits, 1);
      const waiting = run.progress.find(({ phase }) => phase === 'waiting');
      assert.equal(waiting?.retry?.error.code, 'rateLimited');
      assert.match(
        englishText(waiting.retry.error.localizedMessage),
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
      ...patient,
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
      localizedMessage: /^127\.0\.0\.1:\d+ limits how often it may be asked\.$/,
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
      localizedMessage: /^127\.0\.0\.1:\d+ has a problem of its own \(503\)\.$/,
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
  });

  it('an address that expires under many connections: is resolved once more, by one of them', async () => {
    stage = await FaultStage.start(made(8000), {
      pace: { bytesPerSecondPerConnection: 2e6, latencyMs: 20 },
    });
    await stage.completes(
      { settings: { maxRetries: 0 }, fetched: { atMost: stage.sizeBytes + 8 * segment } },
      async (running) => {
        await running.until(
          ({ connections, downloadedBytes }) => connections > 2 && downloadedBytes > 1_500_000,
        );
        // All of them ask before the first of them has its answer.
        stage.hub.pace.latencyMs = 400;
        stage.hub.expireSignedUrls();
      },
    );
    const refused = stage.hub.log.filter(({ status }) => status === 403);
    assert.ok(refused.length > 1, `${String(refused.length)} connections were refused`);
    const resolves = stage.hub.log.filter(({ origin }) => origin === 'hub');
    assert.equal(resolves.length, 2, stage.hub.log.describe());
  });

  it('a 429 for one of many files: nothing more is asked of that server before its wait is over', async () => {
    const contents = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`f${String(index)}.bin`, made(20, String(index))]),
    );
    const bench = await TransferBench.start(contents, { pace: { latencyMs: 5 } });
    try {
      const headers = { 'Retry-After': '20' };
      let limited = true;
      bench.hub.faults.add(
        { kind: 'status', status: 429, headers },
        { origin: 'hub', matches: () => limited },
      );
      const files = await Promise.all(Object.keys(contents).map((name) => bench.file(name)));
      const run = bench.run(files, {
        clock: fastClock(factor),
        settings: { maxRetries: 1, stallTimeoutMs: 100_000 },
      });
      await run.until(({ phase }) => phase === 'waiting');
      limited = false;
      assert.deepEqual(await run.outcome, { kind: 'completed' });
      const asked = bench.hub.log.filter(({ origin }) => origin === 'hub');
      const refused = asked.filter(({ status }) => status === 429);
      assert.ok(refused.length <= 4, `${String(refused.length)} were asked at once at the start`);
      const lastMs = Math.max(...refused.map(({ startedMs }) => startedMs));
      const again = asked.filter(({ startedMs }) => startedMs > lastMs);
      const waitedMs = (Math.min(...again.map(({ startedMs }) => startedMs)) - lastMs) * factor;
      assert.ok(waitedMs >= 19_000, `${waitedMs.toFixed(0)} ms`);
      assert.equal(again.length, files.length);
    } finally {
      await bench.close();
    }
  });

  for (const status of [403, 400]) {
    it(`${String(status)} for every new address too: ends in "network"`, async () => {
      stage = await FaultStage.start(made(500));
      const fault = stage.fault({ kind: 'status', status });
      await stage.fails({
        settings: { maxRetries: 2, maxConnections: 1 },
        code: 'network',
        localizedMessage: new RegExp(
          `refuses the address that it was asked at \\(${String(status)}\\)`,
        ),
        fetched: { atMost: 100 },
      });
      assert.ok(fault.hits <= 6, String(fault.hits));
    });
  }

  const finalAnswers = [
    [404, { 'X-Error-Code': 'EntryNotFound' }, 'notFound', /does not have this file/],
    [404, {}, 'notFound', /does not have this file/],
    [401, { 'X-Error-Code': 'GatedRepo' }, 'gated', /accepted the model’s terms/],
    [403, {}, 'auth', /refuses access to this file \(403\)\. It may need an access token/],
    [401, {}, 'auth', /only with an access token that may read it\. Set one\./],
    [401, { 'X-Error-Code': 'RepoNotFound' }, 'notFound', /does not have this file/],
    [410, {}, 'notFound', /does not have this file/],
  ] as const;
  for (const [status, headers, code, localizedMessage] of finalAnswers) {
    const detail = Object.values(headers).join('');
    it(`${String(status)} ${detail} from the hub: ends in "${code}" without a second question`, async () => {
      stage = await FaultStage.start(made(500));
      const fault = stage.fault({ kind: 'status', status, headers }, { origin: 'hub' });
      await stage.fails({ code, localizedMessage, fetched: { atMost: 0 } });
      assert.equal(fault.hits, 1);
    });
  }

  for (const status of [401, 403]) {
    it(`${String(status)} with a token, and none without it: the bytes come without it`, async () => {
      stage = await FaultStage.start(made(500));
      const fault = stage.fault(
        { kind: 'status', status },
        { origin: 'hub', matches: ({ token }) => token !== undefined },
      );
      await stage.completes({ token: 'hf_revoked', fetched: { atMost: stage.sizeBytes } });
      assert.equal(fault.hits, 1);
      assert.equal(stage.hub.log.filter(({ token }) => token !== undefined).length, 1);
    });

    it(`${String(status)} with a token and without it: the first refusal is reported, after two requests`, async () => {
      stage = await FaultStage.start(made(500));
      const fault = stage.fault({ kind: 'status', status }, { origin: 'hub' });
      await stage.fails({
        token: 'hf_revoked',
        code: 'auth',
        localizedMessage: /access/,
        fetched: { atMost: 0 },
      });
      assert.equal(fault.hits, 2);
    });
  }

  it('a redirect loop: ends in "network" after a bounded number of hops', async () => {
    stage = await FaultStage.start(made(500));
    const fault = stage.fault({ kind: 'redirect', location: (url) => url }, { origin: 'hub' });
    await stage.fails({
      code: 'network',
      localizedMessage: /^127\.0\.0\.1:\d+ redirects without end\.$/,
      fetched: { atMost: 0 },
    });
    assert.ok(fault.hits <= 11, String(fault.hits));
  });

  it('a redirect to a sign-in page: the source is asked again, and not the page', async () => {
    stage = await FaultStage.start(made(500));
    const portal = await stage.bench.mirror();
    portal.serve('/sign-in', '<html>Please sign in.</html>', 'text/html');
    const location = (): string => `${portal.url}/sign-in`;
    stage.fault({ kind: 'redirect', location }, { origin: 'hub', times: 1 });
    await stage.completes({ fetched: { atMost: stage.sizeBytes } });
    assert.equal(portal.log.records.length, 1);
    assert.equal(stage.hub.log.filter(({ origin }) => origin === 'hub').length, 2);
  });

  it('511: ends in "network", and says that the network wants a sign-in', async () => {
    stage = await FaultStage.start(made(100));
    stage.fault({ kind: 'status', status: 511 }, { origin: 'hub' });
    await stage.fails({
      settings: { maxRetries: 1 },
      code: 'network',
      localizedMessage:
        /^A web page came from 127\.0\.0\.1:\d+ instead of the file\..*open a browser\.$/,
      fetched: { atMost: 0 },
    });
  });

  it('a redirect from https to this machine itself is followed, without the token', async () => {
    stage = await FaultStage.start(made(600), { tls: true });
    const local = await stage.bench.mirror({ tls: false });
    const location = (): string => stage.bench.source('a.bin', local);
    stage.fault({ kind: 'redirect', location }, { origin: 'hub' });
    await stage.completes({
      network: { ...directNetwork, extraCertificates: [tlsFixture.certificate] },
      token: 'hf_only_for_the_hub',
      fetched: { atMost: stage.sizeBytes + segment },
    });
    assert.ok(stage.hub.log.records.every(({ token }) => token === 'hf_only_for_the_hub'));
    assert.ok(local.log.records.length > 0);
    assert.ok(local.log.records.every(({ token }) => token === undefined));
  });

  const ways = ['http://127.models.invalid/a.bin', 'http://localhost.models.invalid/a.bin'];
  for (const way of ways) {
    it(`a redirect from https to ${way}: is not this machine, and not followed`, async () => {
      stage = await FaultStage.start(made(100), { tls: true });
      stage.fault({ kind: 'redirect', location: () => way }, { origin: 'hub' });
      await stage.fails({
        network: { ...directNetwork, extraCertificates: [tlsFixture.certificate] },
        code: 'tls',
        localizedMessage: /redirects to an address without encryption\.$/,
        fetched: { atMost: 0 },
      });
    });
  }

  it('a redirect from https over this machine to somewhere without encryption: ends in "tls"', async () => {
    stage = await FaultStage.start(made(100), { tls: true });
    const local = await stage.bench.mirror({ tls: false });
    stage.fault(
      { kind: 'redirect', location: () => stage.bench.source('a.bin', local) },
      { origin: 'hub' },
    );
    local.faults.add(
      { kind: 'redirect', location: () => 'http://models.invalid/a.bin' },
      { origin: 'hub' },
    );
    await stage.fails({
      network: { ...directNetwork, extraCertificates: [tlsFixture.certificate] },
      code: 'tls',
      localizedMessage: /redirects to an address without encryption\.$/,
      fetched: { atMost: 0 },
    });
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
      localizedMessage: /^127\.0\.0\.1:\d+ redirects to an address without encryption\.$/,
      fetched: { atMost: 0 },
    });
  });
});
