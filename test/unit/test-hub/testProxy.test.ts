import assert from 'node:assert/strict';
import { fetch, ProxyAgent, type RequestInit } from 'undici';
import { defined } from '../../../src/protocol/defined';
import { generatedContent, startTestHub, startTestProxy, tlsFixture } from '../../hub';

const content = generatedContent({ sizeBytes: 300_000, seed: 'proxy' });
const repos = [{ name: 'org/model', files: { 'model.bin': content, 'a.txt': 'a' } }];

async function asked(url: string, agent: ProxyAgent): Promise<number> {
  const init: RequestInit = { dispatcher: agent, redirect: 'manual' };
  try {
    return (await fetch(url, init)).status;
  } finally {
    await agent.close();
  }
}

describe('the test proxy', () => {
  it('tunnels to a host that only it knows, with credentials, and keeps a log', async () => {
    const hub = await startTestHub({ repos, tls: true });
    const proxy = await startTestProxy({
      credentials: { user: 'me', password: 'secret' },
      hosts: { 'hub.example:443': new URL(hub.url).host },
    });
    try {
      const agent = (token?: string): ProxyAgent =>
        new ProxyAgent({
          uri: proxy.url,
          requestTls: { ca: tlsFixture.certificate },
          ...defined({ token }),
        });
      const address = 'https://hub.example/org/model/resolve/main/model.bin';
      await assert.rejects(asked(address, agent()));
      const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
      assert.equal(await asked(address, agent(basic)), 302);
      assert.deepEqual(proxy.records, [
        { method: 'CONNECT', target: 'hub.example:443', status: 407, hadCredentials: false },
        { method: 'CONNECT', target: 'hub.example:443', status: 200, hadCredentials: true },
      ]);
    } finally {
      await proxy.close();
      await hub.close();
    }
  });

  it('forwards the absolute form, over a proxy that speaks https too', async () => {
    const hub = await startTestHub({ repos });
    for (const tls of [false, true]) {
      const proxy = await startTestProxy({
        tls,
        hosts: { 'hub.example:80': new URL(hub.url).host },
      });
      const { request } = tls ? await import('node:https') : await import('node:http');
      const { hostname, port } = new URL(proxy.url);
      const path = 'http://hub.example/api/models/org/model?expand=sha';
      try {
        const status = await new Promise<number | undefined>((resolve, reject) => {
          request(
            { hostname, port, path, ca: tlsFixture.certificate, agent: false },
            (response) => {
              response.resume();
              resolve(response.statusCode);
            },
          )
            .on('error', reject)
            .end();
        });
        assert.equal(status, 200);
        assert.equal(proxy.records[0]?.target, 'http://hub.example/api/models/org/model');
      } finally {
        await proxy.close();
      }
    }
    await hub.close();
  });

  it('presents an untrusted certificate', async () => {
    const hub = await startTestHub({ repos, tls: true });
    try {
      await assert.rejects(fetch(hub.url), (error: Error) => {
        assert.equal((error.cause as { code?: string }).code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
        return true;
      });
    } finally {
      await hub.close();
    }
  });
});
