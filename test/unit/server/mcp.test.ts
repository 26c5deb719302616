import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Cancelled } from '../../../src/common/asrError';
import { deferred } from '../../../src/common/deferred';
import { isObject, parseJson } from '../../../src/common/json';
import { fakeTranscriber, startTestServer, type TestServer } from './testServer';

async function connected({ server }: TestServer): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), {
    requestInit: { headers: { Authorization: `Bearer ${server.token}` } },
  });
  await client.connect(transport);
  return client;
}

/** The result of a call, read from its text. */
function valueOf(result: unknown): Record<string, unknown> {
  assert.ok(isObject(result) && Array.isArray(result['content']));
  const first: unknown = result['content'][0];
  assert.ok(isObject(first) && typeof first['text'] === 'string');
  const value = parseJson(first['text']);
  assert.ok(isObject(value));
  assert.deepEqual(result['structuredContent'], value);
  return value;
}

describe('the official MCP client', () => {
  let test: TestServer;
  let client: Client;
  const begun = deferred<undefined>();
  const aborted = deferred<undefined>();

  before(async () => {
    test = await startTestServer({
      transcriber: {
        ...fakeTranscriber,
        transcribe(order, onSegments, signal) {
          if (!order.path.endsWith('long.wav'))
            return fakeTranscriber.transcribe(order, onSegments, signal);
          begun.resolve(undefined);
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted.resolve(undefined);
              reject(new Cancelled());
            });
          });
        },
      },
    });
    client = await connected(test);
  });
  after(async () => {
    await client.close();
    await test.close();
  });

  it('lists the tools', async () => {
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      [
        'list_models',
        'search_models',
        'download_model',
        'download_status',
        'cancel_download',
        'transcribe_file',
      ],
    );
    for (const { description = '', inputSchema } of tools) {
      assert.ok(description.length > 20);
      assert.equal(inputSchema.type, 'object');
    }
    assert.equal(client.getServerVersion()?.name, 'asr-model-manager');
  });

  it('lists and searches models', async () => {
    const here = valueOf(await client.callTool({ name: 'list_models', arguments: {} }));
    assert.deepEqual(here, { models: [], total: 0 });
    const offered = { name: 'list_models', arguments: { downloaded: false, limit: 5 } };
    assert.equal(valueOf(await client.callTool(offered))['total'], 1);
    const search = { name: 'search_models', arguments: { query: 'tiny' } };
    assert.equal(valueOf(await client.callTool(search))['total'], 1);
  });

  it('downloads with progress, and cancels', async () => {
    const progress: unknown[] = [];
    const downloading = client.callTool(
      { name: 'download_model', arguments: { model: 'tiny' } },
      undefined,
      { onprogress: (figures) => progress.push(figures) },
    );
    const transfer = await test.world.transfer(0);
    const figures = { phase: 'downloading', totalBytes: 1000, filesDone: 0, files: [] } as const;
    transfer.observer.progress({ ...figures, downloadedBytes: 400, connections: 1 });
    const status = valueOf(await client.callTool({ name: 'download_status', arguments: {} }));
    assert.ok(Array.isArray(status['downloads']));
    const cancelled = await client.callTool({ name: 'cancel_download', arguments: {} });
    assert.deepEqual(valueOf(cancelled), { cancelled: true });
    const ended = await downloading;
    assert.equal(ended.isError, true);
    assert.ok(progress.some((each) => isObject(each) && each['progress'] === 400));
  });

  it('transcribes a recording, and nothing else', async () => {
    const recording = path.join(test.folder, 'talk.wav');
    await writeFile(recording, 'RIFF');
    const call = (file: string): ReturnType<Client['callTool']> =>
      client.callTool({ name: 'transcribe_file', arguments: { path: file } });
    assert.equal(valueOf(await call(recording))['text'], 'Hello model. And again.');
    const secret = path.join(test.folder, 'secret.txt');
    await writeFile(secret, 'secret');
    for (const file of ['/etc/passwd', secret, 'talk.wav', '//host/share/a.wav', test.folder]) {
      const refused = await call(file);
      assert.equal(refused.isError, true, file);
      assert.ok(!JSON.stringify(refused).includes('secret"'));
    }
  });

  it('cancels a call', async () => {
    const recording = path.join(test.folder, 'long.wav');
    await writeFile(recording, 'RIFF');
    const stopped = new AbortController();
    const call = client.callTool(
      { name: 'transcribe_file', arguments: { path: recording } },
      undefined,
      { signal: stopped.signal },
    );
    call.catch(() => undefined);
    await begun.promise;
    stopped.abort();
    await assert.rejects(call);
    await aborted.promise;
  });

  it('gets an error for wrong arguments and unknown tools', async () => {
    const wrong = await client.callTool({ name: 'download_model', arguments: { model: 5 } });
    assert.equal(wrong.isError, true);
    const extra = await client.callTool({ name: 'list_models', arguments: { constructor: 1 } });
    assert.equal(extra.isError, true);
    await assert.rejects(client.callTool({ name: 'rm', arguments: {} }), /no such tool/);
  });
});

describe('messages to /mcp that no client sends', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
  });
  after(() => test.close());

  async function send(body: string): Promise<[number, string]> {
    const headers = { 'Content-Type': 'application/json' };
    const response = await test.call('/mcp', { method: 'POST', body, headers });
    return [response.status, await response.text()];
  }

  for (const body of ['', '{', '[]', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', '{"id":1}', '1'])
    it(`${body || 'nothing'}: an error of JSON-RPC`, async () => {
      const [status, text] = await send(body);
      assert.equal(status, 400);
      assert.match(text, /"error":\{"code":-32/);
    });

  it('an unknown method, and a known one of Object.prototype', async () => {
    for (const method of ['resources/list', 'constructor']) {
      const [status, text] = await send(JSON.stringify({ jsonrpc: '2.0', id: 1, method }));
      assert.equal(status, 200);
      assert.match(text, /-32601/);
    }
  });

  it('a stream of its own, and the end of a session', async () => {
    assert.equal((await test.call('/mcp')).status, 405);
    assert.equal((await test.call('/mcp', { method: 'DELETE' })).status, 204);
  });
});
