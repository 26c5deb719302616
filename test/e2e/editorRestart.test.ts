import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { extensionLogs } from '../../scripts/vscode/extensionLogs';
import { pushNewer, startEditorHub, type EditorHub } from './editorHub';
import { reportFailure } from './harness/failureReport';
import { chooseFile, pick, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { hoverUntil, openViewContainer, pressInRowUntilGone, treeRow } from './harness/sidebar';
import { pressInToast, toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

/** Counts what the editor hands to screen readers from now on. */
async function countAnnouncements(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = [];
    Reflect.set(window, 'asrSaid', said);
    for (const region of document.querySelectorAll('.monaco-aria-container > *')) {
      new MutationObserver(() => {
        const text = region.textContent;
        if (text !== '') said.push(text);
      }).observe(region, { childList: true, characterData: true, subtree: true });
    }
  });
  return async () => {
    const said: unknown = await page.evaluate(() => {
      const found: unknown = Reflect.get(window, 'asrSaid');
      return found;
    });
    assert.ok(Array.isArray(said));
    return said.map(String);
  };
}

/** The tiny model on the status bar, loaded or remembered. */
function statusItem(page: Page): Locator {
  return page.locator('.statusbar-item:visible').filter({ hasText: 'Tiny model' });
}

const question = 'What shall become of them?';

