import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AsrModelApi } from '../../src/vscode/api';
import { generatedContent, type TestHub } from '../hub';
import { Dialogs } from './dialogs';
import { activateApi, setEndpoint, startConfiguredHub } from './hubFixture';

const single = 'hf:org/single#model.bin';

describe('keeping the models in order, in a real extension host', () => {
  let api: AsrModelApi;
  let hub: TestHub;
  let dialogs: Dialogs;
  let folder: string;

  const run = (command: string, ...args: unknown[]): Thenable<unknown> =>
    vscode.commands.executeCommand(command, ...args);
  const setFolder = async (value: string | undefined): Promise<void> =>
    await vscode.workspace
      .getConfiguration('asr')
      .update('cache.directory', value, vscode.ConfigurationTarget.Global);
  const there = (place: string): Promise<boolean> =>
    access(place).then(
      () => true,
      () => false,
    );

  before(async () => {
    api = await activateApi();
  });
  beforeEach(async () => {
    hub = await startConfiguredHub();
    await api.clearCache();
    dialogs = new Dialogs();
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-library-'));
  });
  afterEach(async () => {
    dialogs.dispose();
    await api.clearCache();
    await setFolder(undefined);
    await api.clearCache();
    await hub.close();
    await setEndpoint(undefined);
    await rm(folder, { recursive: true, force: true });
  });

  describe('a model that was updated', () => {
    let before: string | undefined;
    let after: string | undefined;
    const revision = async (): Promise<string | undefined> =>
      (await api.getDownloadedModels())[0]?.revision;

    beforeEach(async () => {
      await api.downloadModel(single);
      before = await revision();
      after = hub.repo('org/single').push({
        'model.bin': generatedContent({ sizeBytes: 310_000, seed: 'newer' }),
      });
      await api.updateModel(single);
      const arrivals = (): number =>
        dialogs.shown.filter(({ text }) => text.includes('is downloaded and verified')).length;
      await dialogs.until(() => (arrivals() === 2 ? true : undefined));
      dialogs.shown.length = 0;
    });

    it('goes back to its previous version after a question with revision and date, and forward again', async () => {
      const newPath = await api.getModelPath(single);
      await run('asr.restoreModel', single);
      const [question] = dialogs.shown;
      assert.equal(question?.modal, true);
      assert.match(question.text, /^Restore the previous version of .+\?$/);
      const detail = new RegExp(
        `^Revision ${before?.slice(0, 8) ?? ''}, here since .+, takes the place of revision ${after?.slice(0, 8) ?? ''}`,
      );
      assert.match(question.detail, detail);
      assert.equal(await revision(), after, 'nothing happens without an answer');

      dialogs.answer(/^Restore the previous/, 'Restore');
      await run('asr.restoreModel', single);
      await dialogs.waitFor(/is back at revision/);
      assert.equal(await revision(), before);
      assert.notEqual(await api.getModelPath(single), newPath);

      hub.log.clear();
      dialogs.answer(/An update of .+ is available: 0 B to download/, 'Update');
      await run('asr.checkForUpdates');
      await dialogs.waitFor(/is downloaded and verified/);
      assert.equal(await revision(), after);
      assert.equal(await api.getModelPath(single), newPath);
      assert.equal(
        hub.log.bytesSent(({ origin }) => origin === 'cdn'),
        0,
      );
    });

    it('is chosen from a list when the palette is used', async () => {
      dialogs.answer(/^Restore Previous Version/, /single/);
      dialogs.answer(/^Restore the previous/, 'Restore');
      await run('asr.restoreModel');
      await dialogs.waitFor(/is back at revision/);
      assert.equal(await revision(), before);
    });

    it('has no previous version any more when that was cleaned up', async () => {
      dialogs.answer(/^Free Up Space/, /org\/single/);
      assert.equal(await run('asr.freeUpSpace'), true);
      await dialogs.waitFor(/30\d kB are free again/);
      await run('asr.restoreModel', single);
      await dialogs.waitFor(/^No previous version is on this machine/);
      assert.equal(await revision(), after);
    });

    it('is deleted with it, for the bytes of both', async () => {
      dialogs.answer(/^Delete/, 'Delete');
      await run('asr.deleteModel', single);
      assert.match(dialogs.shown[0]?.detail ?? '', /61\d kB.*Previous versions go too/);
      await dialogs.waitFor(/61\d kB are free again/);
      assert.deepEqual(await api.getDownloadedModels(), []);
    });
  });

  it('says which files an update would change', async () => {
    await api.downloadModel(single);
    hub.repo('org/single').push({
      'model.bin': generatedContent({ sizeBytes: 310_000, seed: 'newer' }),
    });
    await run('asr.checkForUpdates');
    await dialogs.waitFor(/310 kB to download\. What changes: model\.bin\.$/);
  });

  it('removes everything from every folder that it used, after naming each, and nothing of others', async () => {
    await api.downloadModel(single);
    const own = (await api.getModelPath(single)) ?? '';
    const shared = path.join(folder, 'shared');
    await mkdir(shared);
    await writeFile(path.join(shared, 'mine.txt'), 'mine');
    await setFolder(shared);
    await dialogs.waitFor(/What shall become of them/);
    await api.downloadModel('hf:org/several');
    hub.pace.bytesPerSecondTotal = 5_000_000;
    hub.pace.crawlAfter(6_000_000);
    const big = api.downloadModel('hf:org/big').catch((error: unknown) => error);
    await hub.waitForBytes(5_000_000);
    dialogs.shown.length = 0;

    await run('asr.removeEverything');
    const question = dialogs.shown.find(({ text }) => text.startsWith('Remove everything'));
    assert.equal(question?.modal, true);
    const lines = question.detail.split('\n');
    assert.ok(
      lines.some((line) => /hub: 30\d kB$/.test(line)),
      question.detail,
    );
    assert.ok(lines.some((line) => line.startsWith(`${shared}: `)));
    assert.match(question.detail, /This gives back .+ MB\. The unfinished download is cancelled\./);
    assert.equal(api.getDownloadStatus()?.modelId, 'hf:org/big', 'nothing happens without a yes');

    dialogs.answer(/^Remove everything/, 'Remove Everything');
    await run('asr.removeEverything');
    await big;
    await dialogs.waitFor(/MB are free again/);
    assert.equal(api.getDownloadStatus(), null);
    assert.deepEqual(await api.getDownloadedModels(), []);
    assert.deepEqual(await readdir(shared), ['mine.txt']);
    assert.equal(await there(own), false);
    const storage = own.slice(0, own.indexOf(`${path.sep}hub${path.sep}`));
    assert.equal(await there(path.join(storage, 'hub')), false);

    hub.pace.bytesPerSecondTotal = 0;
    await api.downloadModel(single);
    assert.ok((await api.getModelPath(single))?.startsWith(shared), 'and it starts anew');
  });
});
