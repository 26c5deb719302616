import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { startEditorHub, type EditorHub } from './editorHub';
import { reportFailure } from './harness/failureReport';
import { pick, quickPickRow, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, pressInRow, treeRow } from './harness/sidebar';
import { pressInToast, toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

const slow = 2_500_000;
const sizeBytes = 90_000_000;

/** Two windows of one VS Code: two extension hosts that share the extension's storage. */
describe('a download in two windows of the real workbench', function () {
  this.timeout(240_000);
  let journey: EditorHub;
  let workbench: Workbench;
  let first: Page;
  let second: Page;

  beforeEach(async () => {
    journey = await startEditorHub();
    journey.hub.pace.bytesPerSecondTotal = slow;
    journey.hub.pace.crawlAfter(sizeBytes / 3);
    workbench = await Workbench.start({ settings: journey.settings });
    first = workbench.page;
    second = await workbench.openWindow();
    await openViewContainer(first, 'ASR Models');
    await openViewContainer(second, 'ASR Models');
    await second.locator('.sidebar .welcome-view-content').waitFor({ timeout: 60_000 });
  });
  afterEach(async function () {
    await reportFailure(this, { page: second, logs: workbench.logs });
    await reportFailure(this, workbench);
    await workbench.dispose();
    await journey.hub.close();
  });

  async function download(page: Page): Promise<void> {
    await runCommand(page, 'ASR: Download Model');
    await quickPickRow(page, 'Alpha model').waitFor();
    await pick(page, 'Alpha model');
  }
  const shownIn = (page: Page) => treeRow(page, /Alpha model.*\d+ % · .*in another window/);
  const statusOf = (page: Page) => page.locator('.statusbar').getByText(/Alpha model \d+ %/);
  const sent = (): number => journey.hub.log.bytesSent(({ origin }) => origin === 'cdn');

  it('shows in all with live figures, is paused, resumed and cancelled from another', async () => {
    journey.hub.pace.bytesPerSecondTotal = 500_000;
    const unused = await workbench.openWindow();
    await download(first);
    await toast(first, 'Downloading Alpha model').waitFor();
    await shownIn(second).waitFor({ timeout: 30_000 });
    await statusOf(second).waitFor();
    await statusOf(unused).waitFor();
    await screenshot(unused, 'windows unused shows');
    const [before] = /\d+ %/.exec(await shownIn(second).innerText()) ?? [''];
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
      .waitFor({ timeout: 30_000 });
    await screenshot(second, 'windows other panel');

    await runCommand(second, 'ASR: Pause Download');
    await treeRow(first, /Alpha model.*Paused/).waitFor();
    await treeRow(second, /Alpha model.*Paused/).waitFor();
    await screenshot(second, 'windows other paused');
    await pressInRow(treeRow(second, /Alpha model/), 'Resume Download');
    await toast(first, 'Downloading Alpha model').waitFor();
    await shownIn(second).waitFor();

    await download(second);
    await toast(second, 'Another window is already downloading Alpha model').waitFor();
    await screenshot(second, 'windows other joins');

    await panel.getByRole('button', { name: 'Cancel Download: Alpha model' }).click();
    await toast(first, 'Downloading Alpha model').waitFor({ state: 'detached' });
    await treeRow(first, /Alpha model/).waitFor({ state: 'detached' });
    await treeRow(second, /Alpha model/).waitFor({ state: 'detached' });
    await statusOf(second).waitFor({ state: 'detached' });
    await screenshot(second, 'windows other cancelled');
    const left = await readdir(`${workbench.globalStorage}/hub`, { recursive: true });
    assert.deepEqual(
      left.filter((name) => name.includes('partial') || name.includes('blobs/')),
      [],
    );
  });

  it('is offered in one other when its window is closed, and goes on there from its bytes', async () => {
    const third = await workbench.openWindow();
    await download(first);
    await statusOf(third).waitFor({ timeout: 30_000 });
    await shownIn(second).waitFor({ timeout: 30_000 });
    await journey.hub.waitForBytes(sizeBytes / 4);
    await first.close();
    await treeRow(second, /Alpha model.*MB of 90 MB/).waitFor();
    const offerIn = (page: Page) =>
      toast(page, /The download of Alpha model was not finished: [\d.]+ MB of 90 MB/);
    const asking = await Promise.any(
      [second, third].map(async (page) => {
        await offerIn(page).waitFor({ timeout: 60_000 });
        return page;
      }),
    );
    await screenshot(asking, 'windows owner closed');
    journey.hub.pace.bytesPerSecondTotal = 0;
    await pressInToast(offerIn(asking), 'Resume');
    await toast(asking, 'Alpha model is downloaded and verified').waitFor({ timeout: 60_000 });
    await treeRow(second, /Alpha model.*90 MB/).waitFor();
    const other = asking === second ? third : second;
    assert.equal(await offerIn(other).count(), 0, 'one window asks');
    await screenshot(second, 'windows taken up');
    assert.ok(sent() < sizeBytes * 1.4, `${sent()} bytes were sent for ${sizeBytes}`);
  });

  it('is taken over by itself by a window that asked for the same model', async () => {
    await download(first);
    await shownIn(second).waitFor({ timeout: 30_000 });
    await download(second);
    await toast(second, 'Another window is already downloading Alpha model').waitFor();
    await journey.hub.waitForBytes(sizeBytes / 4);
    await first.close();
    // By its capital letter: the message before says "downloading", too.
    await toast(second, /Downloading Alpha model/).waitFor({ timeout: 60_000 });
    await treeRow(second, /in another window/).waitFor({ state: 'detached' });
    await screenshot(second, 'windows taken over');
    journey.hub.pace.bytesPerSecondTotal = 0;
    await toast(second, 'Alpha model is downloaded and verified').waitFor({ timeout: 60_000 });
    assert.ok(sent() < sizeBytes * 1.4, `${sent()} bytes were sent for ${sizeBytes}`);
  });

  it('that is done in one is there in the other, without a reload', async () => {
    journey.hub.pace.bytesPerSecondTotal = 0;
    await download(first);
    await toast(first, 'Alpha model is downloaded and verified').waitFor({ timeout: 60_000 });
    await treeRow(second, /Alpha model90 MB/).waitFor({ timeout: 30_000 });
  });
});
