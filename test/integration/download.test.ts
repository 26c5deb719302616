import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { AsrModelApi } from '../../src/vscode/api';
import type { TestHub } from '../hub';
import { refusedUrl } from '../hub';
import { activateApi, setEndpoint, startConfiguredHub } from './hubFixture';

interface Rejection {
  readonly errorCode?: unknown;
  readonly message: string;
}

/** The error that a download rejects with; fails when it does not. */
async function rejection(download: Promise<unknown>): Promise<Rejection> {
  const reason: unknown = await download.then(
    () => assert.fail('it was expected to fail'),
    (error: unknown) => error,
  );
  assert.ok(reason instanceof Error);
  return { message: reason.message, errorCode: Reflect.get(reason, 'errorCode') };
}

describe('downloading through the API in a real extension host', () => {
  let api: AsrModelApi;
  let hub: TestHub;
  let records: ModelDownloadProgress[];
  let listening: { dispose(): void };

  before(async () => {
    api = await activateApi();
  });
  beforeEach(async () => {
    hub = await startConfiguredHub();
    records = [];
    listening = api.onDidChangeDownload((record) => records.push(record));
  });
  afterEach(async () => {
    listening.dispose();
    await hub.close();
    await setEndpoint(undefined);
  });

  it('brings a model of one file to the disk, and says where it is', async () => {
    const model = await api.downloadModel('hf:org/single#model.bin');
    assert.equal(model.repo, 'org/single');
    assert.equal(model.revision, hub.repo('org/single').headCommit);
    assert.equal(model.verified, true);
    assert.equal((await stat(model.path)).size, 300_000);
    assert.equal(path.basename(model.path), 'model.bin');
    assert.equal(await api.getModelPath('hf:org/single#model.bin'), model.path);
    const downloaded = await api.getDownloadedModels();
    assert.ok(downloaded.some(({ modelId }) => modelId === 'hf:org/single#model.bin'));
    assert.equal(records.at(-1)?.status, 'completed');
    assert.equal(api.getDownloadStatus(), null);
  });

  it('asks for no bytes of what is already there', async () => {
    await api.downloadModel('hf:org/single#model.bin');
    hub.log.clear();
    await api.downloadModel('hf:org/single#model.bin');
    assert.deepEqual(
      hub.log.filter(({ path: asked, origin }) => origin === 'cdn' || asked.includes('/resolve/')),
      [],
    );
  });

  it('shows one aggregated progress of a model of several files', async () => {
    const model = await api.downloadModel('hf:org/several');
    assert.equal(model.files.length, 3);
    const total = 3_000_000 + Buffer.byteLength('hello 0\nworld 1\n');
    assert.equal(model.sizeOnDisk, total);
    const flowing = records.filter(({ totalBytes }) => totalBytes !== undefined);
    assert.ok(flowing.every(({ totalBytes }) => totalBytes === total));
    assert.ok(flowing.every(({ filesTotal }) => filesTotal === 3));
    const bytes = flowing.map(({ downloadedBytes }) => downloadedBytes);
    assert.deepEqual(
      bytes,
      [...bytes].sort((a, b) => a - b),
      'it never runs backwards',
    );
    assert.equal(bytes.at(-1), total);
    assert.equal(new Set(records.map(({ downloadId }) => downloadId)).size, 1);
  });

  it('cancels: the state says so, no byte comes any more, nothing is left', async () => {
    hub.pace.bytesPerSecondTotal = 20_000_000;
    hub.pace.crawlAfter(12_000_000);
    const download = rejection(api.downloadModel('hf:org/big'));
    await hub.waitForBytes(10_000_000);
    assert.equal(api.getDownloadStatus()?.modelId, 'hf:org/big');
    assert.equal(await api.cancelDownload(), true);
    const { errorCode, message } = await download;
    assert.equal(errorCode, undefined);
    assert.equal(message, 'Cancelled');
    assert.equal(records.at(-1)?.status, 'cancelled');
    await hub.log.waitFor(({ origin, ended }) => origin === 'cdn' && ended);
    assert.ok(hub.log.filter(({ origin }) => origin === 'cdn').every(({ ended }) => ended));
    assert.equal(await api.getModelPath('hf:org/big'), undefined);
    assert.equal(await api.cancelDownload(), false);
  });

  it('pauses and resumes from the bytes that are there', async () => {
    hub.pace.bytesPerSecondTotal = 30_000_000;
    hub.pace.crawlAfter(35_000_000);
    const download = api.downloadModel('hf:org/big');
    await hub.waitForBytes(30_000_000);
    assert.equal(await api.pauseDownload(), true);
    assert.equal(records.at(-1)?.status, 'paused');
    const before = records.at(-1)?.downloadedBytes ?? 0;
    assert.ok(before > 1_000_000, `only ${before} bytes were kept`);
    hub.log.clear();
    hub.pace.bytesPerSecondTotal = 0;
    await api.resumeDownload('hf:org/big');
    await download;
    const fetched = hub.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(fetched < 64_000_000 - before / 2, `${fetched} bytes were fetched after the pause`);
    await vscode.commands.executeCommand('asr.showLog');
  });

  it('ends in integrity when the bytes are not what the hub announced, and publishes nothing', async () => {
    hub.faults.add({ kind: 'corrupt', offset: 1000 }, { origin: 'cdn', path: 'model.bin' });
    const { errorCode, message } = await rejection(api.downloadModel('hf:org/lies'));
    assert.equal(errorCode, 'integrity');
    assert.match(message, /model\.bin/);
    assert.equal(await api.getModelPath('hf:org/lies'), undefined);
    assert.equal(records.at(-1)?.status, 'error');
    assert.equal(records.at(-1)?.errorMessage, message);
  });

  describe('says what is wrong, each with a sentence of its own', () => {
    const sentences = new Set<string>();
    const check = (found: Rejection, code: string, text: RegExp): void => {
      assert.equal(found.errorCode, code, found.message);
      assert.match(found.message, text);
      assert.ok(!sentences.has(found.message), 'the sentence was said for another case');
      sentences.add(found.message);
    };

    it('a model that no catalog has', async () =>
      check(await rejection(api.downloadModel('no-such-model')), 'notFound', /no-such-model/));

    it('a repository that the hub does not have', async () =>
      check(
        await rejection(api.downloadModel('hf:org/nothing-here')),
        'notFound',
        /org\/nothing-here/,
      ));

    it('a file that the repository does not have', async () =>
      check(
        await rejection(api.downloadModel('hf:org/single#other.bin')),
        'notFound',
        /other\.bin/,
      ));

    it('a gated model without a token', async () =>
      check(await rejection(api.downloadModel('hf:org/gated')), 'gated', /org\/gated/));

    it('a token that the hub does not know', async () => {
      process.env['HF_TOKEN'] = 'hf_test_wrong';
      try {
        check(await rejection(api.downloadModel('hf:org/gated')), 'auth', /token/i);
      } finally {
        delete process.env['HF_TOKEN'];
      }
    });

    it('a hub that is not there', async () => {
      await setEndpoint(await refusedUrl());
      check(
        await rejection(api.downloadModel('hf:org/single#README.md')),
        'network',
        /127\.0\.0\.1/,
      );
    });
  });
});
