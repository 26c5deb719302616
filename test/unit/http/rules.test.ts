import assert from 'node:assert/strict';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import { localized } from '../../../src/common/localizedMessage';
import { silentLogger } from '../../../src/common/logger';
import { directNetwork, type Transport, type TransportResponse } from '../../../src/http';
import { ConnectFailure, transportFailure } from '../../../src/http/failure';
import { createFallbackTransport } from '../../../src/http/fallbackTransport';
import { bypassesProxy, proxyFor } from '../../../src/http/proxyRule';
import { redirectTarget } from '../../../src/http/request';
import { backoffMs, isTemporary, serverWaitMs } from '../../../src/http/retry';
import { ManualClock } from '../download/support/manualClock';
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

  const patterns: readonly [pattern: string, exempt: string, other: string][] = [
    ['2001:db8::/32', 'https://[2001:db8:1::5]/', 'https://[2001:db9::5]/'],
    ['[2001:DB8::]/32', 'https://[2001:db8:1::5]/', 'https://[2001:db9::5]/'],
    ['[2001:db8::5]:8443', 'https://[2001:db8::5]:8443/', 'https://[2001:db8::5]/'],
    ['2001:0db8:0:0::5', 'https://[2001:db8::5]/', 'https://[2001:db8::6]/'],
    ['fe80::/10', 'http://[fe80::1]/', 'http://[::1]/'],
    ['<local>', 'http://build-server:8080/', 'https://build.example/'],
    ['10.*', 'http://10.1.2.3/', 'http://11.10.1.2/'],
    ['192.168.*.7', 'http://192.168.3.7/', 'http://192.168.3.8/'],
    ['hub.*', 'https://hub.corp/', 'https://myhub.corp/'],
    ['*corp.example', 'https://thecorp.example/', 'https://corp.example.org/'],
    ['hub.example.', 'https://hub.example/', 'https://hub.example.org/'],
    ['hub.example', 'https://hub.example./', 'https://example/'],
    ['https://hub.example', 'https://hub.example/', 'http://hub.example/'],
    ['a.org;b.org', 'https://b.org/', 'https://c.org/'],
    ['HUB.Example', 'https://hub.example/', 'https://other.example/'],
  ];
  for (const [pattern, inside, outside] of patterns) {
    it(`knows ${pattern}`, () => {
      assert.ok(exempt(inside, pattern), inside);
      assert.ok(!exempt(outside, pattern), outside);
    });
  }

  it('takes no pattern for more than it says', () => {
    for (const pattern of [
      '10.0.0.0/33',
      '10.0.0.0/x',
      '2001:db8::/129',
      '/8',
      '[',
      '<-loopback>',
    ]) {
      assert.ok(!exempt('http://10.0.0.1/', pattern), pattern);
    }
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

  const throughProxy = (proxyUrl: string): string | undefined =>
    proxyFor(new URL('https://hub.example/'), { ...directNetwork, proxyUrl })?.url.href;

  it('takes an address without a scheme', () => {
    assert.equal(throughProxy('proxy.example:3128'), 'http://proxy.example:3128/');
    assert.equal(throughProxy(''), undefined);
    assert.equal(throughProxy('  '), undefined);
  });

  for (const proxyUrl of [
    'http://',
    'http://u:p#s@h:1',
    'http://proxy:port',
    'http://a b:1',
    '://x',
  ]) {
    it(`never connects directly because ${proxyUrl} can’t be read`, () => {
      assert.throws(() => throughProxy(proxyUrl), {
        code: 'proxy',
        message:
          /^The address of the proxy in the settings can’t be read\. Write it as http:\/\/host:port/,
      });
    });
  }

  for (const scheme of ['socks5', 'socks', 'direct', 'pac+http', 'ftp']) {
    it(`says that ${scheme}:// is not supported`, () => {
      assert.throws(
        () => throughProxy(`${scheme}://me:secret@proxy.example:1080`),
        (error: unknown) => {
          assert.ok(error instanceof ConnectFailure);
          assert.equal(error.code, 'proxy');
          assert.ok(error.message.includes(`of the kind ${scheme}://, which is not supported`));
          assert.ok(!error.message.includes('secret'));
          return true;
        },
      );
    });
  }

  it('keeps this machine’s own addresses away from a proxy elsewhere', () => {
    const network = { ...directNetwork, proxyUrl: 'http://proxy.example:3128' };
    assert.equal(proxyFor(new URL('http://127.0.0.1:4000/'), network), undefined);
    assert.ok(isLoopback('localhost') && isLoopback('[::1]') && !isLoopback('example.org'));
  });
});

