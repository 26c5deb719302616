import assert from 'node:assert/strict';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import { localized } from '../../../src/common/localizedMessage';
import { silentLogger } from '../../../src/common/logger';
import { directNetwork, type Transport, type TransportResponse } from '../../../src/http';
import { ConnectFailure, transportFailure } from '../../../src/http/failure';
import { createFallbackTransport } from '../../../src/http/fallbackTransport';
import { bypassesProxy, proxyFor } from '../../../src/http/proxyRule';
import { redirectTarget } from '../../../src/http/request';
import { backoffMs, serverWaitMs } from '../../../src/http/retry';
import { hostOf, isLoopback, isSecure, mayCarry } from '../../../src/http/origin';

describe('the proxy rule', () => {
  const exempt = (url: string, ...patterns: string[]): boolean =>
    bypassesProxy(new URL(url), patterns);

  it('knows names, subdomains, wildcards, ports and ranges', () => {
    assert.ok(exempt('https://hub.example/', 'hub.example'));
    assert.ok(exempt('https://a.hub.example/', 'hub.example'));
    assert.ok(exempt('https://a.hub.example/', '.hub.example'));
    assert.ok(exempt('https://a.hub.example/', '*.hub.example'));
    assert.ok(!exempt('https://ahub.example/', 'hub.example'));
    assert.ok(exempt('https://x.org/', '*'));
    assert.ok(exempt('https://x.org:8443/', 'x.org:8443'));
    assert.ok(!exempt('https://x.org/', 'x.org:8443'));
    assert.ok(exempt('https://x.org/', 'x.org:443'));
    assert.ok(exempt('http://10.1.2.3/', '10.0.0.0/8'));
    assert.ok(!exempt('http://11.1.2.3/', '10.0.0.0/8'));
    assert.ok(exempt('http://[::1]:80/', '[::1]'));
    assert.ok(exempt('https://x.org/', 'a.org, x.org'));
    assert.ok(!exempt('https://x.org/', '', ' '));
  });

  it('separates the credentials from the address', () => {
    const proxy = proxyFor(new URL('https://hub.example/'), {
      ...directNetwork,
      proxyUrl: 'http://me:p%40ss@proxy.example:3128',
    });
    assert.equal(proxy?.url.href, 'http://proxy.example:3128/');
    assert.equal(proxy.authorization, `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    assert.equal(proxy.host, 'proxy.example:3128');
  });

  it('takes an address without a scheme, and none for what can not be read', () => {
    const to = (proxyUrl: string): string | undefined =>
      proxyFor(new URL('https://hub.example/'), { ...directNetwork, proxyUrl })?.url.href;
    assert.equal(to('proxy.example:3128'), 'http://proxy.example:3128/');
    assert.equal(to('http://'), undefined);
    assert.equal(to(''), undefined);
  });

  it('keeps this machine’s own addresses away from a proxy elsewhere', () => {
    const network = { ...directNetwork, proxyUrl: 'http://proxy.example:3128' };
    assert.equal(proxyFor(new URL('http://127.0.0.1:4000/'), network), undefined);
    assert.ok(isLoopback('localhost') && isLoopback('[::1]') && !isLoopback('example.org'));
  });
});

describe('the redirect rule', () => {
  const to = (first: string, from: string, location?: string): string => {
    const target = redirectTarget(new URL(first), new URL(from), location);
    return typeof target === 'string' ? target : target.href;
  };
  const secure = 'https://hub.example/a';
  const plain = 'http://mirror.example/a';

  it('follows addresses of http and https, absolute and relative', () => {
    assert.equal(to(secure, secure, '/b'), 'https://hub.example/b');
    assert.equal(to(plain, plain, 'https://cdn.example/b'), 'https://cdn.example/b');
    for (const location of [undefined, 'http://', 'ftp://hub.example/b', 'file:///etc/passwd']) {
      assert.equal(to(secure, secure, location), 'unusable');
    }
  });

  it('never gives up encryption, except to this machine', () => {
    assert.equal(to(secure, secure, plain), 'insecure');
    assert.equal(to(plain, secure, plain), 'insecure');
    assert.equal(to(secure, 'http://127.0.0.1/a', plain), 'insecure');
    assert.equal(to(secure, secure, 'http://127.models.invalid/'), 'insecure');
    assert.equal(to(secure, secure, 'http://127.0.0.1:8080/'), 'http://127.0.0.1:8080/');
    assert.equal(to(plain, plain, 'http://other.example/'), 'http://other.example/');
  });

  it('lets a token go to its own origin only, and never in the clear', () => {
    const carries = (origin: string, url: string): boolean =>
      mayCarry({ token: 't', origin }, new URL(url));
    assert.ok(carries('https://hub.example', secure));
    assert.ok(carries('http://localhost:1', 'http://localhost:1/a'));
    assert.ok(!carries('https://hub.example', 'https://cdn.example/a'));
    assert.ok(!carries('http://mirror.example', plain));
    assert.ok(!mayCarry(undefined, new URL(secure)));
    assert.ok(isSecure(new URL('http://[::1]/')) && !isSecure(new URL(plain)));
  });
});

describe('the waits between tries', () => {
  it('double up to a limit, a random quarter less', () => {
    const backoff = { baseMs: 1000, maxMs: 8000 };
    const waits = [1, 2, 3, 4, 5, 1000].map((attempt) => backoffMs(attempt, backoff));
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 8000, 8000]);
    assert.equal(backoffMs(1, backoff, 0.5), 875);
  });

  it('are the longer of what the headers ask for', () => {
    const nowMs = Date.UTC(2026, 0, 1);
    assert.equal(serverWaitMs({ 'retry-after': '55' }, nowMs), 55_000);
    assert.equal(serverWaitMs({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, nowMs), 60_000);
    assert.equal(serverWaitMs({ 'retry-after': '5', ratelimit: '"api";r=0;t=30' }, nowMs), 30_000);
    assert.equal(serverWaitMs({ ratelimit: '"api";r=12;t=30' }, nowMs), undefined);
  });
});

describe('the names of failures', () => {
  const failure = (code: string, wrapped = true): AsrError => {
    const cause = Object.assign(new Error(code), { code });
    return transportFailure(
      wrapped ? new TypeError('fetch failed', { cause }) : cause,
      'hub.example',
    );
  };

  it('come from the chain of causes', () => {
    assert.equal(failure('ENOTFOUND').code, 'network');
    assert.match(failure('CERT_HAS_EXPIRED').message, /certificate of hub\.example has expired/);
    assert.match(failure('SELF_SIGNED_CERT_IN_CHAIN').message, /self-signed/);
    assert.match(failure('UNABLE_TO_GET_ISSUER_CERT_LOCALLY').message, /unknown issuer/);
    assert.match(failure('ERR_TLS_CERT_ALTNAME_INVALID', false).message, /another name/);
    assert.equal(failure('ERR_SSL_WRONG_VERSION_NUMBER').code, 'tls');
    assert.equal(failure('HPE_INVALID_CONSTANT').code, 'network');
    assert.equal(failure('EWHATEVER').code, 'network');
  });

  it('come from every address that was tried, and from Chromium’s words', () => {
    const refused = Object.assign(new Error('a'), { code: 'ECONNREFUSED' });
    assert.match(transportFailure(new AggregateError([refused]), 'h').message, /refuses/);
    assert.equal(
      transportFailure(new Error('net::ERR_PROXY_CONNECTION_FAILED'), 'h').code,
      'proxy',
    );
    assert.equal(transportFailure(new Error('net::ERR_CERT_AUTHORITY_INVALID'), 'h').code, 'tls');
    assert.match(
      transportFailure(new Error('Proxy response (407) !== 200 when HTTP Tunneling'), 'h').message,
      /407/,
    );
  });

  it('never show a query', () => {
    assert.equal(hostOf('https://cdn.example:8443/a?Signature=secret'), 'cdn.example:8443');
    assert.equal(hostOf('nonsense?secret'), 'nonsense');
  });
});

describe('the way out through the editor', () => {
  const answer = (status = 200): TransportResponse => ({
    status,
    headers: {},
    body: {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: true, value: undefined }),
      }),
    },
    discard: () => undefined,
  });
  const request = {
    url: 'https://hub.example/a',
    headers: {},
    signal: new AbortController().signal,
    headTimeoutMs: 1000,
  };
  const blocked = new ConnectFailure(new AsrError('network', localized('blocked')));

  function counted(act: () => TransportResponse): Transport & { calls: number } {
    const transport = {
      calls: 0,
      async request(): Promise<TransportResponse> {
        transport.calls++;
        return Promise.resolve().then(act);
      },
      close: () => Promise.resolve(),
    };
    return transport;
  }

  const failing =
    (error: Error): (() => TransportResponse) =>
    () => {
      throw error;
    };

  it('is taken, and kept, where sockets of our own can’t connect', async () => {
    const own = counted(failing(blocked));
    const editor = counted(() => answer());
    const lines: string[] = [];
    const logger = { ...silentLogger, info: (line: string) => void lines.push(line) };
    const transport = createFallbackTransport(own, editor, logger);
    await transport.request(request);
    await transport.request(request);
    assert.deepEqual([own.calls, editor.calls], [1, 2]);
    assert.match(lines.join(), /hub\.example is reached through the editor's own fetch/);
  });

  it('is not taken for other failures, nor once our own sockets have connected', async () => {
    for (const error of [new Cancelled(), new AsrError('network', localized('reset'))]) {
      const editor = counted(() => answer());
      const transport = createFallbackTransport(counted(failing(error)), editor, silentLogger);
      await assert.rejects(transport.request(request), error);
      assert.equal(editor.calls, 0);
    }
    let works = true;
    const own = counted(() => {
      if (works) return answer();
      throw blocked;
    });
    const editor = counted(() => answer());
    const transport = createFallbackTransport(own, editor, silentLogger);
    await transport.request(request);
    works = false;
    await assert.rejects(transport.request(request), blocked);
    assert.equal(editor.calls, 0);
  });

  it('tells the first failure when it does not help either', async () => {
    const own = counted(failing(blocked));
    for (const editor of [counted(failing(new Error('no'))), counted(() => answer(407))]) {
      const transport = createFallbackTransport(own, editor, silentLogger);
      await assert.rejects(transport.request(request), blocked);
    }
  });
});
