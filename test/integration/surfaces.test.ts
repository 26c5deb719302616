import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AsrModelApi } from '../../src/vscode/api';
import { dropToImport } from '../../src/vscode/views/modelsView';
import { refusedUrl, type TestHub } from '../hub';
import { whisperGgml } from '../hub/models';
import { Dialogs } from './dialogs';
import { activateApi, setEndpoint, startConfiguredHub } from './hubFixture';

const single = 'hf:org/single#model.bin';

describe('the surfaces, in a real extension host', () => {
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
  const keyBecomes = (key: string, value: unknown): Promise<true> =>
    dialogs.until(() => (dialogs.contextKey(key) === value ? true : undefined));

  before(async () => {
    api = await activateApi();
  });
  beforeEach(async () => {
    hub = await startConfiguredHub();
    await api.clearCache();
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-surfaces-'));
    dialogs = new Dialogs();
  });
  afterEach(async () => {
    dialogs.dispose();
    await setFolder(undefined);
    await api.clearCache();
    await setEndpoint(undefined);
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('says why there is nothing: the hub could not be reached, until it can', async () => {
    const url = hub.url;
    await setEndpoint(await refusedUrl());
    await assert.rejects(api.downloadModel(single), { errorCode: 'network' });
    await keyBecomes('asr.emptyReason', 'offline');
    await setEndpoint(url);
    await api.downloadModel(single);
    await keyBecomes('asr.emptyReason', '');
    await keyBecomes('asr.noModels', false);
  });

  it('says why there is nothing: the folder is gone', async () => {
    const place = path.join(folder, 'disk');
    await setFolder(place);
    await api.downloadModel(single);
    await keyBecomes('asr.noModels', false);
    await rm(place, { recursive: true });
    await setFolder(undefined);
    await setFolder(place);
    await run('asr.models.focus');
    await keyBecomes('asr.emptyReason', 'folderMissing');
  });

  it('leaves a failed download to the panel while that is in front, and tells it otherwise', async () => {
    const panelIsActive = (): boolean => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputWebview && input.viewType.includes('asr.modelManager');
    };
    const failures = (): number => dialogs.shown.filter(({ kind }) => kind === 'error').length;
    const opened = new Promise<void>((resolve) => {
      const listening = vscode.window.tabGroups.onDidChangeTabs(() => {
        if (!panelIsActive()) return;
        listening.dispose();
        resolve();
      });
    });
    await run('asr.openModelManager');
    await opened;
    // The same truth, by another way: the command that reveals what is open already.
    await run('asr.openModelManager');
    await setEndpoint(await refusedUrl());
    await assert.rejects(api.downloadModel(single), { errorCode: 'network' });
    await run('workbench.action.closeAllEditors');
    await assert.rejects(api.downloadModel(single), { errorCode: 'network' });
    await dialogs.until(() => (failures() > 0 ? true : undefined));
    assert.equal(failures(), 1, 'the one that the panel showed was told as well');
  });

  it('says why there is nothing: the folder can’t be used', async () => {
    const place = path.join(folder, 'a file');
    await writeFile(place, '');
    await setFolder(place);
    await run('asr.models.focus');
    await keyBecomes('asr.emptyReason', 'folderUnusable');
  });

  it('imports what is dropped onto the view', async () => {
    const file = path.join(folder, 'dropped model.bin');
    await writeFile(file, whisperGgml({ words: [' dropped'] }));
    const data = new vscode.DataTransfer();
    const list = `# a comment\r\n${vscode.Uri.file(file).toString()}\r\nno address\r\n`;
    data.set('text/uri-list', new vscode.DataTransferItem(list));
    await dropToImport.handleDrop?.(undefined, data, new vscode.CancellationTokenSource().token);
    await dialogs.waitFor(/is imported and verified/);
    assert.equal((await api.getDownloadedModels()).length, 1);
  });
});
