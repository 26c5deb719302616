import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import WebSocket from 'ws';
import { nextEvent, rawRequest, startTestServer, type TestServer } from './testServer';

describe('requests that the server refuses', () => {
  let test: TestServer;
  let authorised: Record<string, string>;

  before(async () => {
    test = await startTestServer({
      allowedOrigins: () => ['http://localhost:3000'],
      limits: { jsonBytes: 10_000, uploadBytes: 100_000 },
    });
    authorised = { Authorization: `Bearer ${test.server.token}` };
  });
  after(() => test.close());

  interface Attack {
    readonly what: string;
    readonly status: number;
    readonly path?: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Without the token. */
    readonly isStranger?: boolean;
    readonly body?: string;
  }
  const json = { 'Content-Type': 'application/json' };
  const downloaded = '/api/models/downloaded';
  const attacks: readonly Attack[] = [
    { what: 'a foreign Host', status: 421, headers: { Host: 'evil.example' } },
    {
      what: 'a Host that only begins right',
      status: 421,
      headers: { Host: '127.0.0.1.evil.example' },
    },
    {
      what: 'a rebound name with the right port',
      status: 421,
      headers: { Host: 'localhost.evil.example:80' },
    },
    {
      what: 'a rebound name at the open route',
      status: 421,
      path: '/api/status',
      headers: { Host: 'evil.example' },
      isStranger: true,
    },
    { what: 'a page of another origin', status: 403, headers: { Origin: 'https://evil.example' } },
    { what: 'a page of another port', status: 403, headers: { Origin: 'http://localhost:3001' } },
    {
      what: 'a page without an origin (sandboxed, file:)',
      status: 403,
      headers: { Origin: 'null' },
    },
    {
      what: 'a page at the open route',
      status: 403,
      path: '/api/status',
      headers: { Origin: 'https://evil.example' },
      isStranger: true,
    },
    {
      what: 'an image or script of a page',
      status: 403,
      path: '/api/status',
      headers: { 'Sec-Fetch-Site': 'cross-site' },
      isStranger: true,
    },
    { what: 'no token', status: 401, isStranger: true },
    { what: 'a wrong token', status: 401, headers: { Authorization: 'Bearer wrong' } },
    { what: 'an empty token', status: 401, headers: { Authorization: 'Bearer ' } },
    {
      what: 'the token in the query of another route',
      status: 401,
      path: `${downloaded}?token=TOKEN`,
      isStranger: true,
    },
    {
      what: 'a preflight of another origin',
      status: 403,
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
      isStranger: true,
    },
    {
      what: 'a form',
      status: 415,
      method: 'POST',
      path: '/api/models/download/cancel',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'a=b',
    },
    {
      what: 'JSON as plain text, which a page sends without asking',
      status: 415,
      method: 'POST',
      path: '/api/models/download',
      headers: { 'Content-Type': 'text/plain' },
      body: '{"model":"tiny"}',
    },
    {
      what: 'a body without a type',
      status: 415,
      method: 'POST',
      path: '/api/models/download',
      body: '{"model":"tiny"}',
    },
    {
      what: 'a recording as JSON',
      status: 415,
      method: 'POST',
      path: '/v1/audio/transcriptions',
      headers: json,
      body: '{}',
    },
    {
      what: 'JSON that is none',
      status: 400,
      method: 'POST',
      path: '/api/models/download',
      headers: json,
      body: '{',
    },
    {
      what: 'JSON of another shape',
      status: 400,
      method: 'POST',
      path: '/api/models/download',
      headers: json,
      body: '{"model":{"toString":1}}',
    },
    {
      what: 'a huge body',
      status: 413,
      method: 'POST',
      path: '/api/models/download',
      headers: json,
      body: JSON.stringify({ model: 'x'.repeat(20_000) }),
    },
    { what: 'a path with ..', status: 404, path: '/api/models/../status/../../etc/passwd' },
    {
      what: 'a path with encoded ..',
      status: 404,
      path: '/api/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    },
    { what: 'a broken encoding', status: 400, path: '/api/models/%zz' },
    { what: 'a path with a NUL', status: 404, path: '/api/models/a%00b' },
    {
      what: 'a target with a host of its own',
      status: 404,
      path: 'http://evil.example/api/status',
    },
    { what: 'a path that is known with another slash', status: 404, path: '//api/status' },
    { what: 'an unknown route', status: 404, path: '/metrics' },
    { what: 'another method', status: 405, method: 'DELETE', path: downloaded },
    { what: 'a method that is none', status: 405, method: 'PUT', path: downloaded },
    {
      what: 'a name of Object.prototype as a tool’s model',
      status: 404,
      path: '/api/models/__proto__',
    },
  ];
  for (const {
    what,
    status,
    path: target = downloaded,
    method = 'GET',
    headers = {},
    isStranger,
    body,
  } of attacks) {
    it(`${what}: ${String(status)}`, async () => {
      const answer = await rawRequest(test.server, {
        method,
        path: target.replace('TOKEN', test.server.token),
        headers: { ...(isStranger === true ? {} : authorised), ...headers },
        ...(body === undefined ? {} : { body }),
      });
      assert.equal(answer.status, status, answer.body);
      assert.match(answer.body, /^\{"error":\{"code":"[a-zA-Z]+","message":"[^"]/);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
      assert.ok(!answer.body.includes(test.server.token));
    });
  }

  it('a request without a Host: 421', async () => {
    const socket = connect(test.server.port, '127.0.0.1');
    socket.write('GET /api/status HTTP/1.0\r\n\r\n');
    const answer = await nextEvent(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 421 /);
    socket.destroy();
  });

  it('a WebSocket without a token, with a wrong one, of another origin or name', async () => {
    const { port, token } = test.server;
    const refused = async (
      query: string,
      options: WebSocket.ClientOptions,
      status: number,
    ): Promise<void> => {
      const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/api/events${query}`, options);
      const error = await nextEvent(socket, 'error');
      assert.match(String(error), new RegExp(`${String(status)}$`));
    };
    await refused('', {}, 401);
    await refused('?token=wrong', {}, 401);
    await refused(`?token=${token}`, { headers: { Origin: 'https://evil.example' } }, 403);
    await refused(`?token=${token}`, { headers: { Host: 'evil.example' } }, 421);
  });

  it('a WebSocket elsewhere', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${String(test.server.port)}/mcp`, {
      headers: authorised,
    });
    const error = await nextEvent(socket, 'error');
    assert.match(String(error), /404$/);
  });

  it('a huge upload, announced or not; nothing of it stays', async () => {
    const huge = Buffer.alloc(200_000);
    const form = (): FormData => {
      const data = new FormData();
      data.set('file', new Blob([huge]), 'a.wav');
      return data;
    };
    const announced = await test.call('/v1/audio/transcriptions', { method: 'POST', body: form() });
    assert.equal(announced.status, 413);
    const boundary = 'b';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`;
    const chunked = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(head));
        controller.enqueue(huge);
        controller.close();
      },
    });
    const init = {
      method: 'POST',
      body: chunked,
      duplex: 'half',
      headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    } as const;
    const unannounced = await test.call('/v1/audio/transcriptions', init);
    assert.equal(unannounced.status, 413);
    assert.deepEqual(await filesBelow(path.join(test.folder, 'uploads')), []);
  });

  it('five hundred connections: a client with the token still gets its answer', async () => {
    const sockets: Socket[] = [];
    let open = 0;
    for (let count = 0; count < 500; count += 1) {
      const socket = connect(test.server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => (open -= 1));
      socket.resume();
      await once(socket, 'connect');
      open += 1;
      sockets.push(socket);
    }
    const answer = await test.call(downloaded);
    assert.equal(answer.status, 200);
    // The last of the server's closings may still be on their way.
    while (open > 256)
      await nextEvent(sockets.find(({ closed }) => !closed) ?? assert.fail(), 'close');
    assert.ok(open <= 257, `${String(open)} are open`);
    for (const socket of sockets) socket.destroy();
  });
});

describe('requests that come too slowly', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer({ limits: { headersMs: 500, bodyIdleMs: 200 } });
  });
  after(() => test.close());

  it('a body: 408, and the connection ends', async () => {
    const socket = connect(test.server.port, '127.0.0.1');
    const lines = [
      'POST /api/models/download HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${test.server.token}`,
      'Content-Type: application/json',
      'Content-Length: 100',
      '',
      '{',
    ];
    socket.write(lines.join('\r\n'));
    assert.match(await allOf(socket), /^HTTP\/1\.1 408 .*Connection: close.*came too slowly/s);
  });

  it('headers that never end', async () => {
    const socket = connect(test.server.port, '127.0.0.1');
    socket.write('GET /api/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    assert.match(await allOf(socket), /^HTTP\/1\.1 408 /);
  });
});

describe('requests that the server lets in', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer({ allowedOrigins: () => ['http://localhost:3000'] });
  });
  after(() => test.close());

  for (const host of ['127.0.0.1', '::1']) {
    it(`a client at ${host}`, async () => {
      const answer = await rawRequest(test.server, { path: '/api/status', host });
      assert.deepEqual(JSON.parse(answer.body), { name: 'asr-model-manager', version: '1.2.3' });
    });
  }

  it('a page of an allowed origin, after its preflight', async () => {
    const origin = 'http://localhost:3000';
    const asked = await rawRequest(test.server, {
      method: 'OPTIONS',
      path: '/api/models',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'GET' },
    });
    assert.equal(asked.status, 204);
    assert.equal(asked.headers['access-control-allow-origin'], origin);
    const answer = await test.call('/api/models', { headers: { Origin: origin } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), origin);
  });

  it('listens on the loopback alone', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((cards) => cards ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4');
    if (outside === undefined) return;
    await assert.rejects(
      rawRequest(test.server, { path: '/api/status', host: outside.address }),
      /ECONNREFUSED/,
    );
  });
});

async function allOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  await nextEvent(socket, 'close');
  return text;
}

async function filesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const files: string[] = [];
  for (const name of names) {
    if ((await stat(path.join(folder, name))).isFile()) files.push(name);
  }
  return files;
}
