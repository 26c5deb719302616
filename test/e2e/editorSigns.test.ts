import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { extensionLogs } from '../../scripts/vscode/extensionLogs';
import { measureSigns, prepareForSigns, signTable } from './commandSigns';
import { startEditorHub, type EditorHub } from './editorHub';
import { reportFailure } from './harness/failureReport';
import { firstSignOf } from './harness/firstSign';
import { openViewContainer } from './harness/sidebar';
import { Workbench } from './harness/workbench';

/** A person waits 100 ms. This machine runs a browser, a server, a hub and other tests at the same time. */
const msAllowed = 30_000;

describe('the first sign of a command, in the real workbench', function () {
  this.timeout(600_000);
  let journey: EditorHub;
  let workbench: Workbench;

  before(async () => {
    journey = await startEditorHub();
    workbench = await Workbench.start({ settings: journey.settings });
  });
  afterEach(async function () {
    await reportFailure(this, workbench);
  });
  after(async () => {
    await workbench.dispose();
    await journey.hub.close();
  });

  /** How often the extension has started in a window. */
  async function activations(): Promise<number> {
    return [...(await extensionLogs(workbench.logs)).matchAll(/is active after/g)].length;
  }

  async function assertSoon(page: Page, command: string): Promise<void> {
    const sign = await firstSignOf(page, command);
    console.log(`      ${command}: ${sign.ms.toFixed(0)} ms, ${sign.where}`);
    assert.ok(sign.ms < msAllowed, `${command}: ${sign.ms.toFixed(0)} ms`);
  }

  it('comes soon when the command is the first call in a window', async () => {
    while ((await activations()) === 0) await workbench.page.waitForTimeout(100);
    await assertSoon(workbench.page, 'ASR: Download Model');
    await workbench.page.keyboard.press('Escape');
    // The other commands need a downloaded model.
    await prepareForSigns(workbench.page);
    for (const command of ['ASR: Load Model', 'ASR: Verify Models']) {
      const active = await activations();
      const page = await workbench.openWindow();
      while ((await activations()) === active) await page.waitForTimeout(100);
      await openViewContainer(page, 'Explorer');
      await assertSoon(page, command);
      await page.close();
    }
  });

  it('comes soon after Enter', async () => {
    const { page } = workbench;
    const signs = await measureSigns(page, journey);
    console.log(signTable(signs));
    assert.deepEqual(
      signs.filter(({ ms }) => ms > msAllowed),
      [],
    );
  });
});
