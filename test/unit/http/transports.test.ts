import assert from 'node:assert/strict';
import net, { type AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import {
  createFetchTransport,
  directNetwork,
  readText,
  serveTransport,
  type Transport,
} from '../../../src/http';
import { RawTransport } from '../../../src/http/rawTransport';
import { createPortTransport, createSocketTransport } from '../../../src/http/sockets';
import { UndiciTransport } from '../../../src/http/undiciTransport';
import { refusedUrl } from '../../hub';
import { serve, type SmallServer } from './support';

const idle = new AbortController().signal;

function throughPort(): Transport {
  const { port1, port2 } = new MessageChannel();
  const served = serveTransport(port1, createFetchTransport(fetch));
  const transport = createPortTransport(port2);
  return {
    request: (request) => transport.request(request),
    async close() {
      await transport.close();
      served.dispose();
    },
  };
}

const kinds: Record<string, () => Transport> = {
  'the fetch transport': () => createFetchTransport(fetch),
  'the undici transport': () => new UndiciTransport(directNetwork),
  'a transport through a port': throughPort,
  'the socket transport': () => createSocketTransport(directNetwork),
  'the raw transport': () => new RawTransport(directNetwork, new UndiciTransport(directNetwork)),
};

for (const [name, create] of Object.entries(kinds)) {
  describe(name, () => {
    let transport: Transport;
    let server: SmallServer;
    beforeEach(() => {
      transport = create();
    });
    afterEach(async () => {
      await transport.close();
      await server.close();
    });

    const get = (
      url: string,
      signal = idle,
      headTimeoutMs = 60_000,
    ): ReturnType<Transport['request']> =>
      transport.request({ url, headers: { 'x-mine': 'yes' }, signal, headTimeoutMs });

    it('gives the head and the body as they are, and asks for identity', async () => {
      server = await serve((_, response) => {
        response.writeHead(404, { 'X-One': ['a', 'b'], 'Content-Type': 'application/json' });
        response.end('{"a":"ü"}');
      });
      const response = await get(server.url);
      assert.equal(response.status, 404);
      assert.equal(response.headers['x-one'], 'a, b');
      assert.equal(await readText(response, 100), '{"a":"ü"}');
      assert.equal(server.requests.at(0)?.headers['accept-encoding'], 'identity');
      assert.equal(server.requests.at(0)?.headers['x-mine'], 'yes');
    });

    it('does not follow a redirect', async () => {
      server = await serve((_, response) => {
        response.writeHead(302, { Location: '/else' }).end();
      });
      const response = await get(server.url);
      assert.equal(response.status, 302);
      assert.equal(response.headers['location'], '/else');
      assert.equal(await readText(response, 10), '');
      assert.equal(server.requests.length, 1);
    });

    it('moves a large body unchanged', async () => {
      const body = Buffer.alloc(3_000_000, 'abcdefg');
      server = await serve((_, response) => response.end(body));
      const response = await get(server.url);
      const parts: Uint8Array[] = [];
      for await (const part of response.body) parts.push(part);
      assert.ok(Buffer.concat(parts).equals(body));
    });

    it('sends a body', async () => {
      server = await serve((request, response) => request.pipe(response));
      const response = await transport.request({
        url: server.url,
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: 'question',
        signal: idle,
        headTimeoutMs: 60_000,
      });
      assert.equal(await readText(response, 100), 'question');
    });

    it('rejects with "stalled" when the head takes too long', async () => {
      server = await serve(() => undefined);
      await assert.rejects(get(server.url, idle, 50), (error: unknown) => {
        assert.ok(error instanceof AsrError);
        assert.equal(error.code, 'stalled');
        // Only sockets of our own know that the request has left.
        const isOwn = name === 'the socket transport' || name === 'the raw transport';
        const verb = isOwn ? 'took the request but did not' : 'did not';
        assert.match(
          error.message,
          new RegExp(`^127\\.0\\.0\\.1:\\d+ ${verb} answer within 0\\.05 s`),
        );
        return true;
      });
    });

    it('rejects with "Cancelled" before the head and in the body', async () => {
      server = await serve((request, response) => {
        if (request.url !== '/body') return;
        response.writeHead(200);
        response.write('first');
      });
      const early = new AbortController();
      const waiting = get(server.url, early.signal);
      early.abort();
      await assert.rejects(waiting, Cancelled);
      const late = new AbortController();
      const response = await get(`${server.url}/body`, late.signal);
      await assert.rejects(async () => {
        for await (const part of response.body) {
          assert.ok(part.byteLength > 0);
          late.abort();
        }
      }, Cancelled);
    });

    it('closes the socket of a discarded answer', async () => {
      const closed = new Promise<void>((resolve) => {
        void serve((request, response) => {
          request.socket.once('close', () => resolve());
          response.write('first');
        }).then((started) => {
          server = started;
          return get(server.url).then((response) => {
            response.discard();
            response.discard();
          });
        });
      });
      await closed;
    });

    it('names a connection that breaks in the body', async () => {
      server = await serve((request, response) => {
        response.writeHead(200, { 'Content-Length': '1000' });
        response.write('first', () => request.socket.destroy());
      });
      const response = await get(server.url);
      await assert.rejects(readText(response, 2000), (error: unknown) => {
        assert.ok(error instanceof AsrError, String(error));
        assert.equal(error.code, 'network');
        assert.match(error.message, /The connection to 127\.0\.0\.1:\d+ was broken off/);
        return true;
      });
    });

    it('names a refused connection and an unknown host', async () => {
      server = await serve(() => undefined);
      await assert.rejects(get(await refusedUrl()), {
        code: 'network',
        message: /refuses connections/,
      });
      await assert.rejects(get('http://hub.invalid/'), {
        code: 'network',
        message: /hub\.invalid can’t be found/,
      });
    });

    it('names an answer that is not HTTP', async () => {
      server = await serve(() => undefined);
      const raw = net.createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
      await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
      const { port } = raw.address() as AddressInfo;
      await assert.rejects(get(`http://127.0.0.1:${String(port)}/`), { code: 'network' });
      raw.close();
    });

    it('refuses a body that is longer than wanted', async () => {
      server = await serve((_, response) => response.end('x'.repeat(100_000)));
      await assert.rejects(readText(await get(server.url), 1000), { code: 'unsupported' });
    });
  });
}
