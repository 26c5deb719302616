import assert from 'node:assert/strict';
import { Cancelled } from '../../../src/common/asrError';
import { systemClock } from '../../../src/common/clock';
import type { HubToken } from '../../../src/common/hubEnvironment';
import { englishText } from '../../../src/common/localizedMessage';
import { silentLogger } from '../../../src/common/logger';
import { createFetchTransport, directNetwork, type NetworkSettings } from '../../../src/http';
import { createHubClient } from '../../../src/hub';
import { diagnoseConnection, sampleOf } from '../../../src/models/connectionDiagnosis';
import {
  type ConnectionReport,
  type DiagnosisStep,
  reportDocument,
} from '../../../src/models/connectionReport';
import {
  generatedContent,
  refusedUrl,
  startTestHub,
  startTestProxy,
  type TestHub,
  type TestHubOptions,
  type TestProxy,
  tlsFixture,
} from '../../hub';
import { hubModel } from './fakePorts';

const weights = generatedContent({ sizeBytes: 3_000_000, seed: 'weights' });
const sample = { repo: 'org/public', path: 'ggml-tiny.bin' };
const token = 'hf_secret_of_this_test';

describe('the diagnosis of a connection', () => {
  let hub: TestHub;
  let proxy: TestProxy | undefined;

  async function start(options: TestHubOptions = {}): Promise<void> {
    hub = await startTestHub({
      repos: [{ name: sample.repo, files: { [sample.path]: weights } }],
      tokens: { [token]: { name: 'a-name-of-a-person', access: '*' } },
      ...options,
    });
  }
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
    await hub.close();
  });

  async function diagnose(
    options: {
      readonly endpoint?: string;
      readonly mirrors?: readonly string[];
      readonly network?: Partial<NetworkSettings>;
      readonly token?: HubToken;
      readonly signal?: AbortSignal;
      /** Only where the end of the wait is what is tried. */
      readonly stepMs?: number;
    } = {},
  ): Promise<ConnectionReport> {
    const { endpoint = hub.url, signal = new AbortController().signal } = options;
    const transport = createFetchTransport((url, init) => fetch(url, init));
    const source = (): Promise<HubToken | undefined> => Promise.resolve(options.token);
    const userAgent = 'asr-test/1';
    return await diagnoseConnection(
      {
        endpoint,
        mirrors: options.mirrors ?? [],
        network: { ...directNetwork, ...options.network },
        transport,
        hub: createHubClient({
          endpoint,
          transport,
          token: source,
          clock: systemClock,
          logger: silentLogger,
          userAgent,
        }),
        token: source,
        sample,
        clock: systemClock,
        userAgent,
        limits: { stepMs: options.stepMs ?? 30_000, speedMs: 200 },
      },
      signal,
    );
  }

  function step(report: ConnectionReport, host: string, title: RegExp): DiagnosisStep {
    const steps = report.hosts.filter((each) => each.host === host).flatMap((each) => each.steps);
    const found = steps.find((each) => title.test(englishText(each.title)));
    assert.ok(
      found,
      `${host} has no step ${String(title)}: ${reportDocument(report, englishText)}`,
    );
    return found;
  }
  const textOf = ({ facts, advice }: DiagnosisStep): string =>
    [...facts, ...(advice === undefined ? [] : [advice])].map(englishText).join('\n');
  const hostOf = (url: string): string => new URL(url).host;

  it('of a healthy hub has a figure for every step, of the download host and the mirror too', async () => {
    await start();
    const mirror = await startTestHub({
      repos: [{ name: sample.repo, files: { [sample.path]: weights } }],
    });
    try {
      const report = await diagnose({ mirrors: [mirror.url] });
      const document = reportDocument(report, englishText);
      assert.match(document, /Everything that a download needs works\. It took \d+\.\d s\./);
      assert.deepEqual(
        report.hosts.map(({ host, role }) => [host, role]),
        [
          [hostOf(hub.url), 'hub'],
          [hostOf(mirror.url), 'mirror'],
          [hostOf(hub.cdnUrl), 'download'],
          [hostOf(mirror.cdnUrl), 'download'],
        ],
      );
      const host = hostOf(hub.url);
      assert.match(textOf(step(report, host, /^Way out/)), /direct, without a proxy/);
      assert.match(
        textOf(step(report, host, /^Name of 127\.0\.0\.1/)),
        /^1 addresses after \d+ ms/,
      );
      assert.match(textOf(step(report, host, /^Connection to/)), /^127\.0\.0\.1 \(IPv4\): \d+ ms$/);
      assert.match(textOf(step(report, host, /^Secure/)), /begins with http:/);
      assert.match(textOf(step(report, host, /^Answer/)), /^status 200 after \d+ ms/);
      assert.match(
        textOf(step(report, host, /^Where files/)),
        new RegExp(`^${hostOf(hub.cdnUrl)}: status 206`),
      );
      assert.match(textOf(step(report, host, /own way/)), /status 200 after/);
      assert.equal(step(report, host, /^Access token/).outcome, 'skipped');
      const cdn = hostOf(hub.cdnUrl);
      assert.match(textOf(step(report, cdn, /^Parts/)), /sent as they were asked for/);
      assert.match(
        textOf(step(report, cdn, /^Speed/)),
        /B\/s over one connection\n.*B\/s over 8 connections/,
      );
      assert.doesNotMatch(document, /[?&](?:Signature|Expires|Policy|sig)=/i);
    } finally {
      await mirror.close();
    }
  });

  it('leaves no connection open', async () => {
    await start();
    await diagnose();
    while ((await hub.openConnections()) > 1) await new Promise((resolve) => setImmediate(resolve));
  });

  it('shows the token to no server but its hub, and no name', async () => {
    await start();
    const report = await diagnose({
      token: { token, place: { kind: 'file', path: '/home/me/token' } },
    });
    const document = reportDocument(report, englishText);
    assert.match(
      textOf(step(report, hostOf(hub.url), /^Access token/)),
      /from the token file.*\naccepted after/,
    );
    assert.doesNotMatch(document, /hf_secret|a-name-of|home/);
    const withToken = hub.log.filter((request) => request.token !== undefined);
    assert.ok(withToken.length === 1 && withToken[0]?.path === '/api/whoami-v2');
  });

  it('says that a token is refused, and what to do', async () => {
    await start({ tokens: {} });
    const report = await diagnose({
      token: { token, place: { kind: 'environment', variable: 'HF_TOKEN' } },
    });
    const found = step(report, hostOf(hub.url), /^Access token/);
    assert.equal(found.outcome, 'failed');
    assert.match(
      textOf(found),
      /from the environment variable HF_TOKEN\nrefused by .*\nRun “ASR: Set Hugging Face Token”/,
    );
  });

  it('says which address refuses, and asks for the host to be allowed', async () => {
    await start();
    const endpoint = await refusedUrl();
    const report = await diagnose({ endpoint });
    const found = step(report, hostOf(endpoint), /^Connection to/);
    assert.equal(found.outcome, 'failed');
    assert.match(
      textOf(found),
      /127\.0\.0\.1 \(IPv4\): not reached \(ECONNREFUSED\)\n.*Ask for 127\.0\.0\.1:\d+ to be allowed/,
    );
    assert.match(reportDocument(report, englishText), /steps failed\. It took/);
  });

  it('says that a name is unknown, and tries nothing behind it', async () => {
    await start();
    const report = await diagnose({ endpoint: 'https://nobody.invalid' });
    const found = step(report, 'nobody.invalid', /^Name of nobody\.invalid/);
    assert.equal(found.outcome, 'failed');
    assert.match(textOf(found), /DNS server/);
    assert.equal(
      report.hosts
        .flatMap(({ steps }) => steps)
        .find(({ title }) => englishText(title).startsWith('Connection')),
      undefined,
    );
  });

  it('shows the issuer of a certificate that is not trusted, and how to trust it', async () => {
    await start({ tls: true });
    const report = await diagnose();
    const found = step(report, hostOf(hub.url), /^Secure/);
    assert.equal(found.outcome, 'failed');
    assert.match(textOf(found), /self-signed/);
    assert.match(
      textOf(found),
      /certificate of ASR test hub \(self-signed fixture\), issued by ASR test hub.*2099/,
    );
    assert.match(textOf(found), /install its certificate/);
  });

  it('shows the chain of one that is trusted', async () => {
    await start({ tls: true });
    const report = await diagnose({ network: { extraCertificates: [tlsFixture.certificate] } });
    const found = step(report, hostOf(hub.url), /^Secure/);
    assert.equal(found.outcome, 'ok');
    assert.match(textOf(found), /^TLSv1\.\d after \d+ ms\ncertificate of ASR test hub/);
    assert.equal(step(report, hostOf(hub.cdnUrl), /^Speed/).outcome, 'ok');
  });

  for (const [name, options, text] of [
    ['asks for a password', { credentials: { user: 'me', password: 'hush' } }, /407/],
    ['refuses', { refuseStatus: 502 }, /502/],
  ] as const) {
    it(`names a proxy that ${name}`, async () => {
      await start({ tls: true });
      proxy = await startTestProxy(options);
      const report = await diagnose({
        endpoint: 'https://hub.example',
        network: { proxyUrl: proxy.url },
      });
      assert.match(
        textOf(step(report, 'hub.example', /^Way out/)),
        new RegExp(`through the proxy ${hostOf(proxy.url)}`),
      );
      const found = step(report, 'hub.example', /^Secure/);
      assert.equal(found.outcome, 'failed');
      assert.match(textOf(found), text);
      assert.match(textOf(found), /Check the proxy in the settings/);
      assert.doesNotMatch(reportDocument(report, englishText), /hush/);
    });
  }

  it('says that the address of the proxy is none', async () => {
    await start();
    const found = step(
      await diagnose({
        endpoint: 'https://hub.example',
        network: { proxyUrl: 'http://u:p#s@h:1' },
      }),
      'hub.example',
      /^Way out/,
    );
    assert.equal(found.outcome, 'failed');
    assert.match(textOf(found), /Correct http\.proxy/);
  });

  it('goes through a proxy that works', async () => {
    await start();
    proxy = await startTestProxy({ hosts: { 'hub.example:80': hostOf(hub.url) } });
    const report = await diagnose({
      endpoint: 'http://hub.example',
      network: { proxyUrl: proxy.url },
    });
    assert.equal(step(report, 'hub.example', /^Answer/).outcome, 'ok');
  });

  it('knows a sign-in page', async () => {
    await start();
    hub.faults.add({ kind: 'htmlPage' }, { origin: 'hub' });
    const found = step(await diagnose(), hostOf(hub.url), /^Answer/);
    assert.equal(found.outcome, 'failed');
    assert.match(textOf(found), /open a browser and sign in/);
  });

  for (const [status, advice] of [
    [403, /A filter of the network may refuse it/],
    [429, /wait a few minutes/],
    [503, /set a mirror \(asr\.hub\.mirrors\)/],
  ] as const) {
    it(`says what to do about ${status}`, async () => {
      await start();
      hub.faults.add({ kind: 'status', status }, { origin: 'hub' });
      const found = step(await diagnose(), hostOf(hub.url), /^Answer/);
      assert.equal(found.outcome, 'failed');
      assert.match(textOf(found), advice);
    });
  }

  it('says that parts of files do not come', async () => {
    await start();
    hub.faults.add({ kind: 'ignoreRange' }, { origin: 'cdn' });
    const found = step(await diagnose(), hostOf(hub.cdnUrl), /^Parts/);
    assert.equal(found.outcome, 'failed');
    assert.match(textOf(found), /begin again after a break/);
  });

  it('is no failure of a hub that does not have the sample', async () => {
    await start({ repos: [] });
    const report = await diagnose();
    assert.match(textOf(step(report, hostOf(hub.url), /^Answer/)), /it does not have org\/public/);
    assert.match(reportDocument(report, englishText), /Everything that a download needs works/);
  });

  it('comes to its end where no server answers', async () => {
    await start();
    hub.faults.add({ kind: 'hang' });
    const report = await diagnose({ stepMs: 300 });
    assert.match(reportDocument(report, englishText), /did not answer in time/);
  });

  it('ends at once when it is cancelled', async () => {
    await start();
    hub.faults.add({ kind: 'hang' });
    const abort = new AbortController();
    const running = diagnose({ signal: abort.signal });
    await hub.waitFor(() => true);
    abort.abort();
    await assert.rejects(running, Cancelled);
  });
});

describe('the file that a connection is tried with', () => {
  it('is the smallest one of the configured hub that is large enough, and open to all', () => {
    const file = (path: string, sizeBytes: number) => ({
      path,
      role: 'model',
      required: true,
      sizeBytes,
    });
    const models = [
      { ...hubModel('small'), files: [file('small.bin', 1e6)] },
      { ...hubModel('large'), files: [file('large.bin', 9e7)] },
      { ...hubModel('right'), files: [file('right.bin', 4e7)] },
      { ...hubModel('gated'), gated: true, files: [file('gated.bin', 3.1e7)] },
    ];
    assert.equal(sampleOf(models).path, 'right.bin');
    assert.equal(sampleOf([]).repo, 'ggerganov/whisper.cpp');
  });
});
