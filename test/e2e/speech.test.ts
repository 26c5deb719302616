import assert from 'node:assert/strict';
import { readdir, readFile, realpath, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { dialogBox, pressInDialog } from './harness/dialogBox';
import { reportFailure } from './harness/failureReport';
import { pick, quickInput, quickPickRow, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, treeRow } from './harness/sidebar';
import { pressInToast, toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

const clip = path.resolve('media', 'clip.wav');
/** The runtime gives an engine 30 s without processor time. */
const msToNoticeHang = 60_000;

/** The folder that everything of this workbench lies in. */
function folderOf(workbench: Workbench): string {
  return path.resolve(workbench.globalStorage, '../../../../..');
}

/** The runtime's processes of this workbench: they run a file of the extension that is installed in its folder. */
async function runtimeProcesses(workbench: Workbench): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    // A process may end while it is looked at.
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const isOurs = command.includes('runtimeProcess') && command.includes(folderOf(workbench));
    if (isOurs) found.push(Number(entry));
  }
  return found;
}

async function untilNoProcess(workbench: Workbench): Promise<void> {
  while ((await runtimeProcesses(workbench)).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** An hour of a tone that nobody takes for silence: 8 kHz, 8 bit, mono. */
function hourOfTone(): Buffer {
  const sampleRate = 8000;
  const samples = Buffer.alloc(3600 * sampleRate);
  for (let at = 0; at < samples.length; at += 1) samples[at] = 128 + 60 * Math.sin(at / 5);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** Downloads a model and waits until the open view lists it with its format, as it does what is whole. */
async function download(page: Page, name: string): Promise<void> {
  await runCommand(page, 'ASR: Download Model');
  await pick(page, name);
  await treeRow(page, new RegExp(`${name}.*(ggml|onnx-sherpa|ctranslate2)`)).waitFor();
}

async function load(page: Page, name: string): Promise<void> {
  await runCommand(page, 'ASR: Load Model');
  await pick(page, name);
}

/** What the status bar says is loaded. */
function loadedItem(page: Page, name: string): Locator {
  return page.locator('.statusbar-item:visible').filter({ hasText: name });
}

/**
 * The notification with the text. Where several come within a second the editor shows no toast for the last: then it
 * is looked for in the list of notifications, as a person would.
 */
async function notice(page: Page, text: string | RegExp, timeout = 5_000): Promise<Locator> {
  const shown = toast(page, text).first();
  try {
    await shown.waitFor({ timeout });
    return shown;
  } catch {
    await runCommand(page, 'Notifications: Show Notifications');
    const listed = page.locator('.notifications-center .notification-list-item');
    const found = listed.filter({ hasText: text }).first();
    await found.waitFor();
    return found;
  }
}

/** Runs the command, names the file in the editor's own file dialog, and chooses the format. */
async function transcribe(page: Page, file: string, format: string): Promise<void> {
  await runCommand(page, 'ASR: Transcribe Audio File');
  const fileDialog = page.locator('.quick-input-widget:visible').filter({ hasText: 'Transcribe' });
  await fileDialog.waitFor();
  const formats = quickPickRow(page, 'JSON with timestamps');
  const deadline = Date.now() + 30_000;
  // The dialog takes a path only after it has listed the folder that it begins with.
  do {
    await quickInput(page).fill(file);
    await quickInput(page).press('Enter');
    await formats.waitFor({ timeout: 2_000 }).catch(() => undefined);
  } while ((await fileDialog.isVisible()) && Date.now() < deadline);
  await formats.waitFor();
  await pick(page, format);
}

/** The lines of the editor in front that contain the text. */
function editorText(page: Page, text: string | RegExp): Locator {
  return page
    .locator('.editor-group-container.active .monaco-editor .view-line')
    .filter({ hasText: text });
}

async function closeEditor(page: Page): Promise<void> {
  await runCommand(page, 'View: Revert and Close Editor');
}

describe('a model is loaded and heard in the real workbench', function () {
  this.timeout(180_000);
  let sample: SampleHub;
  let workbench: Workbench | undefined;
  let page: Page;

  before(async () => {
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes: 1_000_000, failing: true });
    workbench = await Workbench.start({
      settings: { 'asr.catalog.additional': [sample.catalogUrl], 'asr.hub.endpoint': sample.url },
    });
    page = workbench.page;
    await openViewContainer(page, 'ASR Models');
  });
  // Only three toasts stand at a time: each test starts without any.
  beforeEach(() => runCommand(page, 'Notifications: Clear All Notifications'));
  afterEach(async function () {
    await reportFailure(this, workbench);
  });
  after(async () => {
    const ended = workbench;
    await ended?.dispose();
    await sample.close();
    if (ended !== undefined) await untilNoProcess(ended);
  });

  it('downloads and loads a whisper.cpp model, transcribes a WAV, says how fast it was, and frees it', async () => {
    assert.ok(workbench);
    await download(page, 'Sample Whisper hello');
    await load(page, 'Sample Whisper hello');
    await loadedItem(page, 'Sample Whisper hello').waitFor();
    await treeRow(page, /Sample Whisper hello.*loaded · .*x real time here/).waitFor();
    await transcribe(page, clip, 'Text');
    await editorText(page, /^hello.model$/).waitFor();
    await screenshot(page, 'speech transcript');
    await closeEditor(page);
    assert.equal((await runtimeProcesses(workbench)).length, 1);

    await runCommand(page, 'ASR: Unload Model');
    await loadedItem(page, 'Sample Whisper hello').waitFor({ state: 'detached' });
    assert.deepEqual(await runtimeProcesses(workbench), []);
  });

  it('does the same with a sherpa-onnx model, as subtitles, and remembers it', async () => {
    assert.ok(workbench);
    await download(page, 'Sample NeMo CTC');
    await load(page, 'Sample NeMo CTC');
    await loadedItem(page, 'Sample NeMo CTC').waitFor();
    await transcribe(page, clip, 'Subtitles (SRT)');
    await editorText(page, /00:00:00,\d{3}.-->.00:00:/).waitFor();
    await editorText(page, /^hello.tiny.model$/).waitFor();
    await closeEditor(page);

    await runCommand(page, 'ASR: Unload Model');
    await loadedItem(page, 'Sample NeMo CTC').waitFor({ state: 'detached' });
    // The active model is loaded by itself.
    await transcribe(page, clip, 'Text');
    await editorText(page, /^hello.tiny.model$/).waitFor();
    await loadedItem(page, 'Sample NeMo CTC').waitFor();
    await closeEditor(page);
  });

  it('shows words as they come, and stops within a second', async () => {
    assert.ok(workbench);
    const long = path.join(folderOf(workbench), 'long.wav');
    await writeFile(long, hourOfTone());
    await load(page, 'Sample Whisper hello');
    await loadedItem(page, 'Sample Whisper hello').waitFor();
    await transcribe(page, long, 'Text');
    const running = toast(page, 'Transcribing long.wav');
    await running.filter({ hasText: 'hello model' }).waitFor({ timeout: 30_000 });
    await screenshot(page, 'speech partial');
    await pressInToast(running, 'Cancel');
    await running.waitFor({ state: 'detached', timeout: 2_000 });
    // Nothing was opened, and the model hears the next file.
    await transcribe(page, clip, 'Text');
    await editorText(page, /^hello.model$/).waitFor();
    await closeEditor(page);
  });

  it('says what an audio file in another format needs', async () => {
    assert.ok(workbench);
    const note = path.join(folderOf(workbench), 'note.mp3');
    await writeFile(note, 'no audio at all');
    await transcribe(page, note, 'Text');
    await pressInToast(await notice(page, /ffmpeg/), 'Copy Details');
  });

  it('refuses a model that was cut, repairs it on request and loads it', async () => {
    assert.ok(workbench);
    const hub = path.join(workbench.globalStorage, 'hub', 'models--samples--whisper.cpp');
    const [commit = ''] = await readdir(path.join(hub, 'snapshots'));
    await truncate(
      await realpath(path.join(hub, 'snapshots', commit, 'ggml-hello.en.bin')),
      400_000,
    );
    await runCommand(page, 'ASR: Load Model');
    await pick(page, 'Sample Whisper hello');
    const refused = await notice(page, 'is damaged. Verify it to repair it');
    await screenshot(page, 'speech damaged');
    await pressInToast(refused, 'Verify and Repair');
    await loadedItem(page, 'Sample Whisper hello').waitFor();
  });

  it('asks before a model that may not fit into memory, and refuses one that can’t', async () => {
    assert.ok(workbench);
    await download(page, 'Sample Whisper in tight memory');
    await load(page, 'Sample Whisper in tight memory');
    await dialogBox(page, 'may not fit into memory').waitFor();
    await screenshot(page, 'speech tight memory');
    await pressInDialog(dialogBox(page, 'may not fit into memory'), 'Load Anyway');
    await loadedItem(page, 'Sample Whisper in tight memory').waitFor();

    await download(page, 'Sample Whisper that is too large');
    await load(page, 'Sample Whisper that is too large');
    await notice(page, /needs about .* of memory and this machine has .*smaller model/);
  });

  it('offers code for a format that needs Python', async () => {
    await download(page, 'Sample faster-whisper');
    await load(page, 'Sample faster-whisper');
    const refused = await notice(page, 'needs Python. Copy its code snippet');
    await pressInToast(refused, 'Copy Code Snippet');
    await loadedItem(page, 'Code copied').waitFor();
  });

  it('survives engines that exit, abort, run out of memory and hang', async () => {
    assert.ok(workbench);
    for (const [name, text] of [
      ['Sample NeMo with wrong metadata', /refuses|lacks the entry/],
      ['Sample Whisper that aborts', /don’t fit together/],
    ] as const) {
      await download(page, name);
      await load(page, name);
      await notice(page, text);
      assert.deepEqual(await runtimeProcesses(workbench), [], name);
      await runCommand(page, 'Notifications: Clear All Notifications');
    }
    await download(page, 'Sample NeMo that is greedy');
    await load(page, 'Sample NeMo that is greedy');
    await loadedItem(page, 'Sample NeMo that is greedy').waitFor();
    await transcribe(page, clip, 'Text');
    await notice(page, 'not enough memory');
    await runCommand(page, 'Notifications: Clear All Notifications');

    // It hangs when it hears the clip that it is measured with.
    await download(page, 'Sample Whisper that hangs');
    await load(page, 'Sample Whisper that hangs');
    await notice(page, /stopped answering for \d+ s/, msToNoticeHang);
    await screenshot(page, 'speech hang');
    assert.deepEqual(await runtimeProcesses(workbench), []);
    await loadedItem(page, 'Sample Whisper that hangs').waitFor({ state: 'detached' });
  });

  it('frees the model when the window is closed', async () => {
    assert.ok(workbench);
    await load(page, 'Sample NeMo CTC');
    await loadedItem(page, 'Sample NeMo CTC').waitFor();
    assert.equal((await runtimeProcesses(workbench)).length, 1);
    await page.close({ runBeforeUnload: true });
    await untilNoProcess(workbench);
  });
});
