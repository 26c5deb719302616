import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { reportFailure } from './harness/failureReport';
import { serveJourneyCatalog } from './harness/journeyCatalog';
import { runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { Workbench } from './harness/workbench';
import { sampleCatalog } from './panel/panelFixture';
import { activeFrame, panelFrame } from './panel/panelFrame';
import { watchPolicy } from './panel/policyWatch';
import { strangers, textsIn, textsOf, wordsIn, wordsOf } from './panel/strangers';

/**
 * The script that sets the window's language, as a language pack does: it gives extensions their own translations. The
 * workbench's words stay English, since the pack itself is not installed.
 */
const speakGerman = `Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', {
  get: () => 'de',
  set: () => undefined,
});`;

describe('the panel in a real workbench that speaks German', function () {
  this.timeout(600_000);
  let sample: SampleHub;
  let workbench: Workbench;
  let page: Page;
  let panel: FrameLocator;
  let complaints: string[] = [];

  before(async () => {
    sample = await startSampleHub({ bytesPerSecond: 0 });
    const file = { repo: 'samples/whisper.cpp', file: 'ggml-hello.en.bin' };
    workbench = await Workbench.start({
      settings: serveJourneyCatalog(sample.hub, [{ id: 'tour', name: 'Tour', ...file }]),
      initScript: speakGerman,
    });
    ({ page } = workbench);
    complaints = watchPolicy(page);
    await runCommand(page, 'Notifications: Toggle Do Not Disturb Mode');
    await runCommand(page, 'ASR: Open Model Manager');
    panel = panelFrame(page);
  });

  after(async () => {
    await workbench.dispose();
    await sample.close();
  });

  afterEach(async function () {
    await reportFailure(this, { page, logs: workbench.logs });
    assert.deepEqual(complaints, [], 'a violation of a content security policy was logged');
  });

  /** Whatever the panel shows is German, or a name. */
  async function saysNothingForeign(): Promise<void> {
    const catalog = await sampleCatalog();
    const where = path.join(workbench.globalStorage, 'hub');
    const names = ['Journey models', 'Journey', 'Tour', 'ggml-hello.en.bin', where];
    const words = new Set([...wordsIn('de', catalog), ...wordsOf(os.hostname())]);
    const shown = await textsOf(await activeFrame(page));
    assert.deepEqual(strangers(shown, textsIn([catalog, names]), words), []);
  }

  it('downloads, loads and deletes a model in German, with German figures', async () => {
    await panel.getByRole('tab', { name: 'Modelle', exact: true }).waitFor({ timeout: 120_000 });
    assert.equal(
      await (await activeFrame(page)).evaluate(() => document.documentElement.lang),
      'de',
    );
    await panel.getByText('Für diesen Computer empfohlen').waitFor();
    await saysNothingForeign();
    await panel.getByRole('textbox', { name: /^Modelle nach Name/ }).fill('Tour');
    await panel.getByRole('treeitem', { name: /^Tour/ }).locator('.row-title').click();
    const details = panel.getByRole('article', { name: 'Tour' });
    await details.getByRole('button', { name: 'Modell herunterladen' }).click();
    const dialog = panel.getByRole('dialog', { name: 'Tour herunterladen' });
    await dialog.getByText('Download abgeschlossen!').waitFor();
    await screenshot(page, 'panel German dialog');
    await saysNothingForeign();
    await dialog.getByRole('button', { name: 'Modell laden' }).click();
    await dialog.getByRole('button', { name: /^Entladen/ }).waitFor({ timeout: 120_000 });
    await page.keyboard.press('Escape');
    await panel.getByRole('tab', { name: /^Heruntergeladene Modelle/ }).click();
    const row = panel.getByRole('row', { name: /^Tour/ });
    await row.getByText('Überprüft', { exact: true }).waitFor();
    await screenshot(page, 'panel German downloaded models');
    await saysNothingForeign();
    await row.getByRole('button', { name: 'Löschen: Tour' }).click();
    const box = panel.getByRole('alertdialog');
    await box.getByRole('button', { name: 'Löschen' }).click();
    await panel.getByText(/wieder frei/).waitFor();
  });
});
