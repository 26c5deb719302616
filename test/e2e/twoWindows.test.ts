import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { generatedContent, startTestHub, type TestHub } from '../hub';
import { closeWindow } from './harness/browser';
import { reportFailure } from './harness/failureReport';
import { serveJourneyCatalog } from './harness/journeyCatalog';
import { pick, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, pressInRow, treeRow } from './harness/sidebar';
import { pressInToast, toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

const question = 'What shall become of them?';
const slow = 2_500_000;
const sizeBytes = 90_000_000;

/** Each test downloads a model of its own. */
const names = ['Alpha', 'Beta', 'Gamma', 'Delta'] as const;
const repoOf = (name: string): string => `org/${name.toLowerCase()}`;
const fileOf = (name: string): string => `ggml-${name.toLowerCase()}.bin`;

/** Windows of one VS Code: each has an extension host of its own, and they share the extension's storage. */
describe('a download in two windows of the real workbench', function () {
  this.timeout(480_000);
  let hub: TestHub;
  let settings: Readonly<Record<string, unknown>>;
  let folder: string;
  let workbench: Workbench;
  let first: Page;
  let second: Page;
  /** Nothing is done in it until it takes the place of a first one that a test closed: a window is expensive. */
  let third: Page;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-folder-'));
    hub = await startTestHub({
      repos: names.map((name) => ({
        name: repoOf(name),
        files: { [fileOf(name)]: generatedContent({ sizeBytes, seed: name }) },
        licence: 'mit',
      })),
    });
    const models = names.map((name) => ({
      id: `journey-${name.toLowerCase()}`,
      name: `${name} model`,
      repo: repoOf(name),
      file: fileOf(name),
      sizeBytes,
    }));
    settings = serveJourneyCatalog(hub, models);
    workbench = await Workbench.start({ settings });
    first = workbench.page;
    second = await workbench.openWindow();
    third = await workbench.openWindow();
    await openViewContainer(second, 'ASR Models');
    await second.locator('.sidebar .welcome-view-content').waitFor({ timeout: 120_000 });
  });
  beforeEach(async () => {
    hub.pace.bytesPerSecondTotal = slow;
    hub.pace.crawlAfter(sizeBytes / 3);
    hub.log.clear();
    if (first.isClosed()) first = third;
    for (const page of [first, second]) {
      await runCommand(page, 'Notifications: Clear All Notifications');
      await runCommand(page, 'View: Close All Editors');
      await openViewContainer(page, 'ASR Models');
    }
  });
  afterEach(async function () {
    await reportFailure(this, { page: second, logs: workbench.logs });
    await reportFailure(this, { page: first, logs: workbench.logs });
  });
  after(async () => {
    await workbench.dispose();
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function download(page: Page, model: string): Promise<void> {
    await runCommand(page, 'ASR: Download Model');
    await pick(page, model);
  }
  const shownIn = (page: Page, model: string) =>
    treeRow(page, new RegExp(`${model}.*\\d+ % · .*in another window`));
  const statusOf = (page: Page, model: string) =>
    page.locator('.statusbar').getByText(new RegExp(`${model} \\d+ %`));
  const deltasIn = async (place: string): Promise<readonly string[]> =>
    (await readdir(place, { recursive: true })).filter((name) => name.endsWith(fileOf('Delta')));
  const sent = (): number => hub.log.bytesSent(({ origin }) => origin === 'cdn');

  it('shows in all with live figures, is paused, resumed and cancelled from another', async () => {
    hub.pace.bytesPerSecondTotal = 500_000;
    await download(first, 'Alpha model');
    await toast(first, 'Downloading Alpha model').waitFor();
    await shownIn(second, 'Alpha model').waitFor({ timeout: 120_000 });
    await statusOf(second, 'Alpha model').waitFor();
    await statusOf(third, 'Alpha model').waitFor();
    await screenshot(third, 'windows unused shows');
    const [before] = /\d+ %/.exec(await shownIn(second, 'Alpha model').innerText()) ?? [''];
    await treeRow(second, /Alpha model/)
      .filter({ hasNotText: before })
      .waitFor();
    assert.equal(await toast(second, 'Downloading').count(), 0, 'one window has the notification');
    await screenshot(second, 'windows other shows');
    await screenshot(first, 'windows owner shows');

    await runCommand(second, 'ASR: Open Model Manager');
    const panel = second.frameLocator('iframe.webview').frameLocator('#active-frame');
    await panel
      .getByText(/in another window/)
      .first()
      .waitFor({ timeout: 120_000 });
    await screenshot(second, 'windows other panel');

    await runCommand(second, 'ASR: Pause Download');
    await treeRow(first, /Alpha model.*Paused/).waitFor();
    await treeRow(second, /Alpha model.*Paused/).waitFor();
    await screenshot(second, 'windows other paused');
    await pressInRow(treeRow(second, /Alpha model/), 'Resume Download');
    await toast(first, 'Downloading Alpha model').waitFor();
    await shownIn(second, 'Alpha model').waitFor();

    await download(second, 'Alpha model');
    await toast(second, 'Another window is already downloading Alpha model').waitFor();
    await screenshot(second, 'windows other joins');

    await panel.getByRole('button', { name: 'Cancel Download: Alpha model' }).click();
    await toast(first, 'Downloading Alpha model').waitFor({ state: 'detached' });
    await treeRow(first, /Alpha model/).waitFor({ state: 'detached' });
    await treeRow(second, /Alpha model/).waitFor({ state: 'detached' });
    await statusOf(second, 'Alpha model').waitFor({ state: 'detached' });
    await screenshot(second, 'windows other cancelled');
    const left = await readdir(`${workbench.globalStorage}/hub`, { recursive: true });
    assert.deepEqual(
      left.filter((name) => name.includes('partial') || name.includes('blobs/')),
      [],
    );
  });

  it('is offered in one other when its window is closed, and resumes there from its bytes', async () => {
    await download(first, 'Beta model');
    await statusOf(third, 'Beta model').waitFor({ timeout: 120_000 });
    await shownIn(second, 'Beta model').waitFor({ timeout: 120_000 });
    await hub.waitForBytes(sizeBytes / 4);
    await closeWindow(first);
    await treeRow(second, /Beta model.*MB of 90 MB/).waitFor();
    const offerIn = (page: Page) =>
      toast(page, /The download of Beta model was not finished: [\d.]+ MB of 90 MB/);
    const asking = await Promise.any(
      [second, third].map(async (page) => {
        await offerIn(page).waitFor({ timeout: 120_000 });
        return page;
      }),
    );
    await screenshot(asking, 'windows owner closed');
    hub.pace.bytesPerSecondTotal = 0;
    await pressInToast(offerIn(asking), 'Resume');
    await toast(asking, 'Beta model is downloaded and verified').waitFor({ timeout: 120_000 });
    await treeRow(second, /Beta model.*90 MB/).waitFor();
    const other = asking === second ? third : second;
    assert.equal(await offerIn(other).count(), 0, 'one window asks');
    await screenshot(second, 'windows taken up');
    assert.ok(sent() < sizeBytes * 1.4, `${sent()} bytes were sent for ${sizeBytes}`);
  });

  it('that is done in one is there in the other, without a reload', async () => {
    hub.pace.bytesPerSecondTotal = 0;
    await download(first, 'Delta model');
    await toast(first, 'Delta model is downloaded and verified').waitFor({ timeout: 120_000 });
    await treeRow(second, /Delta model90 MB/).waitFor({ timeout: 120_000 });
  });

  it('a folder for models that is changed is asked about in one of them, and both follow', async () => {
    await workbench.writeSettings({
      ...settings,
      'asr.cache.directory': path.join(folder, 'first'),
    });
    await Promise.any(
      [first, second].map((page) => toast(page, question).waitFor({ timeout: 120_000 })),
    );
    // Both have followed: the new folder holds nothing.
    for (const page of [first, second])
      await treeRow(page, /Delta model/).waitFor({ state: 'detached' });
    const counts = [first, second].map((page) => toast(page, question).count());
    const [here = 0, there = 0] = await Promise.all(counts);
    assert.equal(here + there, 1, `${here} and ${there} questions`);

    const page = here === 1 ? first : second;
    await screenshot(page, 'editor folder question');
    await pressInToast(toast(page, question), 'Move Them');
    await toast(page, 'were moved to').waitFor({ timeout: 120_000 });
    for (const each of [first, second]) await treeRow(each, /Delta model90 MB/).waitFor();
    assert.equal((await deltasIn(path.join(folder, 'first'))).length, 1);
  });

  it('is taken over automatically by a window that asked for the same model', async () => {
    await download(first, 'Gamma model');
    await shownIn(second, 'Gamma model').waitFor({ timeout: 120_000 });
    await download(second, 'Gamma model');
    await toast(second, 'Another window is already downloading Gamma model').waitFor();
    await hub.waitForBytes(sizeBytes / 4);
    await closeWindow(first);
    // By its capital letter: the message before says "downloading", too.
    await toast(second, /Downloading Gamma model/).waitFor({ timeout: 120_000 });
    await treeRow(second, /in another window/).waitFor({ state: 'detached' });
    await screenshot(second, 'windows taken over');
    hub.pace.bytesPerSecondTotal = 0;
    await toast(second, 'Gamma model is downloaded and verified').waitFor({ timeout: 120_000 });
    assert.ok(sent() < sizeBytes * 1.4, `${sent()} bytes were sent for ${sizeBytes}`);
  });
});
