import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { AsrModelApi } from '../../src/vscode/api';
import { refusedUrl, startTestProxy, type TestHub, type TestProxy } from '../hub';
import { activateApi, setEndpoint, startConfiguredHub } from './hubFixture';

async function set(section: string, key: string, value: unknown): Promise<void> {
  const { Global } = vscode.ConfigurationTarget;
  await vscode.workspace.getConfiguration(section).update(key, value, Global);
}

/** The text of our log channel, once it has a line like this. */
async function logWith(line: RegExp): Promise<string> {
  await vscode.commands.executeCommand('asr.showLog');
  const find = (): string | undefined =>
    vscode.workspace.textDocuments
      .filter(({ uri }) => uri.scheme === 'output')
      .map((document) => document.getText())
      .find((text) => line.test(text));
  return await new Promise((resolve) => {
    const look = (): void => {
      const found = find();
      if (found === undefined) return;
      for (const subscription of subscriptions) subscription.dispose();
      resolve(found);
    };
    const subscriptions = [
      vscode.workspace.onDidOpenTextDocument(look),
      vscode.workspace.onDidChangeTextDocument(look),
    ];
    look();
  });
}

describe('the line in a real extension host', () => {
  let api: AsrModelApi;
  let hub: TestHub;
  let proxy: TestProxy | undefined;

  /** Other suites download the same model; here its bytes have to come. */
  const forget = async (): Promise<void> => {
    if ((await api.getModelPath('hf:org/big')) !== undefined) await api.deleteModel('hf:org/big');
  };
  before(async () => {
    api = await activateApi();
    await forget();
  });
  beforeEach(async () => {
    hub = await startConfiguredHub();
  });
  afterEach(async () => {
    await set('http', 'proxy', undefined);
    await set('http', 'noProxy', undefined);
    await set('asr', 'download.maxBytesPerSecond', undefined);
    await proxy?.close();
    proxy = undefined;
    await hub.close();
    await setEndpoint(undefined);
    await forget();
  });

  // The editor leaves its proxy out for the loopback; sockets of our own do not, and this proxy is not there.
  it('brings a whole model through the editor’s own fetch where sockets can’t connect, and says so in the log', async () => {
    const proxyUrl = await refusedUrl();
    await set('http', 'proxy', proxyUrl);
    const model = await api.downloadModel('hf:org/big');
    assert.equal(model.verified, true);
    assert.equal((await stat(model.path)).size, 64_000_000);
    const log = await logWith(/is reached through the editor's own fetch/);
    assert.match(
      log,
      new RegExp(`${new URL(hub.cdnUrl).host} is reached through the editor's own fetch, because`),
    );
    assert.match(log, /The proxy 127\.0\.0\.1:\d+ can’t be reached/);
  });

  it('goes through the proxy of the editor’s settings, with its credentials', async () => {
    proxy = await startTestProxy({ credentials: { user: 'me', password: 'p@ss' } });
    await set('http', 'proxy', proxy.url.replace('://', '://me:p%40ss@'));
    const model = await api.downloadModel('hf:org/big');
    assert.equal(model.verified, true);
    const seen = proxy.records.filter(({ target }) => target.startsWith(hub.cdnUrl));
    assert.ok(seen.length > 0, 'the bytes came through the proxy');
    assert.ok(proxy.records.every(({ status }) => status !== 407));
  });

  it('leaves the proxy out for hosts of http.noProxy', async () => {
    proxy = await startTestProxy({ refuseStatus: 502 });
    await set('http', 'proxy', proxy.url);
    await set('http', 'noProxy', ['127.0.0.1']);
    const model = await api.downloadModel('hf:org/big');
    assert.equal(model.verified, true);
    assert.deepEqual(proxy.records, []);
  });

  it('takes a changed bandwidth cap while a download runs', async () => {
    hub.pace.bytesPerSecondTotal = 8_000_000;
    const records: (ModelDownloadProgress & { readonly atMs: number })[] = [];
    const listening = api.onDidChangeDownload((record) => {
      records.push({ ...record, atMs: performance.now() });
    });
    const download = api.downloadModel('hf:org/big');
    try {
      await hub.waitForBytes(8_000_000);
      await set('asr', 'download.maxBytesPerSecond', 500_000);
      const changedMs = performance.now();
      await new Promise<void>((resolve) => {
        const waiting = api.onDidChangeDownload(() => {
          if (performance.now() - changedMs < 4000) return;
          waiting.dispose();
          resolve();
        });
      });
      const slow = records.filter(({ atMs }) => atMs > changedMs + 1500);
      const [first, last] = [slow[0], slow.at(-1)];
      assert.ok(first !== undefined && last !== undefined);
      const bytesPerSecond =
        ((last.downloadedBytes - first.downloadedBytes) / (last.atMs - first.atMs)) * 1000;
      assert.ok(bytesPerSecond < 700_000, `${bytesPerSecond.toFixed(0)} B/s`);
      hub.pace.bytesPerSecondTotal = 0;
      await set('asr', 'download.maxBytesPerSecond', undefined);
      assert.equal((await download).verified, true);
    } finally {
      listening.dispose();
    }
  });
});
