import assert from 'node:assert/strict';
import { directNetwork, type NetworkSettings } from '../../../../src/http';
import {
  refusedUrl,
  startTestProxy,
  tlsFixture,
  type TestProxy,
  type TestProxyOptions,
} from '../../../hub';
import { FaultStage } from '../support/faultStage';
import { made, quickTuning } from '../support/transferBench';

describe('a network that is in the way', () => {
  let stage: FaultStage;
  let proxy: TestProxy | undefined;
  afterEach(async () => {
    await stage.close();
    await proxy?.close();
    proxy = undefined;
  });

  const settings = { maxRetries: 1, maxConnections: 1 };
  const nothing = { fetched: { atMost: 0 } };

  it('a host that refuses: ends in "network"', async () => {
    stage = await FaultStage.start(made(100));
    await stage.fails({
      ...nothing,
      settings,
      urls: [`${await refusedUrl()}/a.bin`],
      code: 'network',
      localizedMessage: /^127\.0\.0\.1:\d+ refuses connections\.$/,
    });
  });

  it('a host that can not be found: ends in "network"', async function () {
    // The system's resolver asks again after five seconds when its question got lost.
    this.timeout(240_000);
    stage = await FaultStage.start(made(100));
    await stage.fails({
      ...nothing,
      settings: { ...settings, stallTimeoutMs: 40_000 },
      urls: ['https://hub.invalid/a.bin'],
      code: 'network',
      localizedMessage:
        /^The address of hub\.invalid can’t be found\. Check the network connection\.$/,
    });
  });

  it('an untrusted certificate: ends in "tls" without a second attempt', async () => {
    stage = await FaultStage.start(made(100), { tls: true });
    const run = await stage.fails({
      ...nothing,
      code: 'tls',
      localizedMessage: /^The certificate of 127\.0\.0\.1:\d+ is not trusted \(self-signed\)\.$/,
    });
    assert.ok(run.progress.every(({ retry }) => retry === undefined));
    assert.equal(stage.hub.log.records.length, 0);
  });

  it('a proxy that is not there: ends in "proxy"', async () => {
    stage = await FaultStage.start(made(100));
    await stage.fails({
      ...nothing,
      network: { ...directNetwork, proxyUrl: await refusedUrl() },
      code: 'proxy',
      localizedMessage:
        /^The proxy 127\.0\.0\.1:\d+ can’t be reached\. Check the proxy settings\.$/,
    });
    assert.equal(stage.hub.log.records.length, 0);
  });

  it('a proxy that wants to know who asks (407): ends in "proxy", and is not asked twice', async () => {
    stage = await FaultStage.start(made(100));
    proxy = await startTestProxy({ credentials: { user: 'a', password: 'b' } });
    await stage.fails({
      ...nothing,
      network: { ...directNetwork, proxyUrl: proxy.url },
      code: 'proxy',
      localizedMessage:
        /^The proxy 127\.0\.0\.1:\d+ asks for a user name and password \(407\)\. Set them/,
    });
    assert.deepEqual(
      proxy.records.map(({ status }) => status),
      [407],
    );
    assert.equal(stage.hub.log.records.length, 0);
  });

  it('a proxy whose far side is down (502): ends in "proxy"', async () => {
    stage = await FaultStage.start(made(100), { tls: true });
    proxy = await startTestProxy({ refuseStatus: 502 });
    await stage.fails({
      ...nothing,
      network: { ...directNetwork, proxyUrl: proxy.url },
      code: 'proxy',
      localizedMessage: /^The proxy 127\.0\.0\.1:\d+ refused the connection \(502\)\./,
    });
  });

  /** Ways through, each with what the proxy has to have seen of it. */
  const ways: Readonly<
    Record<
      string,
      {
        readonly tls?: true;
        readonly proxy?: TestProxyOptions;
        readonly network: (proxyUrl: string) => Partial<NetworkSettings>;
        readonly passes: boolean;
      }
    >
  > = {
    'a proxy with credentials in its address': {
      proxy: { credentials: { user: 'me', password: 'p@ss' } },
      network: (url) => ({ proxyUrl: url.replace('://', '://me:p%40ss@') }),
      passes: true,
    },
    'a proxy with a header that the person configured': {
      tls: true,
      proxy: { credentials: { user: 'a', password: 'b' } },
      network: (proxyUrl) => ({
        proxyUrl,
        proxyAuthorization: `Basic ${Buffer.from('a:b').toString('base64')}`,
        extraCertificates: [tlsFixture.certificate],
      }),
      passes: true,
    },
    'a proxy that speaks https': {
      tls: true,
      proxy: { tls: true },
      network: (proxyUrl) => ({ proxyUrl, extraCertificates: [tlsFixture.certificate] }),
      passes: true,
    },
    'past a proxy that is exempt for the host (NO_PROXY)': {
      proxy: { refuseStatus: 502 },
      network: (proxyUrl) => ({ proxyUrl, noProxy: ['127.0.0.0/8'] }),
      passes: false,
    },
    'certificates that are not looked at (strictSSL off)': {
      tls: true,
      network: () => ({ strictTls: false }),
      passes: false,
    },
    'an extra certificate': {
      tls: true,
      network: () => ({ extraCertificates: [tlsFixture.certificate] }),
      passes: false,
    },
  };
  for (const [what, way] of Object.entries(ways)) {
    it(`${what}: the whole file comes through`, async () => {
      stage = await FaultStage.start(made(1500), { tls: way.tls ?? false });
      proxy = await startTestProxy(way.proxy);
      const network = { ...directNetwork, ...way.network(proxy.url) };
      await stage.completes({
        network,
        fetched: { atMost: stage.sizeBytes + quickTuning.segmentBytes },
      });
      assert.equal(proxy.records.length > 0, way.passes);
      assert.ok(proxy.records.every(({ status }) => status < 400));
    });
  }
});
