import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { whisperGgml } from '../hub/models';
import { goodToken, pushNewer, startEditorHub, type EditorHub } from './editorHub';
import { dialogBox, pressInDialog } from './harness/dialogBox';
import { reportFailure } from './harness/failureReport';
import { choose, chooseFile, pick, quickInput, quickPickRow, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import {
  badge,
  hoverUntil,
  openViewContainer,
  pressInRow,
  pressInRowUntil,
  treeRow,
} from './harness/sidebar';
import { pressInToast, toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

const slow = 12_000_000;
/** The machine's name as a pattern: the server that these journeys run in is not the person's own machine. */
const hostText = os.hostname().replace(/\W/g, '\\$&');

describe('models without the panel, in the real workbench', function () {
  this.timeout(600_000);
  let journey: EditorHub;
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    journey = await startEditorHub();
    workbench = await Workbench.start({ settings: journey.settings });
    ({ page } = workbench);
    await openViewContainer(page, 'ASR Models');
  });
  afterEach(async function () {
    await reportFailure(this, workbench);
    journey.hub.pace.bytesPerSecondTotal = 0;
    await page.keyboard.press('Escape');
    await runCommand(page, 'Notifications: Clear All Notifications');
  });
  after(async () => {
    await workbench.dispose();
    await journey.hub.close();
  });

  async function download(model: string): Promise<void> {
    await runCommand(page, 'ASR: Download Model');
    await pick(page, model);
  }

  it('welcomes a person who has nothing yet', async () => {
    const welcome = page.locator('.sidebar .welcome-view-content');
    await welcome
      .filter({ hasText: 'No speech-recognition model is on this machine yet' })
      .waitFor();
    await screenshot(page, 'editor welcome');
    await welcome.getByRole('button', { name: 'Download Model' }).click();
    await quickPickRow(page, 'Journey').waitFor();
  });

  it('pauses and resumes from the tree; a second download waits its turn', async () => {
    journey.hub.pace.bytesPerSecondTotal = slow;
    journey.hub.pace.crawlAfter(20_000_000);
    await download('Alpha model');
    await toast(page, 'Downloading Alpha model')
      .filter({ hasText: /\d+\s%\s·/ })
      .waitFor();
    await download('Beta model');
    await toast(page, 'Downloading Alpha model').filter({ hasText: '1 more waiting' }).waitFor();
    await treeRow(page, /Beta model.*Queued/).waitFor();
    await badge(page, '2 models are being downloaded').getByText('2', { exact: true }).waitFor();
    await screenshot(page, 'editor queue');
    const status = page.locator('.statusbar-item:visible').filter({ hasText: /Alpha model \d+ %/ });
    const details = page.locator('.workbench-hover').filter({ hasText: /of 90 MB/ });
    await hoverUntil(status, details);
    await screenshot(page, 'editor status bar');

    const running = treeRow(page, /Alpha model/);
    await pressInRowUntil(running, 'Pause Download', treeRow(page, /Alpha model.*Paused · \d+ %/));
    journey.hub.pace.bytesPerSecondTotal = slow;
    await badge(page, '1 model is being downloaded').getByText('1', { exact: true }).waitFor();
    await toast(page, 'Beta model is downloaded and verified').waitFor({ timeout: 120_000 });
    await treeRow(page, /Beta model20 MB/).waitFor();
    await page
      .locator('.sidebar .message')
      .filter({ hasText: /^2 models · [\d.]+ MB · / })
      .waitFor();
    await badge(page, 'being downloaded').waitFor({ state: 'detached' });
    await screenshot(page, 'editor paused');

    journey.hub.log.clear();
    journey.hub.pace.bytesPerSecondTotal = 0;
    await pressInRow(running, 'Resume Download');
    await toast(page, 'Alpha model is downloaded and verified').waitFor({ timeout: 120_000 });
    const sent = journey.hub.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(sent < 90_000_000, `${sent} bytes were sent after the pause`);
  });

  it('reports a hub that is down, and resumes from the bytes that are there', async () => {
    journey.hub.pace.bytesPerSecondTotal = slow;
    journey.hub.pace.crawlAfter(20_000_000);
    await workbench.writeSettings({ ...journey.settings, 'asr.download.maxRetries': 1 });
    await download('Gamma model');
    await toast(page, 'Downloading Gamma model')
      .filter({ hasText: /[1-9]\d*\s%\s·/ })
      .waitFor();
    await journey.hub.waitForBytes(15_000_000, ({ path: asked }) => asked.includes('gamma'));
    await Promise.all([journey.hub.closeOrigin('hub'), journey.hub.closeOrigin('cdn')]);
    const failed = toast(page, /refuses connections|reset|closed|ended/).filter({
      hasNotText: 'Downloading',
    });
    await failed.getByRole('button', { name: 'Retry' }).waitFor({ timeout: 120_000 });
    await treeRow(page, /Gamma model.*of 60 MB/).waitFor();
    await screenshot(page, 'editor hub down');
    await Promise.all([journey.hub.reopenOrigin('hub'), journey.hub.reopenOrigin('cdn')]);
    journey.hub.log.clear();
    journey.hub.pace.bytesPerSecondTotal = 0;
    await pressInToast(failed, 'Retry');
    await toast(page, 'Gamma model is downloaded and verified').waitFor({ timeout: 120_000 });
    const sent = journey.hub.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(sent < 58_000_000, `${sent} bytes were sent after the failure`);
    await workbench.writeSettings(journey.settings);
  });

  it('shows what is known of a model when the mouse rests on it', async () => {
    const hover = page.locator('.workbench-hover').filter({ hasText: /Repository:\s*org\/beta/ });
    await hoverUntil(treeRow(page, /Beta model/), hover);
    const text = (await hover.innerText()).replaceAll('\u00a0', ' ');
    for (const fact of [
      /Revision: [0-9a-f]{12}/,
      /Licence: MIT/,
      /Path: .*ggml-beta\.bin/,
      /Last used: not yet/,
      /sha256:[0-9a-f]{12}/,
      new RegExp(`On: ${hostText}`),
    ]) {
      assert.match(text, fact);
    }
    await screenshot(page, 'editor tooltip');
    await page.mouse.move(640, 200);
  });

  /** Opens an address as the system does when a link is clicked in a browser. */
  async function openLink(link: string): Promise<void> {
    await runCommand(page, 'Developer: Open URL');
    await quickInput(page).fill(`vscode://asr-tools.asr-model-manager/${link}`);
    await quickInput(page).press('Enter');
    // The editor's own question comes first.
    await pressInDialog(dialogBox(page, 'extension to open this'), 'Open');
  }

  it('deletes after a question that says what comes free', async () => {
    await pressInRow(treeRow(page, /Beta model/), 'Delete Model');
    const question = dialogBox(page, 'Delete Beta model?');
    await question.filter({ hasText: 'This gives back 20 MB.' }).waitFor();
    await screenshot(page, 'editor delete question');
    await pressInDialog(question, 'Delete');
    await toast(page, '20 MB are free again').waitFor();
    await treeRow(page, /Beta model/).waitFor({ state: 'detached' });
  });

  it('shows the model that a link offers and asks before the first byte; other links do nothing', async () => {
    journey.hub.log.clear();
    await openLink('delete?model=journey-beta');
    await toast(page, 'This link can’t be followed').waitFor();
    await openLink('download?model=journey-beta');
    const question = dialogBox(page, 'A link asks for Beta model. Download it?');
    for (const fact of ['From the repository org/beta', 'Size: 20 MB', 'Licence: MIT', 'free']) {
      await question.filter({ hasText: fact }).waitFor();
    }
    await screenshot(page, 'editor link');
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await page.locator('.tab').filter({ hasText: 'ASR Models' }).waitFor();
    assert.equal(
      journey.hub.log.bytesSent(({ origin }) => origin === 'cdn'),
      0,
    );
    await openLink('download?model=journey-beta');
    await pressInDialog(question, 'Download');
    await toast(page, 'Beta model is downloaded and verified').waitFor({ timeout: 120_000 });
    await pressInRow(treeRow(page, /Beta model/), 'Delete Model');
    await pressInDialog(dialogBox(page, 'Delete Beta model?'), 'Delete');
    await runCommand(page, 'View: Close All Editors');
  });

  it('takes a pasted address, and lets a person choose what to download of it', async () => {
    await runCommand(page, 'ASR: Download Model');
    await quickPickRow(page, 'Journey').waitFor();
    await page
      .locator('.quick-input-widget:visible .quick-input-title')
      .filter({ hasText: new RegExp(`free in .+ on ${hostText}`) })
      .waitFor();
    await quickInput(page).fill(`${journey.hub.url}/org/variants`);
    await choose(quickPickRow(page, /Other Hugging Face model….*org\/variants/));
    await quickPickRow(page, 'ggml-small.bin').waitFor();
    await screenshot(page, 'editor variants');
    await choose(quickPickRow(page, 'ggml-small.bin'));
    await toast(page, /is downloaded and verified/).waitFor();
    await treeRow(page, /small.*2 MB/).waitFor();
  });

  it('asks for a token only when a model is gated, and then continues without a click', async () => {
    journey.hub.pace.bytesPerSecondTotal = 1_500_000;
    await runCommand(page, 'ASR: Download Model');
    await quickPickRow(page, 'Journey').waitFor();
    await quickInput(page).fill('org/gated');
    await choose(quickPickRow(page, /Other Hugging Face model….*org\/gated/));
    await choose(quickPickRow(page, 'ggml-gated.bin'));
    const refused = toast(page, 'asks for its terms to be accepted');
    await refused.getByRole('button', { name: 'Open Licence Page' }).waitFor();
    await screenshot(page, 'editor gated');
    await pressInToast(refused, 'Set Token…');
    const input = quickInput(page);
    await input.waitFor();
    assert.equal(await input.getAttribute('type'), 'password');
    await input.fill(goodToken);
    await screenshot(page, 'editor token');
    await input.press('Enter');
    await toast(page, 'The token of tester is kept').waitFor();
    await toast(page, /gated.* is downloaded and verified/).waitFor({ timeout: 120_000 });
  });

  it('imports a file of this machine', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-import-'));
    try {
      const file = path.join(folder, 'my-own-model.bin');
      await writeFile(file, whisperGgml());
      await runCommand(page, 'ASR: Import Model…');
      await chooseFile(page, file);
      await toast(page, /is imported and verified/).waitFor({ timeout: 120_000 });
      await treeRow(page, /my-own-model/).waitFor();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('deletes what is selected together, after one question that names all', async () => {
    const [small, own] = [treeRow(page, /small.*2 MB/), treeRow(page, /my-own-model/)];
    await small.click();
    await own.click({ modifiers: ['ControlOrMeta'] });
    await own.click({ button: 'right' });
    const menu = page.locator('.monaco-menu');
    await menu.getByRole('menuitem', { name: 'Copy Path' }).waitFor();
    // The files lie on another machine, which the person's file manager does not see.
    assert.equal(await menu.getByRole('menuitem', { name: 'Reveal in File Manager' }).count(), 0);
    await screenshot(page, 'editor selection menu');
    await menu.getByRole('menuitem', { name: 'Delete Model' }).click();
    const question = dialogBox(page, 'Delete 2 models?');
    await question
      .filter({ hasText: 'my-own-model' })
      .filter({ hasText: 'small' })
      .filter({ hasText: /This gives back 3 MB/ })
      .waitFor();
    await screenshot(page, 'editor delete two');
    await pressInDialog(question, 'Delete');
    await small.waitFor({ state: 'detached' });
    await own.waitFor({ state: 'detached' });
    assert.equal(await page.locator('.monaco-dialog-box').count(), 0);
  });

  it('finds an update and brings it when it is wanted', async () => {
    pushNewer(journey.hub, 'gamma', 61_000_000);
    await runCommand(page, 'ASR: Check for Model Updates');
    const offer = toast(page, 'An update of Gamma model is available: 61 MB to download.');
    await offer.waitFor();
    await treeRow(page, /Gamma model.*update: 61 MB/).waitFor();
    await screenshot(page, 'editor update');
    await pressInToast(offer, 'Update');
    await toast(page, 'Gamma model is downloaded and verified').waitFor({ timeout: 120_000 });
    await treeRow(page, /Gamma model.*61 MB/).waitFor();
  });

  it('gives space back: the older revision that the update left', async () => {
    await runCommand(page, 'ASR: Free Up Space…');
    await quickPickRow(page, 'org/gamma').filter({ hasText: 'an older revision' }).waitFor();
    await screenshot(page, 'editor free up space');
    await page.locator('.quick-input-widget:visible').getByRole('button', { name: 'OK' }).click();
    await toast(page, '60 MB are free again').waitFor();
  });

  it('looks like VS Code in a dark, a light and a high-contrast theme', async () => {
    journey.hub.pace.bytesPerSecondTotal = 400_000;
    pushNewer(journey.hub, 'alpha', 80_000_000);
    await download('Alpha model');
    const running = toast(page, 'Downloading Alpha model');
    await running.filter({ hasText: /\d+\s%\s·/ }).waitFor();
    for (const theme of ['Light Modern', 'Dark High Contrast', 'Dark Modern']) {
      await runCommand(page, 'Preferences: Color Theme');
      await pick(page, theme);
      await treeRow(page, /Alpha model.*\d+ %/).hover();
      await screenshot(page, `editor theme ${theme}`);
      await runCommand(page, 'ASR: Download Model');
      await quickPickRow(page, 'Journey').waitFor();
      await screenshot(page, `editor picker ${theme}`);
      await page.keyboard.press('Escape');
    }
    const isOpen = page.locator('.tabs-container .tab').filter({ hasText: 'ASR Models' });
    assert.equal(await isOpen.count(), 0);
    await page
      .locator('.statusbar-item:visible')
      .filter({ hasText: /Alpha model \d+ %/ })
      .click();
    await isOpen.waitFor();
    await screenshot(page, 'editor panel from status bar');
    await pressInToast(running, 'Cancel');
    await running.waitFor({ state: 'detached' });
    await runCommand(page, 'View: Close All Editors');
  });

  it('has a walkthrough', async () => {
    await runCommand(page, 'Welcome: Open Walkthrough...');
    await pick(page, 'Get Started with Speech-Recognition Models');
    // Beside an open side bar there is no room for the pictures.
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    for (const step of [
      'Choose a model',
      'Watch it arrive, verified',
      'Load it and transcribe',
      'Keep your models in order',
    ]) {
      const title = page.locator('.gettingStartedContainer .step-title').filter({ hasText: step });
      await title.click();
      const picture = page.frameLocator('.getting-started-media iframe');
      await picture.frameLocator('#active-frame').locator('svg').waitFor();
      await screenshot(page, `editor walkthrough ${step}`);
    }
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
  });
});
