import assert from 'node:assert/strict';
import { readdir, readFile, realpath, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { dialogBox, pressInDialog } from './harness/dialogBox';
import { reportFailure } from './harness/failureReport';
import { pick, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer } from './harness/sidebar';
import { pressInToast } from './harness/toasts';
import { Workbench } from './harness/workbench';
import {
  clip,
  download,
  load,
  loadedItem,
  notice,
  onlyProcess,
  transcribe,
  untilNoProcess,
} from './speechSteps';

/** The runtime gives an engine 30 s without processor time. */
const msToNoticeHang = 180_000;

/** The parent of a process: of a runtime's process it is the extension host. */
async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  // After the name in brackets: the state, then the parent.
  return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
}

describe('failures of a model, in the real workbench', function () {
  this.timeout(600_000);
  let sample: SampleHub;
  let workbench: Workbench;
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
    await workbench.dispose();
    await sample.close();
    await untilNoProcess(workbench);
  });

  /** Loads a model that works and gives the process of the extension host. */
  async function extensionHost(): Promise<number> {
    await load(page, 'Sample NeMo CTC');
    await loadedItem(page, 'Sample NeMo CTC').waitFor();
    return await parentOf(await onlyProcess(workbench));
  }

  it('refuses a model that was cut, repairs it on request and loads it', async () => {
    await download(page, 'Sample Whisper hello');
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

  it('survives engines that exit, abort, give up, run out of memory and hang', async () => {
    await download(page, 'Sample NeMo CTC');
    const host = await extensionHost();
    for (const [name, text] of [
      ['Sample NeMo with wrong metadata', /refuses|lacks the entry/],
      ['Sample Whisper that aborts', /don’t fit together/],
      ['Sample NeMo that is corrupt', /could not use .*Verify the model to repair it/],
    ] as const) {
      await download(page, name);
      await load(page, name);
      await notice(page, text);
      await untilNoProcess(workbench);
      await runCommand(page, 'Notifications: Clear All Notifications');
    }
    await download(page, 'Sample NeMo that is greedy');
    await load(page, 'Sample NeMo that is greedy');
    await loadedItem(page, 'Sample NeMo that is greedy').waitFor();
    await transcribe(page, clip, 'Text');
    await notice(page, 'not enough memory');
    await runCommand(page, 'Notifications: Clear All Notifications');

    // It hangs when it transcribes the clip that it is measured with.
    await download(page, 'Sample Whisper that hangs');
    await load(page, 'Sample Whisper that hangs');
    await notice(page, /stopped answering for \d+ s/, msToNoticeHang);
    await screenshot(page, 'speech hang');
    await untilNoProcess(workbench);
    await loadedItem(page, 'Sample Whisper that hangs').waitFor({ state: 'detached' });
    // The extension host has not noticed more than errors.
    assert.equal(await extensionHost(), host);
  });

  it('leaves no process behind when the extension host is killed', async () => {
    // The last test left a model loaded.
    process.kill(await parentOf(await onlyProcess(workbench)), 'SIGKILL');
    await untilNoProcess(workbench);
  });
});
