import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import WebSocket from 'ws';
import { isObject, parseJson } from '../../src/common/json';
import type { AsrModelApi } from '../../src/vscode/api';
import type { TestHub } from '../hub';
import { Dialogs } from './dialogs';
import { activateApi, setEndpoint, startConfiguredHub, whisperId } from './hubFixture';

const run = promisify(execFile);

const homeFile = path.join(homedir(), '.asr-models', 'server.json');

async function set(key: string, value: unknown): Promise<void> {
  await vscode.workspace
    .getConfiguration('asr')
    .update(key, value, vscode.ConfigurationTarget.Global);
}

describe('the server for other programs, in a real extension host', function () {
  this.timeout(240_000);
  let api: AsrModelApi;
  let hub: TestHub;
  let dialogs: Dialogs;
  let url: string;
  let token: string;

  before(async () => {
    api = await activateApi();
    hub = await startConfiguredHub();
    await api.clearCache();
    dialogs = new Dialogs();
    await set('server.enabled', true);
    dialogs.answer(/^Copied http/, 'Copy Token');
    await vscode.commands.executeCommand('asr.copyServerAddress');
    [url = '', token = ''] = dialogs.copied;
  });
  after(async () => {
    await set('server.enabled', undefined);
    dialogs.dispose();
    await api.unloadModel();
    await set('model', undefined);
    await api.clearCache();
    await hub.close();
    await setEndpoint(undefined);
  });

  async function call(route: string, init: RequestInit = {}): Promise<unknown> {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${token}`);
    const response = await fetch(url + route, { ...init, headers });
    return await response.json();
  }

  it('is found by its file, which is for this user alone', async () => {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const found = parseJson(await readFile(homeFile, 'utf8'));
    assert.ok(isObject(found));
    assert.deepEqual([found['url'], found['token']], [url, token]);
    assert.equal((await stat(homeFile)).mode & 0o777, 0o600);
    assert.equal((await fetch(`${url}/api/models/downloaded`)).status, 401);
  });

  it('answers curl and a plain WebSocket client on the routes that the project was asked for', async function () {
    const isHere = await run('curl', ['--version']).then(
      () => true,
      () => false,
    );
    if (!isHere) this.skip(); // The other tests ask the same routes with fetch.
    const curl = async (route: string, ...options: readonly string[]): Promise<unknown> => {
      const authorized = ['--header', `Authorization: Bearer ${token}`];
      const quiet = ['--silent', '--show-error', '--fail', '--max-time', '60'];
      const { stdout } = await run('curl', [...quiet, ...authorized, ...options, url + route]);
      return parseJson(stdout);
    };
    const post = ['--request', 'POST'];
    assert.equal(await curl('/api/models/download/status'), null);
    assert.deepEqual(await curl('/api/models/downloaded'), []);
    assert.deepEqual(await curl('/api/models/download/cancel', ...post), { cancelled: false });

    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/events?token=${token}`);
    const progress = new Promise<unknown>((resolve) => {
      socket.on('message', (data: Buffer) => {
        const message = parseJson(data.toString());
        if (isObject(message) && message['type'] === 'download_progress') resolve(message);
      });
    });
    await once(socket, 'open');
    hub.pace.bytesPerSecondTotal = 2_000_000;
    const model = 'hf:org/big';
    const json = ['--header', 'Content-Type: application/json'];
    await curl('/api/models/download', ...json, '--data', JSON.stringify({ model }));
    const pushed = await progress;
    assert.ok(isObject(pushed));
    assert.equal(typeof pushed['downloaded'], 'number');
    const status = await curl('/api/models/download/status');
    assert.ok(isObject(status));
    assert.equal(status['modelId'], model);
    assert.deepEqual(await curl('/api/models/download/cancel', ...post), { cancelled: true });
    hub.pace.bytesPerSecondTotal = 0;
    socket.terminate();
    assert.equal(await curl('/api/models/download/status'), null);
    // curl leaves with 22 for a status that is an error.
    const refused = run('curl', ['--silent', '--fail', `${url}/api/models/downloaded`]);
    await assert.rejects(refused, { code: 22 });
  });

  it('downloads, pushes it, lists and transcribes', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/events?token=${token}`);
    const pushed: unknown[] = [];
    const whole = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        const message = parseJson(data.toString());
        pushed.push(message);
        if (isObject(message) && message['percent'] === 100) resolve();
      });
    });
    await once(socket, 'open');
    assert.equal(await call('/api/models/download/status'), null);
    await call('/api/models/download', {
      method: 'POST',
      body: JSON.stringify({ model: whisperId }),
      headers: { 'Content-Type': 'application/json' },
    });
    await whole;
    await api.downloadModel(whisperId);
    socket.terminate();
    assert.ok(pushed.some((each) => isObject(each) && each['type'] === 'download_progress'));
    const downloaded = await call('/api/models/downloaded');
    assert.ok(Array.isArray(downloaded) && isObject(downloaded[0]));
    assert.equal(downloaded[0]['modelId'], whisperId);

    const extension = vscode.extensions.getExtension('asr-tools.asr-model-manager');
    assert.ok(extension);
    const clip = await readFile(path.join(extension.extensionPath, 'media', 'clip.wav'));
    const form = new FormData();
    form.set('model', whisperId);
    form.set('file', new Blob([clip]), 'clip.wav');
    const heard = await call('/v1/audio/transcriptions', { method: 'POST', body: form });
    assert.ok(isObject(heard) && typeof heard['text'] === 'string' && heard['text'] !== '');
  });

  it('is what the tools of agents use as well', async () => {
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('asr_'));
    assert.equal(names.length, 6);
    const listed = await vscode.lm.invokeTool('asr_list_models', {
      input: {},
      toolInvocationToken: undefined,
    });
    const [part]: unknown[] = listed.content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    const value = parseJson(part.value);
    assert.ok(isObject(value) && typeof value['total'] === 'number');
  });

  it('is in integrated terminals', async function () {
    if (!(await opensTerminals())) this.skip(); // the oldest server has no terminals here
    const folder = await mkdtemp(path.join(tmpdir(), 'asr-server-terminal-'));
    const answer = path.join(folder, 'told.json');
    const ended = new Promise<void>((resolve) => {
      const listening = vscode.window.onDidCloseTerminal((closed) => {
        if (closed.name !== 'asks for the server') return;
        listening.dispose();
        resolve();
      });
    });
    vscode.window.createTerminal({
      name: 'asks for the server',
      shellPath: process.execPath,
      shellArgs: [
        '-e',
        `const { ASR_MODELS_URL: url, ASR_MODELS_TOKEN: token } = process.env;
         require('node:fs').writeFileSync(${JSON.stringify(answer)}, JSON.stringify({ url, token }));`,
      ],
      env: { ELECTRON_RUN_AS_NODE: '1' },
    });
    await ended;
    assert.deepEqual(parseJson(await readFile(answer, 'utf8')), { url, token });
    await rm(folder, { recursive: true });
  });

  it('keeps its token when its port is set; a port in use is reported', async () => {
    const { createServer } = await import('node:net');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(address !== null && typeof address === 'object');
    await set('server.port', address.port);
    await vscode.commands.executeCommand('asr.copyServerAddress');
    const { text } = await dialogs.waitFor(/which another program has/);
    assert.ok(text.includes(String(address.port)));
    taken.close();
    await once(taken, 'close');
    dialogs.answer(/^Copied http/, 'Copy Token');
    await vscode.commands.executeCommand('asr.copyServerAddress');
    assert.equal(dialogs.copied.at(-2), `http://127.0.0.1:${String(address.port)}`);
    assert.equal(dialogs.copied.at(-1), token);
    await set('server.port', undefined);
    await vscode.commands.executeCommand('asr.copyServerAddress');
    url = dialogs.copied.at(-1) ?? '';
  });

  it('is stopped by its command, and nothing of it is left', async () => {
    await vscode.commands.executeCommand('asr.stopServer');
    assert.equal(vscode.workspace.getConfiguration('asr').get('server.enabled'), false);
    await assert.rejects(fetch(url));
    await assert.rejects(stat(homeFile), { code: 'ENOENT' });
    dialogs.answer(/is off/, 'Turn On');
    await vscode.commands.executeCommand('asr.copyServerAddress');
    assert.equal(vscode.workspace.getConfiguration('asr').get('server.enabled'), true);
    await vscode.commands.executeCommand('asr.stopServer');
  });
});

/** See terminal.test.ts: of the oldest server only what it can't start without is compiled. */
async function opensTerminals(): Promise<boolean> {
  if (vscode.env.uiKind === vscode.UIKind.Desktop) return true;
  const { readdir } = await import('node:fs/promises');
  const parts = await readdir(path.join(vscode.env.appRoot, 'node_modules', 'node-pty'));
  return parts.includes('prebuilds') || parts.includes('build');
}
