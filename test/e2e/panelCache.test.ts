import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { whisperGgml } from '../hub/models';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { dialogBox, pressInDialog } from './harness/dialogBox';
import { reportFailure } from './harness/failureReport';
import { serveJourneyCatalog } from './harness/journeyCatalog';
import { chooseFile, runCommand, runCommandAndPick } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { Workbench } from './harness/workbench';
import { openPanel } from './panel/panelFrame';
import { watchPolicy } from './panel/policyWatch';

const hello = {
  id: 'journey-hello',
  name: 'Journey hello',
  repo: 'samples/whisper.cpp',
  file: 'ggml-hello.en.bin',
};
const fox = {
  id: 'journey-fox',
  name: 'Journey fox',
  repo: 'samples/whisper.cpp',
  file: 'ggml-fox.en.bin',
};
const aborting = {
  id: 'journey-aborting',
  name: 'Journey aborting',
  repo: 'samples/failing',
  file: 'ggml-aborts.en.bin',
};

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

describe('the panel takes models in, says where they lie and takes them elsewhere', function () {
  this.timeout(600_000);
  let folder: string;
  let sample: SampleHub;
  let workbench: Workbench;
  let page: Page;
  let panel: FrameLocator;
  let complaints: string[] = [];

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-cache-journey-'));
    sample = await startSampleHub({ bytesPerSecond: 0, failing: true });
    workbench = await Workbench.start({
      settings: {
        ...serveJourneyCatalog(sample.hub, [hello, fox, aborting]),
        'asr.download.maxRetries': 0,
      },
    });
    page = workbench.page;
    complaints = watchPolicy(page);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await runCommand(page, 'Notifications: Toggle Do Not Disturb Mode');
    panel = await openPanel(page);
  });

  after(async () => {
    await workbench.dispose();
    await sample.close();
    await rm(folder, { recursive: true, force: true });
  });

  afterEach(async function () {
    await reportFailure(this, workbench);
    assert.deepEqual(complaints, [], 'a violation of a content security policy was logged');
  });

  const button = (inside: Locator | FrameLocator, name: string | RegExp): Locator =>
    inside.getByRole('button', { name, exact: true });

  const openTab = (name: 'Models' | RegExp): Promise<void> =>
    panel.getByRole('tab', { name, exact: true }).click();

  const rowOf = (name: string): Locator => panel.getByRole('row', { name: new RegExp(name) });

  const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

  async function select(name: string): Promise<Locator> {
    await openTab('Models');
    await panel.getByRole('textbox', { name: /Search models/ }).fill(name);
    await panel
      .getByRole('treeitem', { name: new RegExp(`^${name}`) })
      .locator('.row-title')
      .click();
    const details = panel.getByRole('article', { name });
    await details.waitFor();
    return details;
  }

  async function download(name: string): Promise<Locator> {
    const details = await select(name);
    await button(details, 'Download Model').click();
    const dialog = panel.getByRole('dialog', { name: `Download ${name}` });
    await dialog.getByText('Download complete!').waitFor({ timeout: 120_000 });
    await button(dialog, 'Close').first().click();
    await dialog.waitFor({ state: 'detached' });
    return details;
  }

  it('imports a file: its row is there, verified, without a reload', async () => {
    const file = path.join(folder, 'panel-own-model.bin');
    await writeFile(file, whisperGgml());
    await openTab(/Downloaded Models/);
    await panel.getByText('No models are downloaded yet.').waitFor();
    await button(panel, 'Import…').first().click();
    await chooseFile(page, file);
    const row = rowOf('panel-own-model');
    await row.getByText('Verified', { exact: true }).waitFor({ timeout: 120_000 });
    await screenshot(page, 'panel imported');
  });

  it('keeps on when nothing is chosen to import', async () => {
    await button(panel, 'Import…').first().click();
    await page.locator('.quick-input-widget:visible').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.quick-input-widget:visible').waitFor({ state: 'hidden' });
    assert.equal(await panel.getByRole('alert').count(), 0, 'a cancellation is no error');
  });

  it('copies where a model and the cache lie, and offers no file manager where there is none', async () => {
    await button(panel, /^Copy Path: /).click();
    await panel.getByText('Path copied').waitFor();
    const modelPath = await copied();
    await access(modelPath);
    await button(panel, 'Dismiss').click();
    await button(panel, 'Copy').click();
    await panel.getByText('Path copied').waitFor();
    assert.equal(await copied(), path.join(workbench.globalStorage, 'hub'));
    assert.ok(modelPath.startsWith(await copied()));
    // A browser can't open the file manager of the machine that the models lie on.
    assert.equal(await panel.getByRole('button', { name: /^Reveal/ }).count(), 0);
  });

  it('shows how fast a model was here once it has been loaded', async () => {
    const details = await download('Journey hello');
    assert.equal(await details.getByText('Measured Here').count(), 0);
    await button(details, 'Load Model').click();
    await panel.getByText('Journey hello is loaded.').waitFor({ timeout: 120_000 });
    await details.getByText('Measured Here').waitFor({ timeout: 120_000 });
    await details.getByText(/^[\d.,]+x real time, loaded in [\d.]+ s$/).waitFor();
    await panel
      .getByRole('treeitem', { name: /^Journey hello/ })
      .getByText(/x\sreal\stime\shere/)
      .waitFor();
    await screenshot(page, 'panel measured');
    await openTab(/Downloaded Models/);
    await rowOf('Journey hello')
      .getByText(/x real time, loaded in/)
      .waitFor();
    await screenshot(page, 'panel measured, downloaded models');
  });

  it('forgets a failed load when another model was loaded by a command meanwhile', async () => {
    const details = await download('Journey aborting');
    await button(details, 'Load Model').click();
    const failure = panel.getByText(/^Journey aborting can’t be loaded/);
    await failure.waitFor({ timeout: 120_000 });
    await runCommandAndPick(page, 'ASR: Load Model', 'Journey hello');
    await panel.getByText('Journey hello is loaded.').waitFor({ timeout: 120_000 });
    await failure.waitFor({ state: 'detached' });
  });

  it('repairs a damaged model when it is chosen', async () => {
    const copiedPath = await pathOf('Journey hello');
    await truncate(copiedPath, 100);
    await button(rowOf('Journey hello'), 'Verify: Journey hello').click();
    await rowOf('Journey hello').getByText('Damaged').waitFor();
    await select('Journey hello');
    const item = panel.getByRole('treeitem', { name: /^Journey hello/ });
    await item.getByText('Damaged').waitFor();
    await screenshot(page, 'panel damaged row');
    await item.press('Enter');
    await item.getByText('Downloaded', { exact: true }).waitFor({ timeout: 120_000 });
    await access(copiedPath);
  });

  it('says that the hub can’t be reached, until it can be', async () => {
    const fault = sample.hub.faults.add({ kind: 'reset', afterBytes: 0 }, {});
    const details = await select('Journey fox');
    await button(details, 'Download Model').click();
    const dialog = panel.getByRole('dialog', { name: 'Download Journey fox' });
    await dialog.getByText('Download failed').waitFor({ timeout: 120_000 });
    await button(dialog, 'Close').first().click();
    await dialog.waitFor({ state: 'detached' });
    const offline = panel.getByText(/^The hub could not be reached the last time\./);
    await offline.waitFor();
    await screenshot(page, 'panel offline');
    fault.remove();
    await button(panel, 'Retry: Journey fox').click();
    await offline.waitFor({ state: 'detached', timeout: 120_000 });
    await panel
      .getByRole('treeitem', { name: /^Journey fox/ })
      .getByText('Downloaded', { exact: true })
      .waitFor({ timeout: 120_000 });
  });

  it('changes where the models are kept, and takes them along', async () => {
    const place = path.join(folder, 'models elsewhere');
    await mkdir(place);
    await openTab(/Downloaded Models/);
    const before = await pathOf('Journey hello');
    await button(panel, 'Change…').click();
    await chooseFile(page, place);
    const question = dialogBox(page, `Models will be kept in ${place}.`);
    await question.waitFor();
    await screenshot(page, 'panel change location');
    await pressInDialog(question, 'Move the Models');
    const location = panel.locator('.location code');
    await location.filter({ hasText: place }).waitFor({ timeout: 120_000 });
    await rowOf('Journey hello').getByText('Verified', { exact: true }).waitFor();
    const after = await pathOf('Journey hello');
    assert.ok(after.startsWith(place), after);
    await access(after);
    // The old place is cleared once the new one is in use.
    while (await exists(before)) await setTimeout(50);
    await screenshot(page, 'panel moved');
  });

  it('says that the folder is gone, and recovers when it is back', async () => {
    const place = path.join(folder, 'models elsewhere');
    const unplugged = path.join(folder, 'unplugged');
    await rename(place, unplugged);
    await openTab(/Downloaded Models/);
    await button(panel, 'Refresh').click();
    const gone = panel.getByText(/^The model folder .*models elsewhere.* is not there\./);
    await gone.waitFor({ timeout: 120_000 });
    await button(panel, 'Change Folder…').waitFor();
    await screenshot(page, 'panel folder missing');
    await rename(unplugged, place);
    await button(panel, 'Refresh').click();
    await gone.waitFor({ state: 'detached' });
    await rowOf('Journey hello').getByText('Verified', { exact: true }).waitFor();
  });

  /** Where a model lies, as *Copy Path* tells it. */
  async function pathOf(name: string): Promise<string> {
    await openTab(/Downloaded Models/);
    const done = panel.getByText('Path copied');
    if ((await done.count()) > 0) {
      await button(panel, 'Dismiss').click();
      await done.waitFor({ state: 'detached' });
    }
    await button(rowOf(name), `Copy Path: ${name}`).click();
    await done.waitFor();
    return await copied();
  }
});
