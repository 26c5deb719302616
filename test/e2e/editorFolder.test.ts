import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { startEditorHub, type EditorHub } from './editorHub';
import { reportFailure } from './harness/failureReport';
import { pick, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, treeRow } from './harness/sidebar';
import { pressInToast, toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

const question = 'What shall become of them?';

describe('a folder for models that is changed by hand, in the real workbench', function () {
  this.timeout(600_000);
  let journey: EditorHub;
  let workbench: Workbench;
  let other: Page;
  let folder: string;

  before(async () => {
    journey = await startEditorHub();
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-folder-'));
    workbench = await Workbench.start({ settings: journey.settings });
    other = await workbench.openWindow();
    for (const page of [workbench.page, other]) await openViewContainer(page, 'ASR Models');
    await runCommand(workbench.page, 'ASR: Download Model');
    await pick(workbench.page, 'Beta model');
    for (const page of [workbench.page, other]) await treeRow(page, /Beta model20 MB/).waitFor();
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

  it('is asked about in one window of two, and both follow', async () => {
    await workbench.writeSettings(settingsFor('first'));
    await Promise.any(
      [workbench.page, other].map((page) => toast(page, question).waitFor({ timeout: 120_000 })),
    );
    // Both have followed: the new folder holds nothing.
    for (const page of [workbench.page, other])
      await treeRow(page, /Beta model/).waitFor({ state: 'detached' });
    const counts = [workbench.page, other].map((page) => toast(page, question).count());
    const [here = 0, there = 0] = await Promise.all(counts);
    assert.equal(here + there, 1, `${here} and ${there} questions`);

    const page = here === 1 ? workbench.page : other;
    await screenshot(page, 'editor folder question');
    await pressInToast(toast(page, question), 'Move Them');
    await toast(page, 'were moved to').waitFor({ timeout: 120_000 });
    for (const each of [workbench.page, other]) await treeRow(each, /Beta model20 MB/).waitFor();
    assert.equal((await filesIn(path.join(folder, 'first'))).length, 1);
  });

  it('is asked about at the next start when it changed while the editor was closed', async () => {
    await workbench.restart(() => workbench.writeSettings(settingsFor('second')));
    const { page } = workbench;
    const asked = toast(page, question);
    await asked.filter({ hasText: path.join(folder, 'first') }).waitFor({ timeout: 120_000 });
    await pressInToast(asked, 'Copy Them');
    await toast(page, 'were copied to').waitFor({ timeout: 120_000 });
    assert.ok(!(await isUnanswered()), 'told before it is kept');
    for (const name of ['first', 'second'])
      assert.equal((await filesIn(path.join(folder, name))).length, 1, name);
  });

  it('is asked about again when the window went away before the answer', async () => {
    await workbench.restart(() => workbench.writeSettings(settingsFor('third')));
    await toast(workbench.page, question).waitFor({ timeout: 120_000 });
    await workbench.restart();
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
});
