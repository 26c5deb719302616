import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { directNetwork, type NetworkSettings } from '../../../src/http';
import { SocketOpener, systemCertificates } from '../../../src/http/openSocket';

import { startTestProxy, tlsFixture, type TestProxy } from '../../hub';
import { serve, type SmallServer } from './support';

describe('the certificates that this machine trusts', () => {
  let server: SmallServer;
  let proxy: TestProxy | undefined;
  let asked: number;
  beforeEach(async () => {
    asked = 0;
    server = await serve((_, response) => response.end(), true);
  });
  afterEach(async () => {
    await server.close();
    await proxy?.close();
    proxy = undefined;
  });

  async function connect(times: number, network: Partial<NetworkSettings>): Promise<void> {
    const certificatesOfMachine = (): string[] => {
      asked++;
      return [tlsFixture.certificate];
    };
    const opener = new SocketOpener({ ...directNetwork, ...network }, { certificatesOfMachine });
    for (let time = 0; time < times; time++) {
      const host = network.proxyUrl === undefined ? '127.0.0.1' : 'hub.example';
      (await opener.open(new URL(`https://${host}:${String(server.port)}/`))).destroy();
    }
  }

  it('are read when a certificate is refused, once, and let the connection through', async () => {
    await connect(3, { systemCertificates: true });
    assert.equal(asked, 1);
  });

  it('count through a proxy’s tunnel too', async () => {
    const name = `hub.example:${String(server.port)}`;
    proxy = await startTestProxy({ hosts: { [name]: `127.0.0.1:${String(server.port)}` } });
    await connect(1, { systemCertificates: true, proxyUrl: proxy.url });
    assert.equal(asked, 1);
    assert.equal(proxy.records.length, 2);
  });

  it('count for the proxy’s own certificate too', async () => {
    const name = `hub.example:${String(server.port)}`;
    proxy = await startTestProxy({
      tls: true,
      hosts: { [name]: `127.0.0.1:${String(server.port)}` },
    });
    await connect(1, { systemCertificates: true, proxyUrl: proxy.url });
    assert.equal(asked, 1);
  });

  it('are left alone when they are not needed or not wanted', async () => {
    await connect(1, { systemCertificates: true, extraCertificates: [tlsFixture.certificate] });
    await assert.rejects(connect(1, { systemCertificates: false }), {
      code: 'tls',
      message: /^The certificate of 127\.0\.0\.1:\d+ is not trusted \(self-signed\)\.$/,
    });
    assert.equal(asked, 0);
  });

  it('come from Node, or from the first file that is there', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-certificates-'));
    try {
      const node = { getCACertificates: (kind: string) => [`${kind} one`, `${kind} two`] };
      assert.deepEqual(systemCertificates(node), ['system one', 'system two']);
      const file = path.join(folder, 'bundle.crt');
      await writeFile(file, tlsFixture.certificate);
      const missing = path.join(folder, 'missing.crt');
      assert.deepEqual(systemCertificates({}, [missing, file]), [tlsFixture.certificate]);
      assert.deepEqual(systemCertificates({}, [missing]), []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('of the very machine that runs this can be read', () => {
    const found = systemCertificates();
    assert.ok(found.every((pem) => pem.includes('-----BEGIN')));
  });
});
