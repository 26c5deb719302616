import assert from 'node:assert/strict';
import { bulkReader, directNetwork } from '../../../src/http';
import { UndiciTransport } from '../../../src/http/undiciTransport';
import { RawTransport } from '../../../src/http/rawTransport';
import { serve } from './support';

const idle = new AbortController().signal;

/** A request for what lies there, and nothing special. */
const plain = (url: string) => ({ url, headers: {}, signal: idle, headTimeoutMs: 60_000 });

describe('memory that bulk bytes were read into', () => {
  it('is the caller’s alone once the read has ended: later bytes never land in it', async () => {
    let more: () => void = () => undefined;
    const server = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': '30' });
      const parts = ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc'];
      more = () => void response.write(parts.shift() ?? '');
      more();
    });
    const any = new UndiciTransport(directNetwork);
    const transport = new RawTransport(directNetwork, any);
    try {
      const response = await transport.request(plain(server.url));
      const reader = bulkReader(response);
      const first = Buffer.alloc(100);
      // Late from the first byte on: the read ends with the next arrival, long before the memory is full.
      assert.equal(await reader.fill(first, 0, () => false), 10);
      assert.equal(first.toString('latin1', 0, 10), 'aaaaaaaaaa');
      first.fill(0);
      const second = Buffer.alloc(20);
      const filled = reader.fill(second, 60_000, (bytes) => {
        if (bytes > 0) more();
        return false;
      });
      more();
      assert.equal(await filled, 20);
      assert.equal(second.toString('latin1'), 'bbbbbbbbbbcccccccccc');
      assert.ok(first.every((byte) => byte === 0));
      assert.equal(await reader.fill(Buffer.alloc(10), 0, () => false), 0);
    } finally {
      await transport.close();
      await any.close();
      await server.close();
    }
  });

  it('stops at the first arrival that is enough, and continues from there', async () => {
    for (const framing of ['length', 'chunks'] as const) {
      let more = (): void => undefined;
      const server = await serve((_, response) => {
        if (framing === 'length') response.writeHead(200, { 'Content-Length': '30' });
        response.write('a'.repeat(10));
        more = () => response.end('b'.repeat(20));
      });
      const any = new UndiciTransport(directNetwork);
      const transport = new RawTransport(directNetwork, any);
      try {
        const response = await transport.request(plain(server.url));
        const reader = bulkReader(response);
        const first = Buffer.alloc(30);
        assert.equal(await reader.fill(first, 60_000, (bytes) => bytes === 10), 10);
        more();
        assert.equal(await reader.fill(first, 60_000, () => false), 20);
        assert.equal(first.toString('latin1', 0, 20), 'b'.repeat(20));
      } finally {
        await transport.close();
        await any.close();
        await server.close();
      }
    }
  });

  it('is not needed twice: a connection is used again for the next request', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': '3' }).end('abc');
    });
    const any = new UndiciTransport(directNetwork);
    const transport = new RawTransport(directNetwork, any);
    try {
      for (let i = 0; i < 3; i++) {
        const response = await transport.request(plain(server.url));
        assert.equal(await bulkReader(response).fill(Buffer.alloc(8), 0, () => false), 3);
      }
      const ports = new Set(server.requests.map(({ socket }) => socket.remotePort));
      assert.equal(ports.size, 1);
    } finally {
      await transport.close();
      await any.close();
      await server.close();
    }
  });
});
