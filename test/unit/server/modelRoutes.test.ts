import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chmod, chown, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import WebSocket from 'ws';
import { isObject, type JsonObject, parseJson } from '../../../src/common/json';
import { readAddress } from '../../../src/server';
import { nextEvent, startTestServer, type TestServer } from './testServer';

async function post(test: TestServer, route: string, body?: object): Promise<[number, unknown]> {
  const response = await test.call(route, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  return [response.status, await response.json()];
}

async function read(test: TestServer, route: string): Promise<unknown> {
  return await (await test.call(route)).json();
}

describe('the routes for models', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.close());

  it('tell, cancel and list as the people who asked for the project named them', async () => {
    assert.equal(await read(test, '/api/models/download/status'), null);
    assert.deepEqual(await post(test, '/api/models/download/cancel'), [200, { cancelled: false }]);
    assert.deepEqual(await read(test, '/api/models/downloaded'), []);

    const [status, record] = await post(test, '/api/models/download', { model: 'tiny' });
    assert.equal(status, 202);
    assert.ok(isObject(record));
    assert.equal(record['modelId'], 'tiny');
    const transfer = await test.world.transfer(0);
    const running = await read(test, '/api/models/download/status');
    assert.ok(isObject(running));
    assert.equal(running['downloadId'], record['downloadId']);
    assert.equal(running['status'], 'downloading');
    assert.deepEqual(await post(test, '/api/models/download/cancel', {}), [
      200,
      { cancelled: true },
    ]);
    assert.deepEqual(transfer.calls, ['cancel']);
    assert.equal(await read(test, '/api/models/download/status'), null);
  });

  it('pause and resume', async () => {
    await post(test, '/api/models/download', { model: 'tiny' });
    await test.world.transfer(0);
    assert.deepEqual(await post(test, '/api/models/download/pause'), [200, { paused: true }]);
    const [status, record] = await post(test, '/api/models/download/resume');
    assert.equal(status, 202);
    assert.ok(isObject(record) && record['modelId'] === 'tiny');
    await test.world.transfer(1);
    await post(test, '/api/models/download/cancel');
    assert.equal((await post(test, '/api/models/download/resume'))[0], 404);
  });

  it('show what is on offer, filtered, and one model with everything', async () => {
    const listed = await read(test, '/api/models?loadable=true&format=ggml');
    assert.ok(Array.isArray(listed));
    assert.deepEqual(listed[0], {
      id: 'tiny',
      name: 'Tiny',
      family: 'Family',
      format: 'ggml',
      licence: 'MIT',
      gated: false,
      languages: ['en'],
      translates: false,
      streaming: false,
      state: 'notDownloaded',
      loadable: true,
      sizeBytes: 1000,
    });
    assert.deepEqual(await read(test, '/api/models?format=nemo'), []);
    assert.deepEqual(await read(test, '/api/models?language=de'), []);
    const one = await read(test, '/api/models/tiny');
    assert.ok(isObject(one) && isObject(one['source']));
    assert.equal((await test.call('/api/models/none')).status, 404);
    assert.equal((await test.call('/api/models?loadable=maybe')).status, 400);
  });

  it('push the same by WebSocket and as a stream, beginning with the state', async () => {
    const { token, port } = test.server;
    const address = `ws://127.0.0.1:${String(port)}/api/events?token=${token}`;
    const idle = new WebSocket(address);
    assert.deepEqual(await message(idle), { type: 'idle' });
    await post(test, '/api/models/download', { model: 'tiny' });
    const { observer } = await test.world.transfer(0);
    observer.progress({
      phase: 'downloading',
      downloadedBytes: 250,
      totalBytes: 1000,
      filesDone: 0,
      files: [],
      connections: 1,
    });
    const pushed = await message(idle, (found) => found['downloaded'] === 250);
    assert.equal(pushed['percent'], 25);
    const joined = new WebSocket(address);
    const { type, downloaded, total, percent } = await message(joined);
    assert.deepEqual([type, downloaded, total, percent], ['download_progress', 250, 1000, 25]);
    const stream = await test.call('/api/events', { headers: { Accept: 'text/event-stream' } });
    const reader = stream.body?.getReader();
    const chunk = await reader?.read();
    assert.match(Buffer.from(chunk?.value ?? []).toString(), /^data: \{"type":"download_progress"/);
    await reader?.cancel();
    idle.terminate();
    joined.terminate();
  });
});

describe('the file of the address', () => {
  it('is for this user alone, and goes with the server', async () => {
    const test = await startTestServer((folder) => ({
      discoveryFiles: [path.join(folder, 'deep', 'server.json')],
    }));
    const file = path.join(test.folder, 'deep', 'server.json');
    const { url, port, token } = test.server;
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(path.dirname(file))).mode & 0o777, 0o700);
    const address = { url, port, token, pid: process.pid, version: '1.2.3' };
    assert.deepEqual(parseJson(await readFile(file, 'utf8')), address);
    await test.server.dispose();
    assert.deepEqual(await readdir(test.folder, { recursive: true }), ['deep']);
    await test.close();
  });

  it('replaces one whose server is gone, whatever its process number is used for now', async () => {
    const gone = {
      url: 'http://127.0.0.1:1',
      port: 1,
      token: 't'.repeat(20),
      pid: 1,
      version: '1',
    };
    const test = await startTestServer((folder) => {
      const file = path.join(folder, 'server.json');
      writeFileSync(file, JSON.stringify(gone));
      return { discoveryFiles: [file] };
    });
    assert.equal(
      (await readAddress(path.join(test.folder, 'server.json')))?.port,
      test.server.port,
    );
    await test.close();
  });

  it('is left as it is when another user owns it or it is a link', async function () {
    if (process.getuid?.() !== 0) this.skip(); // only root can give a file to another user
    const test = await startTestServer();
    const file = path.join(test.folder, 'server.json');
    const { url, port, token } = test.server;
    await writeFile(file, JSON.stringify({ url, port, token, pid: 1, version: '1' }));
    assert.equal((await readAddress(file))?.token, token);
    await symlink(file, `${file}.link`);
    assert.equal(await readAddress(`${file}.link`), undefined);
    await chown(file, 12_345, 12_345);
    assert.equal(await readAddress(file), undefined);
    await test.close();
  });

  it('can not be read by a process of another user', async function () {
    if (process.getuid?.() !== 0) this.skip(); // only root can start a process as another user
    const test = await startTestServer((folder) => ({
      discoveryFiles: [path.join(folder, 'server.json')],
    }));
    await chmod(test.folder, 0o755);
    const read = `require('node:fs').readFileSync(process.argv[1])`;
    const file = path.join(test.folder, 'server.json');
    const other = spawnSync(process.execPath, ['-e', read, file], { uid: 12_345, gid: 12_345 });
    assert.match(other.stderr.toString(), /EACCES/);
    await test.close();
  });
});

/** The next message, or the next that matches. */
async function message(
  socket: WebSocket,
  matches: (found: JsonObject) => boolean = () => true,
): Promise<JsonObject> {
  for (;;) {
    const data = await nextEvent(socket, 'message');
    const found = parseJson(String(data));
    assert.ok(isObject(found));
    if (matches(found)) return found;
  }
}
