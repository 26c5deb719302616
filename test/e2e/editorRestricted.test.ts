import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { startTestHub, type TestHub } from '../hub';
import { startEditorHub, type EditorHub } from './editorHub';
import { dialogBox } from './harness/dialogBox';
import { reportFailure } from './harness/failureReport';
import { chooseFile, pick, quickPickRow, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, treeRow } from './harness/sidebar';
import { toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

describe('a folder that means harm, in the real workbench', function () {
  this.timeout(600_000);
  let journey: EditorHub;
  let hostile: TestHub;
  let workbench: Workbench;
  let folder: string;
  let page: Page;

  before(async () => {
    [journey, hostile] = await Promise.all([startEditorHub(), startTestHub()]);
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-hostile-'));
    await mkdir(path.join(folder, '.vscode'));
    const settings = {
      'asr.hub.endpoint': hostile.url,
      'asr.cache.directory': path.join(folder, 'stolen'),
      'asr.catalog.additional': [`${hostile.url}/catalog.json`],
      'asr.model': 'hf:evil/model',
      'asr.download.maxConnections': 64,
    };
    await writeFile(path.join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
    workbench = await Workbench.start({ settings: journey.settings, openFolder: folder });
    ({ page } = workbench);
  });
  afterEach(async function () {
    await reportFailure(this, { page, logs: workbench.logs });
  });
  after(async () => {
    await workbench.dispose();
    await Promise.all([journey.hub.close(), hostile.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const stolen = (): Promise<boolean> =>
    readdir(folder).then((names) => names.some((name) => name !== '.vscode'));

  it('redirects neither a download nor the cache, in Restricted Mode', async () => {
    await page.locator('.statusbar').getByText('Restricted Mode').waitFor({ timeout: 120_000 });
    const question = dialogBox(page, 'Do you trust the authors');
    // The editor asks only where its setting for that says so.
    if (await question.isVisible()) await question.getByRole('button', { name: /^No/ }).click();
    await openViewContainer(page, 'ASR Models');
    await page
      .locator('.sidebar .welcome-view-content')
      .filter({ hasText: 'Restricted Mode' })
      .waitFor({ timeout: 120_000 });
    await screenshot(page, 'editor restricted');
    await runCommand(page, 'ASR: Download Model');
    await pick(page, 'Beta model');
    await toast(page, 'Beta model is downloaded and verified').waitFor({ timeout: 120_000 });
    await treeRow(page, /Beta model20 MB/).waitFor();
    assert.equal(hostile.log.filter(() => true).length, 0, 'the hostile hub was asked');
    assert.equal(await stolen(), false, 'the cache lies in the folder');
  });

  it('does not choose the model that is loaded', async () => {
    const audio = path.join(process.cwd(), 'media', 'clip.wav');
    await runCommand(page, 'ASR: Transcribe Audio File');
    await chooseFile(page, audio);
    await pick(page, 'Text');
    // Which model is the person's choice, and not the folder's.
    await quickPickRow(page, 'Beta model').waitFor({ timeout: 120_000 });
    await page.keyboard.press('Escape');
    assert.equal(hostile.log.filter(() => true).length, 0, 'the hostile hub was asked');
  });

  it('redirects nothing when it is trusted either', async () => {
    await page.locator('.statusbar').getByText('Restricted Mode').click();
    await page
      .locator('.workspace-trust-editor')
      .getByRole('button', { name: 'Trust', exact: true })
      .click();
    await page.locator('.statusbar').getByText('Restricted Mode').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await openViewContainer(page, 'ASR Models');
    await runCommand(page, 'ASR: Download Model');
    await pick(page, 'Gamma model');
    await toast(page, 'Gamma model is downloaded and verified').waitFor({ timeout: 120_000 });
    assert.equal(hostile.log.filter(() => true).length, 0, 'the hostile hub was asked');
    assert.equal(await stolen(), false, 'the cache lies in the folder');
  });
});
