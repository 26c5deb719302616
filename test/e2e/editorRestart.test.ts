import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { extensionLogs } from '../../scripts/vscode/extensionLogs';
import { startEditorHub, type EditorHub } from './editorHub';
import { reportFailure } from './harness/failureReport';
import { pick, quickPickRow, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, treeRow } from './harness/sidebar';
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

describe('a download that outlives the editor, in the real workbench', function () {
  this.timeout(180_000);
  let journey: EditorHub;
  let workbench: Workbench;

  before(async () => {
    journey = await startEditorHub();
    workbench = await Workbench.start({
      settings: { ...journey.settings, 'editor.accessibilitySupport': 'on' },
    });
  });
  afterEach(async function () {
    await reportFailure(this, workbench);
  });
  after(async () => {
    await workbench.dispose();
    await journey.hub.close();
  });

  it('is offered after a restart with what is here, and goes on from there', async () => {
    let { page } = workbench;
    journey.hub.pace.bytesPerSecondTotal = 12_000_000;
    await runCommand(page, 'ASR: Download Model');
    await quickPickRow(page, 'Alpha model').waitFor();
    await pick(page, 'Alpha model');
    await toast(page, 'Downloading Alpha model').waitFor();
    await journey.hub.waitForBytes(40_000_000);
    await workbench.restart();
    ({ page } = workbench);
    const offer = toast(
      page,
      /The download of Alpha model was not finished: [\d.]+ MB of 90 MB are here/,
    );
    await offer.waitFor({ timeout: 60_000 });
    await screenshot(page, 'editor resume offer');

    journey.hub.log.clear();
    await pressInToast(offer, 'Resume');
    await toast(page, 'Downloading Alpha model').waitFor();
    const said = await countAnnouncements(page);
    await toast(page, 'Alpha model is downloaded and verified').waitFor({ timeout: 60_000 });
    const sent = journey.hub.log.bytesSent(({ origin }) => origin === 'cdn');
    assert.ok(sent < 75_000_000, `${sent} bytes were sent after the restart`);

    // A quarter of the way at most once each, the phases, and the end: not every tick.
    const heard = (await said()).filter((text) => text.includes('Alpha model'));
    assert.ok(heard.length >= 1 && heard.length <= 12, heard.join('\n'));
  });

  it('is not offered again when it is whole', async () => {
    await workbench.restart();
    const { page } = workbench;
    await openViewContainer(page, 'ASR Models');
    await treeRow(page, /Alpha model90 MB/).waitFor({ timeout: 60_000 });
    assert.equal(await toast(page, 'was not finished').count(), 0);
  });

  it('starts in a time that nobody notices, by the figure of the editor itself', async () => {
    const { page } = workbench;
    await runCommand(page, 'Developer: Show Running Extensions');
    const row = page
      .locator('.runtime-extensions-editor .monaco-list-row')
      .filter({ hasText: 'ASR Model Manager' });
    await row.waitFor();
    const text = await row.innerText();
    await screenshot(page, 'editor running extensions');
    const [, milliseconds] = /Activation: (\d+)ms/.exec(text) ?? [];
    const own = [...(await extensionLogs(workbench.logs)).matchAll(/is active after ([\d.]+) ms/g)];
    const figures = own.map(([, ms]) => Number(ms));
    console.log(
      `      activation: ${figures.join(', ')} ms; with its code: ${String(milliseconds)} ms`,
    );
    // The aim is 20 ms on a machine that does nothing else; this one runs a browser, a server and a hub beside it.
    assert.ok(figures.length >= 3 && Math.min(...figures) < 100, figures.join());
    assert.ok(Number(milliseconds) < 1000, text);
  });
});
