import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { dialogBox } from './harness/dialogBox';
import { reportFailure } from './harness/failureReport';
import { pick, quickPickRow, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, treeRow } from './harness/sidebar';
import { pressInToast, toast } from './harness/toasts';
import { Workbench } from './harness/workbench';
import {
  clip,
  closeEditor,
  download,
  editorText,
  folderOf,
  load,
  loadedItem,
  notice,
  onlyProcess,
  runtimeProcesses,
  transcribe,
  untilNoProcess,
} from './speechSteps';
import { toneFile } from './toneFile';

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

describe('a model is loaded and transcribes in the real workbench', function () {
  this.timeout(600_000);
  let sample: SampleHub;
  let workbench: Workbench;
  let page: Page;
  /** The folder that the window shows, in Restricted Mode: what a person does with their own files is the same in it. */
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-recordings-'));
    await copyFile(clip, path.join(folder, 'Interview 1.WAV'));
    await writeFile(path.join(folder, 'notes.txt'), 'no audio');
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes: 1_000_000, failing: true });
    workbench = await Workbench.start({
      settings: { 'asr.catalog.additional': [sample.catalogUrl], 'asr.hub.endpoint': sample.url },
      openFolder: folder,
    });
    page = workbench.page;
    const question = dialogBox(page, 'Do you trust the authors');
    await page.locator('.statusbar').getByText('Restricted Mode').waitFor({ timeout: 120_000 });
    if (await question.isVisible()) await question.getByRole('button', { name: /^No/ }).click();
  });
  // Only three toasts stand at a time: each test starts without any.
  beforeEach(() => runCommand(page, 'Notifications: Clear All Notifications'));
  afterEach(async function () {
    await reportFailure(this, workbench);
  });
  after(async () => {
    await workbench.dispose();
    await sample.close();
    await rm(folder, { recursive: true, force: true });
    await untilNoProcess(workbench);
  });

  it('transcribes a recording that a person right-clicks in the Explorer, after downloading and loading a model', async () => {
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
    await pick(page, 'Sample Whisper fox');
    await toast(page, 'Sample Whisper fox is downloaded').waitFor({ timeout: 120_000 });
    await editorText(page, /^WEBVTT$/).waitFor({ timeout: 120_000 });
    await editorText(page, /quick.brown.fox/).waitFor();
    await screenshot(page, 'speech explorer result');
    await closeEditor(page);
  });

  it('offers nothing in the Explorer for a file that is no audio', async () => {
    await openMenu(page, 'notes.txt', 'Rename');
    await menuEntry(page, 'Transcribe Audio File').waitFor({ state: 'detached', timeout: 1_000 });
    await page.keyboard.press('Escape');
  });

  it('downloads and loads a whisper.cpp model, transcribes a WAV, says how fast it was, and frees it', async () => {
    await openViewContainer(page, 'ASR Models');
    await download(page, 'Sample Whisper hello');
    await load(page, 'Sample Whisper hello');
    await loadedItem(page, 'Sample Whisper hello').waitFor();
    await treeRow(page, /Sample Whisper hello.*loaded · .*x real time here/).waitFor();
    await transcribe(page, clip, 'Text');
    await editorText(page, /^hello.model$/).waitFor();
    await screenshot(page, 'speech transcript');
    await closeEditor(page);
    await onlyProcess(workbench);

    await runCommand(page, 'ASR: Unload Model');
    await loadedItem(page, 'Sample Whisper hello').waitFor({ state: 'detached' });
    await untilNoProcess(workbench);
  });

  it('does the same with a sherpa-onnx model, as subtitles, and remembers it', async () => {
    await download(page, 'Sample NeMo CTC');
    await load(page, 'Sample NeMo CTC');
    await loadedItem(page, 'Sample NeMo CTC').waitFor();
    await transcribe(page, clip, 'Subtitles (SRT)');
    await editorText(page, /00:00:00,\d{3}.-->.00:00:/).waitFor();
    await editorText(page, /^hello.tiny.model$/).waitFor();
    await closeEditor(page);

    await runCommand(page, 'ASR: Unload Model');
    await loadedItem(page, 'Sample NeMo CTC').waitFor({ state: 'detached' });
    // The active model is loaded automatically.
    await transcribe(page, clip, 'Text');
    await editorText(page, /^hello.tiny.model$/).waitFor();
    await loadedItem(page, 'Sample NeMo CTC').waitFor();
    await closeEditor(page);
  });

  it('does the same with a GGUF model', async () => {
    await download(page, 'Sample GGUF hello');
    await load(page, 'Sample GGUF hello');
    await loadedItem(page, 'Sample GGUF hello').waitFor();
    await transcribe(page, clip, 'Text');
    await editorText(page, /^hello.from.a.GGUF.file$/).waitFor();
    await screenshot(page, 'speech gguf');
    await closeEditor(page);
    await onlyProcess(workbench);
  });

  it('shows words as they come, and stops within a second, the engine too', async () => {
    const long = path.join(folderOf(workbench), 'long.wav');
    await writeFile(long, toneFile(3600));
    await download(page, 'Sample Whisper that is slow');
    await load(page, 'Sample Whisper that is slow');
    await loadedItem(page, 'Sample Whisper that is slow').waitFor();
    const busy = await onlyProcess(workbench);
    await transcribe(page, long, 'Text');
    const running = toast(page, 'Transcribing long.wav');
    await running.filter({ hasText: 'hello model' }).waitFor({ timeout: 120_000 });
    await screenshot(page, 'speech partial');
    await running.hover();
    const cancelledMs = performance.now();
    await pressInToast(running, 'Cancel');
    await running.waitFor({ state: 'detached' });
    const shownMs = performance.now() - cancelledMs;
    while ((await runtimeProcesses(workbench)).includes(busy)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const busyMs = performance.now() - cancelledMs;
    console.log(
      `      cancelled: notification gone after ${shownMs.toFixed(0)} ms, process after ${busyMs.toFixed(0)} ms`,
    );
    // The hint itself takes a second; the rest is the machine that runs the tests and the click.
    assert.ok(shownMs < 10_000, `${String(shownMs)} ms`);
    assert.ok(busyMs < 20_000, `${String(busyMs)} ms`);
    // Nothing was opened, the model is there again and transcribes the next file.
    await transcribe(page, clip, 'Text');
    await editorText(page, /^hello.model$/).waitFor({ timeout: 120_000 });
    await loadedItem(page, 'Sample Whisper that is slow').waitFor();
    await closeEditor(page);
  });

  it('says what an audio file in another format needs', async () => {
    const note = path.join(folderOf(workbench), 'note.mp3');
    await writeFile(note, 'no audio at all');
    await transcribe(page, note, 'Text');
    await pressInToast(await notice(page, /ffmpeg/), 'Copy Details');
  });

  it('frees the model when the window is closed', async () => {
    await load(page, 'Sample NeMo CTC');
    await loadedItem(page, 'Sample NeMo CTC').waitFor();
    await onlyProcess(workbench);
    await page.close({ runBeforeUnload: true });
    await untilNoProcess(workbench);
  });
});
