import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AsrModelApi } from '../../src/vscode/api';
import { readSettings } from '../../src/vscode/host/settings';
import type { TestHub } from '../hub';
import { Dialogs } from './dialogs';
import { activateApi, setEndpoint, startConfiguredHub } from './hubFixture';

/** Writes a setting of ours; undefined takes it back. */
async function set(key: string, value: unknown): Promise<void> {
  await vscode.workspace
    .getConfiguration('asr')
    .update(key, value, vscode.ConfigurationTarget.Global);
}

describe('the settings in a real extension host', () => {
  const touched = new Set<string>();
  const change = async (key: string, value: unknown): Promise<void> => {
    touched.add(key);
    await set(key, value);
  };
  afterEach(async () => {
    for (const key of touched) await set(key, undefined);
    touched.clear();
  });

  it('have the defaults that the design names', () =>
    assert.deepEqual(readSettings({}), {
      endpoint: 'https://huggingface.co',
      mirrors: [],
      cacheDirectory: '',
      additionalCatalogs: [],
      maxConnections: 16,
      stallTimeoutSeconds: 30,
      maxRetries: 5,
      maxBytesPerSecond: 0,
      resumeOnStartup: 'ask',
      activeModel: '',
      threads: 0,
      device: 'auto',
      language: '',
      maxCueSeconds: 7,
      maxCueCharacters: 84,
      ffmpegPath: '',
      checkUpdates: 'daily',
      exportToTerminals: false,
      serverEnabled: false,
      serverPort: 0,
      allowedOrigins: [],
    }));

  it('are read as a person sets them', async () => {
    await change('hub.endpoint', 'https://mirror.example/');
    await change('hub.mirrors', ['mirror.example/hf/', ' ', 'http://127.0.0.1:4000']);
    await change('catalog.additional', ['/models.json']);
    await change('download.maxConnections', 4);
    await change('download.maxBytesPerSecond', 1_000_000);
    await change('download.resumeOnStartup', 'never');
    await change('updates.check', 'manual');
    await change('model', 'whisper-tiny');
    const found = readSettings({ HF_ENDPOINT: 'https://environment.example' });
    assert.equal(found.endpoint, 'https://mirror.example');
    assert.deepEqual(found.mirrors, ['https://mirror.example/hf', 'http://127.0.0.1:4000']);
    assert.deepEqual(found.additionalCatalogs, ['/models.json']);
    assert.equal(found.maxConnections, 4);
    assert.equal(found.maxBytesPerSecond, 1_000_000);
    assert.equal(found.resumeOnStartup, 'never');
    assert.equal(found.checkUpdates, 'manual');
    assert.equal(found.activeModel, 'whisper-tiny');
  });

  it('fall back to what is safe when they make no sense', async () => {
    await change('hub.endpoint', 'not an address');
    await change('download.maxConnections', 'many');
    await change('download.maxRetries', -3);
    await change('catalog.additional', 'one');
    const found = readSettings({});
    assert.equal(found.endpoint, 'https://huggingface.co');
    assert.equal(found.maxConnections, 16);
    assert.equal(found.maxRetries, 0);
    assert.deepEqual(found.additionalCatalogs, []);
  });

  it('take an address without a scheme as it is meant', async () => {
    await change('hub.endpoint', 'mirror.example');
    assert.equal(readSettings({}).endpoint, 'https://mirror.example');
  });

  it('take the endpoint from the environment when none is set', () => {
    const found = readSettings({ HF_ENDPOINT: 'https://environment.example/' });
    assert.equal(found.endpoint, 'https://environment.example');
  });

  describe('the folder for models', () => {
    const single = 'hf:org/single#model.bin';
    let api: AsrModelApi;
    let hub: TestHub;
    let dialogs: Dialogs;
    let folder: string;

    const isBelow = async (place: string | undefined): Promise<boolean> =>
      place !== undefined && (await realpath(place)).startsWith(await realpath(folder));

    before(async () => {
      api = await activateApi();
    });
    beforeEach(async () => {
      hub = await startConfiguredHub();
      dialogs = new Dialogs();
      folder = await mkdtemp(path.join(os.tmpdir(), 'asr-models-'));
      await api.downloadModel(single);
    });
    afterEach(async () => {
      dialogs.dispose();
      await api.clearCache();
      await set('cache.directory', undefined);
      await api.clearCache();
      await hub.close();
      await setEndpoint(undefined);
      await rm(folder, { recursive: true, force: true });
    });

    it('moves by the command, once and without a second question', async () => {
      dialogs.answer(/^Choose the new folder/, [vscode.Uri.file(folder)]);
      dialogs.answer(/^Models will be kept in/, 'Move the Models');
      assert.equal(await vscode.commands.executeCommand('asr.moveCache'), true);
      await dialogs.waitFor(/were moved to/);
      assert.equal(readSettings({}).cacheDirectory, folder);
      assert.ok(await isBelow(await api.getModelPath(single)));
      assert.ok(!dialogs.shown.some(({ text }) => text.includes('What shall become')));
    });

    it('changed by hand: asks, and moves them', async () => {
      dialogs.answer(/What shall become of them/, 'Move Them');
      await set('cache.directory', folder);
      await dialogs.waitFor(/were moved to/);
      assert.ok(await isBelow(await api.getModelPath(single)));
    });

    it('changed by hand: keeps both', async () => {
      dialogs.answer(/What shall become of them/, 'Copy Them');
      await set('cache.directory', folder);
      await dialogs.waitFor(/were copied to/);
      assert.ok(await isBelow(await api.getModelPath(single)));
      await api.clearCache();
      await set('cache.directory', undefined);
      await dialogs.until(() => (readSettings({}).cacheDirectory === '' ? true : undefined));
      assert.equal(await isBelow(await api.getModelPath(single)), false);
      assert.notEqual(await api.getModelPath(single), undefined);
    });

    it('changed by hand: starts empty, and the models of the old place stay', async () => {
      dialogs.answer(/What shall become of them/, 'Start Empty');
      await set('cache.directory', folder);
      const { choices } = await dialogs.waitFor(/What shall become of them/);
      assert.deepEqual(choices, ['Move Them', 'Copy Them', 'Start Empty']);
      assert.deepEqual(await api.getDownloadedModels(), []);
      await set('cache.directory', undefined);
      assert.notEqual(await api.getModelPath(single), undefined);
    });
  });
});