describe('what outlives the editor, in the real workbench', function () {
  this.timeout(600_000);
  let journey: EditorHub;
  let workbench: Workbench;
  let settings: Readonly<Record<string, unknown>>;
  let folder: string;

  before(async () => {
    journey = await startEditorHub();
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-folder-'));
    settings = settingsFor('first');
    workbench = await Workbench.start({ settings });
  });
  afterEach(async function () {
    await reportFailure(this, workbench);
  });
  after(async () => {
    await workbench.dispose();
    await journey.hub.close();
    await rm(folder, { recursive: true, force: true });
  });

  const settingsFor = (name: string): Readonly<Record<string, unknown>> => ({
    ...journey.settings,
    'editor.accessibilitySupport': 'on',
    'asr.cache.directory': path.join(folder, name),
  });
  const filesIn = async (place: string): Promise<readonly string[]> => {
    const names = await readdir(place, { recursive: true }).catch(() => []);
    return names.filter((name) => name.endsWith('ggml-beta.bin'));
  };
  const isUnanswered = async (): Promise<boolean> => {
    const kept = path.join(workbench.globalStorage, 'state', 'keptFolder.json');
    return !(await readFile(kept, 'utf8')).includes('"left":[]');
  };

  /** Downloads quickly up to what a restart finds here, and crawls from there. */
  async function download(model: string): Promise<void> {
    const { page } = workbench;
    journey.hub.pace.bytesPerSecondTotal = 12_000_000;
    journey.hub.pace.crawlAfter(45_000_000);
    await runCommand(page, 'ASR: Download Model');
    await pick(page, model);
  }

  it('a folder for models that was changed while the editor was closed is asked about at the next start, and again when the window went away before the answer', async () => {
    await openViewContainer(workbench.page, 'ASR Models');
    await runCommand(workbench.page, 'ASR: Download Model');
    await pick(workbench.page, 'Beta model');
    await treeRow(workbench.page, /Beta model20 MB/).waitFor();
    settings = settingsFor('second');
    await workbench.restart(() => workbench.writeSettings(settings));
    await toast(workbench.page, question)
      .filter({ hasText: path.join(folder, 'first') })
      .waitFor({ timeout: 120_000 });

    await workbench.restart();
    const { page } = workbench;
    const asked = toast(page, question);
    await asked.filter({ hasText: path.join(folder, 'first') }).waitFor({ timeout: 120_000 });
    await pressInToast(asked, 'Copy Them');
    await toast(page, 'were copied to').waitFor({ timeout: 120_000 });
    assert.ok(!(await isUnanswered()), 'told before it is kept');
    for (const name of ['first', 'second'])
      assert.equal((await filesIn(path.join(folder, name))).length, 1, name);
  });

  it('the answer about a folder for models is: it is not asked about a second time', async () => {
    settings = settingsFor('third');
    await workbench.writeSettings(settings);
    const asked = toast(workbench.page, question);
    await asked.waitFor({ timeout: 120_000 });
    await pressInToast(asked, 'Start Empty');
    // A window that goes away with the click takes the answer with it: the toast is gone before the host has received
    // it.
    while (await isUnanswered()) await setTimeout(50);
    await workbench.restart();
    await openViewContainer(workbench.page, 'ASR Models');
    await workbench.page
      .locator('.sidebar .welcome-view-content')
      .filter({ hasText: 'No speech-recognition model is on this machine yet' })
      .waitFor({ timeout: 120_000 });
    assert.equal(await toast(workbench.page, question).count(), 0, 'it was asked a second time');
    assert.equal((await filesIn(path.join(folder, 'second'))).length, 1, 'they stay');
  });

  it('a download is offered after a restart with the bytes that are here, and resumes from there', async () => {
    let { page } = workbench;
    journey.hub.log.clear();
    await download('Alpha model');
    await toast(page, 'Downloading Alpha model').waitFor();
    await journey.hub.waitForBytes(40_000_000);
    await workbench.restart();
    ({ page } = workbench);
    const offer = toast(
      page,
      /The download of Alpha model was not finished: [\d.]+ MB of 90 MB are here/,
    );
    await offer.waitFor({ timeout: 120_000 });
    await screenshot(page, 'editor resume offer');

    journey.hub.log.clear();
    await pressInToast(offer, 'Resume');
    await toast(page, 'Downloading Alpha model').waitFor();
    const said = await countAnnouncements(page);
    journey.hub.pace.bytesPerSecondTotal = 12_000_000;
    await toast(page, 'Alpha model is downloaded and verified').waitFor({ timeout: 120_000 });
    const sent = journey.hub.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(sent < 75_000_000, `${sent} bytes were sent after the restart`);

    // A quarter of the way at most once each, the phases, and the end: not every tick.
    const heard = (await said()).filter((text) => text.includes('Alpha model'));
    assert.ok(heard.length >= 1 && heard.length <= 12, heard.join('\n'));
  });

  it('a download resumes automatically after a restart where that is set', async () => {
    await workbench.writeSettings({ ...settings, 'asr.download.resumeOnStartup': 'always' });
    await download('Gamma model');
    await journey.hub.waitForBytes(40_000_000, ({ path: asked }) => asked.includes('gamma'));
    journey.hub.log.clear();
    await workbench.restart();
    const { page } = workbench;
    await toast(page, 'Downloading Gamma model').waitFor({ timeout: 120_000 });
    journey.hub.pace.bytesPerSecondTotal = 24_000_000;
    await toast(page, 'Gamma model is downloaded and verified').waitFor({ timeout: 120_000 });
    assert.equal(await toast(page, 'was not finished').count(), 0, 'it was asked');
    const sent = journey.hub.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(sent < 58_000_000, `${sent} bytes were sent after the restart`);
  });

  it('a download stays paused until it is resumed by hand after a restart where that is set', async () => {
    await workbench.writeSettings({ ...settings, 'asr.download.resumeOnStartup': 'never' });
    pushNewer(journey.hub, 'beta', 60_000_000);
    await download('Beta model');
    await journey.hub.waitForBytes(40_000_000, ({ path: asked }) => asked.includes('beta'));
    await workbench.restart(() => {
      journey.hub.log.clear();
      return Promise.resolve();
    });
    const { page } = workbench;
    await openViewContainer(page, 'ASR Models');
    const row = treeRow(page, /Beta model.*of 60 MB/);
    await row.waitFor({ timeout: 120_000 });
    assert.equal(await toast(page, 'was not finished').count(), 0, 'it was asked');
    assert.equal(await toast(page, 'Downloading').count(), 0);
    const asked = journey.hub.log.filter(({ path: place }) => place.includes('beta'));
    assert.deepEqual(asked, [], 'the hub was asked');

    journey.hub.pace.bytesPerSecondTotal = 24_000_000;
    await pressInRowUntilGone(row, 'Resume Download');
    await toast(page, 'Beta model is downloaded and verified').waitFor({ timeout: 120_000 });
    const sent = journey.hub.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(sent < 58_000_000, `${sent} bytes were sent after the restart`);
    await workbench.writeSettings(settings);
  });

  it('a whole model is there and not offered again; the one that transcribes is remembered, and loaded when it is needed', async () => {
    await download('Tiny model');
    await toast(workbench.page, 'Tiny model is downloaded and verified').waitFor();
    await runCommand(workbench.page, 'ASR: Load Model');
    await pick(workbench.page, 'Tiny model');
    await statusItem(workbench.page)
      .and(workbench.page.locator('[aria-label*="is loaded"]'))
      .waitFor();
    // Looked at on the disk: in an editor the file would be in the way of the one who saves it.
    while (!(await workbench.userSettings()).includes('journey-tiny')) await setTimeout(50);
    // The name lies in the editor's own storage, which is written a moment later.
    await runCommand(workbench.page, 'Notifications: Clear All Notifications');
    await workbench.restart();
    const { page } = workbench;
    await statusItem(page).waitFor({ timeout: 120_000 });
    await screenshot(page, 'editor active model');
    await openViewContainer(page, 'ASR Models');
    await treeRow(page, /Alpha model90 MB/).waitFor();
    assert.equal(await toast(page, 'was not finished').count(), 0, 'whole models were offered');
    const row = treeRow(page, /Tiny model.*x real time here/);
    await row.waitFor();
    assert.doesNotMatch(await row.innerText(), /loaded/, 'a start loads no model');

    await statusItem(page).click();
    await chooseFile(page, path.resolve('media', 'clip.wav'));
    await pick(page, 'Text');
    const line = page.locator('.monaco-editor .view-line').filter({ hasText: /^hello.model$/ });
    await line.waitFor({ timeout: 120_000 });
    await row.filter({ hasText: 'loaded' }).waitFor();

    const tooltip = page.locator('.monaco-hover:visible').filter({ hasText: 'Measured here' });
    await hoverUntil(treeRow(page, 'Tiny model'), tooltip.first());
    const figures = /x\sreal\stime,\sloaded\sin\s[\d.]+\ss,\sthreads:\s\d+,\swhisper\.cpp/;
    await tooltip.filter({ hasText: figures }).first().waitFor();
    await screenshot(page, 'speech measured');

    journey.hub.log.clear();
    await runCommand(page, 'ASR: Download Model');
    await pick(page, 'Alpha model');
    await toast(page, 'Alpha model is downloaded and verified').waitFor({ timeout: 120_000 });
    const forBytes = journey.hub.log.filter(
      ({ origin, path: place }) => origin === 'cdn' || place.includes('/resolve'),
    );
    assert.deepEqual(forBytes, [], 'bytes were asked for again');
  });

  it('the extension starts in an imperceptible time, by the figure of the editor itself', async () => {
    const { page } = workbench;
    await runCommand(page, 'Developer: Show Running Extensions');
    const rows = page.locator('.runtime-extensions-editor .monaco-list-row');
    const row = rows.filter({ hasText: 'ASR Model Manager' });
    await rows.first().hover();
    // The slowest stand first, and only what is in view is there at all.
    while ((await row.count()) === 0) {
      await page.mouse.wheel(0, 200);
      await setTimeout(100);
    }
    const text = await row.innerText();
    await screenshot(page, 'editor running extensions');
    const [, milliseconds] = /Activation: (\d+)ms/.exec(text) ?? [];
    const own = [...(await extensionLogs(workbench.logs)).matchAll(/is active after ([\d.]+) ms/g)];
    const figures = own.map(([, ms]) => Number(ms));
    console.log(
      `      activation: ${figures.join(', ')} ms; with its code: ${String(milliseconds)} ms`,
    );
    // The aim is 20 ms on a machine that does nothing else; this one starts a browser, a server and a hub at the same
    // time. The figures are printed; only an activation that loads what it should not takes a second at its quickest.
    assert.ok(figures.length >= 3 && Math.min(...figures) < 1_000, figures.join());
    assert.ok(Number(milliseconds) < 5000, text);
  });
});
