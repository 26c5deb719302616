import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { dialogBox } from './harness/dialogBox';
import { reportFailure } from './harness/failureReport';
import { pick, quickPickRow } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, treeRow } from './harness/sidebar';
import { toast } from './harness/toasts';
import { Workbench } from './harness/workbench';
import { clip, closeEditor, editorText, untilNoProcess } from './speechSteps';

/** The entry of the context menu that is open. */
function menuEntry(page: Page, text: string): Locator {
  return page.locator('.monaco-menu .action-item:visible').filter({ hasText: text }).first();
}

/** Opens a file's menu again until the entry is there: in the first seconds of a window the extension is not yet known. */
async function openMenu(page: Page, file: string, text: string): Promise<Locator> {
  const entry = menuEntry(page, text);
  for (let attempt = 1; ; attempt += 1) {
    await treeRow(page, file).click({ button: 'right' });
    try {
      await entry.waitFor({ timeout: 5_000 });
      return entry;
    } catch (error) {
      if (attempt === 10) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

describe('the explorer’s context menu, in the real workbench', function () {
  this.timeout(600_000);
  let sample: SampleHub;
  let workbench: Workbench;
  let folder: string;
  let page: Page;

  before(async () => {
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes: 1_000_000 });
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-recordings-'));
    await copyFile(clip, path.join(folder, 'Interview 1.WAV'));
    await writeFile(path.join(folder, 'notes.txt'), 'no audio');
    workbench = await Workbench.start({
      settings: { 'asr.catalog.additional': [sample.catalogUrl], 'asr.hub.endpoint': sample.url },
      openFolder: folder,
    });
    ({ page } = workbench);
    const question = dialogBox(page, 'Do you trust the authors');
    await page.locator('.statusbar').getByText('Restricted Mode').waitFor({ timeout: 120_000 });
    if (await question.isVisible()) await question.getByRole('button', { name: /^No/ }).click();
  });
  afterEach(async function () {
    await reportFailure(this, { page, logs: workbench.logs });
  });
  after(async () => {
    await workbench.dispose();
    await sample.close();
    await rm(folder, { recursive: true, force: true });
    await untilNoProcess(workbench);
  });

  it('transcribes a recording that a person right-clicks, after downloading and loading a model', async () => {
    await openViewContainer(page, 'Explorer');
    const entry = await openMenu(page, 'Interview 1.WAV', 'Transcribe Audio File');
    await entry.hover();
    await screenshot(page, 'speech explorer menu');
    await entry.click();
    await quickPickRow(page, 'Subtitles (WebVTT)').waitFor();
    await screenshot(page, 'speech formats');
    await pick(page, 'Subtitles (WebVTT)');
    // Nothing is downloaded yet.
    await pick(page, 'Download a Model and Load It');
    await pick(page, 'Sample Whisper hello');
    await toast(page, 'Sample Whisper hello is downloaded').waitFor({ timeout: 120_000 });
    await editorText(page, /^WEBVTT$/).waitFor({ timeout: 120_000 });
    await editorText(page, /^hello.model$/).waitFor();
    await screenshot(page, 'speech explorer result');
    await closeEditor(page);
  });

  it('offers nothing for a file that is no audio', async () => {
    await openMenu(page, 'notes.txt', 'Rename');
    await menuEntry(page, 'Transcribe Audio File').waitFor({ state: 'detached', timeout: 1_000 });
    await page.keyboard.press('Escape');
  });
});
