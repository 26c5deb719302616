import assert from 'node:assert/strict';
import { directNetwork, readText, type NetworkSettings, type Transport } from '../../../src/http';

import { CompleteTransport, createSocketTransport } from '../../../src/http/sockets';
import { refusedUrl, startTestProxy, tlsFixture, type TestProxy } from '../../hub';
import { serve, type SmallServer } from './support';

const idle = new AbortController().signal;

async function ask(
  url: string,
  network: Partial<NetworkSettings>,
  create: (network: NetworkSettings) => Transport,
): Promise<string> {
  const transport = create({ ...directNetwork, ...network });
  try {
    const response = await transport.request({
      url,
      headers: {},
      signal: idle,
      headTimeoutMs: 60_000,
    });
    return await readText(response, 1000);
  } finally {
    await transport.close();
  }
}

const clients = {
  'the raw sockets': createSocketTransport,
  'the complete client': (network: NetworkSettings) => new CompleteTransport(network),
};

for (const [name, create] of Object.entries(clients)) {
  describe(`requests of ${name} through proxies and TLS`, () => {
    let server: SmallServer;
    let proxy: TestProxy | undefined;
    afterEach(async () => {
      await server.close();
      await proxy?.close();
      proxy = undefined;
    });

    for (const tls of [false, true]) {
      const scheme = tls ? 'https' : 'http';
      it(`reach a host that only the proxy knows (${scheme})`, async () => {
        server = await serve((_, response) => response.end('through'), tls);
        const name = `hub.example:${tls ? '443' : '80'}`;
        proxy = await startTestProxy({
          hosts: { [name]: `127.0.0.1:${String(server.port)}` },
          credentials: { user: 'me', password: 'p@ss' },
        });
        const proxyUrl = proxy.url.replace('://', '://me:p%40ss@');
        const extraCertificates = [tlsFixture.certificate];
        assert.equal(
          await ask(`${scheme}://hub.example/x`, { proxyUrl, extraCertificates }, create),
          'through',
        );
        assert.equal(proxy.records.length, 1);
        assert.equal(proxy.records[0]?.method, tls ? 'CONNECT' : 'GET');
      });
    }

    it('go through a proxy that speaks https', async () => {
      server = await serve((_, response) => response.end('through'), true);
      proxy = await startTestProxy({
        tls: true,
        hosts: { 'hub.example:443': `127.0.0.1:${String(server.port)}` },
      });
      const text = await ask(
        'https://hub.example/',
        { proxyUrl: proxy.url, extraCertificates: [tlsFixture.certificate] },
        create,
      );
      assert.equal(text, 'through');
    });

    it('take the header that the person configured', async () => {
      server = await serve((_, response) => response.end('through'), true);
      proxy = await startTestProxy({
        hosts: { 'hub.example:443': `127.0.0.1:${String(server.port)}` },
        credentials: { user: 'a', password: 'b' },
      });
      const network = {
        proxyUrl: proxy.url,
        proxyAuthorization: `Basic ${Buffer.from('a:b').toString('base64')}`,
        strictTls: false,
      };
      assert.equal(await ask('https://hub.example/', network, create), 'through');
    });

    it('name a 407, with and without a tunnel', async () => {
      server = await serve((_, response) => response.end('through'));
      proxy = await startTestProxy({ credentials: { user: 'a', password: 'b' } });
      for (const url of ['https://hub.example/', 'http://hub.example/']) {
        await assert.rejects(ask(url, { proxyUrl: proxy.url }, create), {
          code: 'proxy',
          message: /The proxy 127\.0\.0\.1:\d+ asks for a user name and password \(407\)/,
        });
      }
    });

    it('name a proxy that is not there, and one that refuses', async () => {
      server = await serve((_, response) => response.end('through'));
      await assert.rejects(ask('https://hub.example/', { proxyUrl: await refusedUrl() }, create), {
        code: 'proxy',
        message: /The proxy 127\.0\.0\.1:\d+ can’t be reached/,
      });
      proxy = await startTestProxy({ refuseStatus: 502 });
      await assert.rejects(ask('https://hub.example/', { proxyUrl: proxy.url }, create), {
        code: 'proxy',
        message: /refused the connection \(502\)/,
      });
    });

    it('leave the proxy out for the hosts that are exempt', async () => {
      server = await serve((_, response) => response.end('direct'));
      const network = { proxyUrl: await refusedUrl(), noProxy: ['127.0.0.0/8'] };
      assert.equal(await ask(server.url, network, create), 'direct');
    });

    it('name an untrusted certificate, and accept it when that is set', async () => {
      server = await serve((_, response) => response.end('secure'), true);
      await assert.rejects(ask(server.url, {}, create), {
        code: 'tls',
        message: /The certificate of 127\.0\.0\.1:\d+ is not trusted \(self-signed\)/,
      });
      assert.equal(
        await ask(server.url, { extraCertificates: [tlsFixture.certificate] }, create),
        'secure',
      );
      assert.equal(await ask(server.url, { strictTls: false }, create), 'secure');
    });

    it('name a certificate for another name', async () => {
      server = await serve((_, response) => response.end('secure'), true);
      const url = `https://127.0.0.2:${String(server.port)}/`;
      const failure = ask(url, { extraCertificates: [tlsFixture.certificate] }, create);
      // 127.0.0.2 reaches the server only where the whole network 127/8 is the loopback.
      await assert.rejects(failure, /issued for another name|refuses connections/);
    });

    it('name a proxy’s own certificate', async () => {
      server = await serve((_, response) => response.end('secure'), true);
      proxy = await startTestProxy({ tls: true });
      await assert.rejects(ask('https://hub.example/', { proxyUrl: proxy.url }, create), {
        code: 'tls',
        message: /The certificate of 127\.0\.0\.1:\d+ is not trusted/,
      });
    });
  });
}