describe('the redirect rule', () => {
  const to = (first: string, from: string, location?: string): string => {
    const target = redirectTarget(new URL(first), new URL(from), location);
    return target instanceof URL ? target.href : `${target.code}: ${target.message}`;
  };
  const secure = 'https://hub.example/a';
  const plain = 'http://mirror.example/a';

  it('follows addresses of http and https, absolute and relative', () => {
    assert.equal(to(secure, secure, '/b'), 'https://hub.example/b');
    assert.equal(to(plain, plain, 'https://cdn.example/b'), 'https://cdn.example/b');
    assert.equal(to(secure, secure, ' /b?c=1#d '), 'https://hub.example/b?c=1');
  });

  it('says what is wrong with any other', () => {
    const cases: readonly (readonly [string | undefined, string])[] = [
      [undefined, 'redirects without saying where to.'],
      ['', 'redirects without saying where to.'],
      ['  ', 'redirects without saying where to.'],
      ['http://', 'redirects to an address that can’t be read.'],
      ['https://a b/', 'redirects to an address that can’t be read.'],
      ['ftp://hub.example/b', 'redirects to an address that is not of the web (ftp:).'],
      ['file:///etc/passwd', 'redirects to an address that is not of the web (file:).'],
      ['data:text/plain,x', 'redirects to an address that is not of the web (data:).'],
      ['mailto:a@b.example', 'redirects to an address that is not of the web (mailto:).'],
      ['https://a.example/1, https://b.example/1', 'redirects to several addresses at once.'],
    ];
    for (const [location, text] of cases) {
      assert.equal(to(secure, secure, location), `unsupported: hub.example ${text}`);
    }
  });

  it('takes raw UTF-8 as it was meant, in the path and in the name of the host', () => {
    const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
    for (const path of ['/modèle/größe.bin', '/模型.bin', '/á.bin']) {
      const meant = new URL(path, secure).href;
      assert.equal(to(secure, secure, bytes(path)), meant);
      // A client that has decoded the header already.
      assert.equal(to(secure, secure, path), meant);
      assert.equal(to(secure, secure, encodeURI(path)), meant);
    }
    assert.equal(
      to(secure, secure, bytes('https://bücher.example/a')),
      'https://xn--bcher-kva.example/a',
    );
    assert.equal(
      to(secure, secure, bytes('https://例え.テスト/a')),
      'https://xn--r8jz45g.xn--zckzah/a',
    );
    assert.equal(to(secure, secure, '/caf\xe9'), 'https://hub.example/caf%C3%A9');
  });

  it('counts equal headers once, and keeps a comma that belongs to the address', () => {
    const cdn = 'https://cdn.example/a,b?x=1, 2';
    assert.equal(to(secure, secure, cdn), new URL(cdn).href);
    assert.equal(
      to(secure, secure, 'https://cdn.example/a, https://cdn.example/a'),
      'https://cdn.example/a',
    );
    assert.equal(to(secure, secure, '/a, /a, /a'), 'https://hub.example/a');
  });

  it('takes no credentials from an address', () =>
    assert.equal(to(secure, secure, 'https://me:hush@cdn.example/a'), 'https://cdn.example/a'));

  it('leads where another client leads for the same header', () => {
    for (const location of [
      '//cdn.example/x',
      '?y',
      '../z',
      'https:\\\\cdn.example\\w',
      'HTTPS://CDN.example/%7Ea',
    ]) {
      assert.equal(
        to(secure, 'https://hub.example/p/q', location),
        new URL(location, 'https://hub.example/p/q').href,
      );
    }
  });

  it('never gives up encryption, except to this machine', () => {
    const insecure = 'tls: hub.example redirects to an address without encryption.';
    assert.equal(to(secure, secure, plain), insecure);
    assert.equal(to(plain, secure, plain), insecure);
    assert.match(to(secure, 'http://127.0.0.1/a', plain), /without encryption/);
    assert.equal(to(secure, secure, 'http://127.models.invalid/'), insecure);
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

describe('a wait that a server asks for in an odd way', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const year = 366 * 24 * 3600 * 1000;
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['0', 0],
    ['1.5', 1500],
    ['1s', 1000],
    ['2 S', 2000],
    ['99999999999', year],
    [String(2 ** 31), year],
    ['-5', undefined],
    ['', undefined],
    [' ', undefined],
    ['soon', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['NaN', undefined],
    ['2027', 2_027_000],
    ['5, 5', 5000],
    ['5, 120', 120_000],
    ['Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
    ['Thursday, 01-Jan-26 00:00:10 GMT', 10_000],
    ['Thu Jan  1 00:00:10 2026', 10_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['Thu, 01 Jan 9999 00:00:00 GMT', year],
    ['Thu, 99 Jan 2026', undefined],
  ];
  for (const [value, expected] of cases) {
    it(`“${value}” means ${String(expected)} ms`, () =>
      assert.equal(serverWaitMs({ 'retry-after': value }, nowMs), expected));
  }

  it('of a RateLimit is bounded as well', () =>
    assert.equal(serverWaitMs({ ratelimit: '"api";r=0;t=99999999999' }, nowMs), year));
});

describe('transient statuses', () => {
  it('are problems of the server’s own and of what stands before it', () => {
    for (const status of [
      408, 421, 425, 500, 501, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 525, 526, 527, 530,
      599,
    ]) {
      assert.ok(isTemporary(status), String(status));
    }
    for (const status of [200, 206, 304, 400, 401, 403, 404, 407, 410, 416, 429, 451, 511]) {
      assert.ok(!isTemporary(status), String(status));
    }
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

describe('the fallback to the editor’s own fetch', () => {
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

  /** A transport whose own sockets follow a script, on a clock that is moved by hand. */
  function stage(act: (call: number) => TransportResponse) {
    const own: Transport & { calls: number } = counted(() => act(own.calls));
    const editor = counted(() => answer());
    const lines: string[] = [];
    const logger = { ...silentLogger, info: (line: string) => void lines.push(line) };
    const clock = new ManualClock();
    const transport = createFallbackTransport(own, editor, logger, clock);
    const ask = async (): Promise<void> => {
      const asked = transport.request(request);
      asked.catch(() => undefined);
      await clock.advance(1000);
      await asked;
    };
    return { own, editor, lines, clock, ask };
  }

  it('is taken where sockets of our own can’t connect twice, and kept for a while', async () => {
    const { own, editor, lines, ask } = stage(failing(blocked));
    await ask();
    await ask();
    assert.deepEqual([own.calls, editor.calls], [2, 2]);
    assert.match(lines.join(), /hub\.example is reached through the editor's own fetch/);
  });

  it('is not taken for one refused connection', async () => {
    const { own, editor, ask } = stage((call) => (call === 1 ? failing(blocked)() : answer()));
    await ask();
    await ask();
    assert.deepEqual([own.calls, editor.calls], [3, 0]);
  });

  it('is left again when our own sockets connect, which are tried in parallel ever more rarely', async () => {
    let isOpen = false;
    const { own, editor, lines, clock, ask } = stage(() =>
      isOpen ? answer() : failing(blocked)(),
    );
    for (let second = 0; second < 300; second++) await ask();
    assert.equal(editor.calls, 300);
    assert.ok(own.calls > 3 && own.calls <= 8, String(own.calls));
    isOpen = true;
    await clock.advance(600_000);
    await ask();
    const before = editor.calls;
    await ask();
    assert.equal(editor.calls, before);
    assert.match(lines.join(), /hub\.example is reached with sockets of our own again/);
  });

  it('is tried at once for what stays as it is: a proxy that wants a password', async () => {
    const error = new ConnectFailure(new AsrError('proxy', localized('407')));
    const { own, editor, ask } = stage(failing(error));
    await ask();
    assert.deepEqual([own.calls, editor.calls], [1, 1]);
  });

  it('is taken for an origin that was reached only when nothing connects for ten seconds', async () => {
    const { own, editor, ask } = stage((call) => (call === 1 ? answer() : failing(blocked)()));
    await ask();
    for (let second = 0; second < 10; second++) await assert.rejects(ask(), blocked);
    await ask();
    assert.deepEqual([own.calls, editor.calls], [12, 1]);
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
