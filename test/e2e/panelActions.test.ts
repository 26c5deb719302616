import assert from 'node:assert/strict';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { whisperGgml } from '../hub/models';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { runCommand } from './harness/palette';
import { reportFailure } from './harness/failureReport';
import { serveJourneyCatalog } from './harness/journeyCatalog';
import { screenshot } from './harness/screenshots';
import { Workbench } from './harness/workbench';
import { openPanel } from './panel/panelFrame';
import { watchPolicy } from './panel/policyWatch';

const largeBytes = 40_000_000;

const hello = { id: 'hello', repo: 'samples/whisper.cpp', file: 'ggml-hello.en.bin' } as const;
const fox = { id: 'fox', repo: 'samples/whisper.cpp', file: 'ggml-fox.en.bin' } as const;
const aborting = { id: 'aborting', repo: 'samples/failing', file: 'ggml-aborts.en.bin' } as const;
const large = { id: 'large', repo: 'samples/large', file: 'large.bin' } as const;

describe('the panel’s actions on models, in the real workbench', function () {
  this.timeout(600_000);
  let sample: SampleHub;
  let workbench: Workbench;
  let page: Page;
  let panel: FrameLocator;
  let complaints: string[] = [];

  before(async () => {
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes, failing: true });
    const models = [hello, fox, aborting, large].map(({ id, ...where }) => ({
      id: `journey-${id}`,
      name: `Journey ${id}`,
      ...where,
    }));
    workbench = await Workbench.start({ settings: serveJourneyCatalog(sample.hub, models) });
    page = workbench.page;
    complaints = watchPolicy(page);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await runCommand(page, 'Notifications: Toggle Do Not Disturb Mode');
    panel = await openPanel(page);
  });

  after(async () => {
    await workbench.dispose();
    await sample.close();
  });

  afterEach(async function () {
    await reportFailure(this, workbench);
    assert.deepEqual(complaints, [], 'a violation of a content security policy was logged');
    sample.hub.faults.clear();
    release();
  });

  function hold(): void {
    sample.hub.pace.held = new Promise((resolve) => (letGo = resolve));
  }

  function release(): void {
    sample.hub.pace.held = undefined;
    letGo();
  }

  let letGo = (): void => undefined;

  async function openTab(name: 'Models' | RegExp): Promise<void> {
    await panel.getByRole('tab', { name, exact: true }).click();
  }

  /** Finds a model in the list and selects it: its details are shown afterwards. */
  async function select(id: string): Promise<Locator> {
    await openTab('Models');
    await panel.getByRole('textbox', { name: /Search models/ }).fill(`Journey ${id}`);
    await panel
      .getByRole('treeitem', { name: new RegExp(`^Journey ${id}`) })
      .locator('.row-title')
      .click();
    const details = panel.getByRole('article', { name: `Journey ${id}` });
    await details.waitFor();
    return details;
  }

  function button(inside: Locator | FrameLocator, name: string | RegExp): Locator {
    return inside.getByRole('button', { name, exact: true });
  }

  async function download(id: string): Promise<void> {
    const details = await select(id);
    await button(details, 'Download Model').click();
    const dialog = panel.getByRole('dialog', { name: `Download Journey ${id}` });
    await dialog.getByText('Download complete!').waitFor();
    await button(dialog, 'Close').first().click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** Whether it is a disabled button that tells this reason. */
  async function isDisabledBecause(details: Locator, reason: string): Promise<void> {
    const name = `Load Model: ${reason}`;
    await details.getByRole('button', { name, exact: true, disabled: true }).waitFor();
    await details.locator(`vscode-button[title="${reason}"]`).waitFor();
  }

  /** The button that loads a model, when it is enabled. */
  function canBeLoaded(details: Locator): Locator {
    return details.getByRole('button', { name: 'Load Model', exact: true, disabled: false });
  }

  /** The row of a model in *Downloaded Models*. */
  function rowOf(id: string): Locator {
    return panel.getByRole('row', { name: new RegExp(`^Journey ${id}`) });
  }

  const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

  it('offers to load a model once it is downloaded, loads it and frees it', async () => {
    const details = await select('hello');
    await isDisabledBecause(details, 'The model must be downloaded first.');
    hold();
    await button(details, 'Download Model').click();
    const dialog = panel.getByRole('dialog', { name: 'Download Journey hello' });
    await button(dialog, 'Run in Background').click();
    await dialog.waitFor({ state: 'detached' });
    await isDisabledBecause(details, 'The model is still downloading.');
    await screenshot(page, 'panel load while downloading');
    release();

    const load = canBeLoaded(details);
    await load.waitFor();
    // A model as small as this one is loading for a moment only: shorter than a locator's look takes.
    const loading = panel.locator('body').evaluate(
      (body) =>
        new Promise<void>((resolve) => {
          const observer = new MutationObserver(() => {
            if (!body.textContent.includes('Loading Journey hello…')) return;
            observer.disconnect();
            resolve();
          });
          observer.observe(body, { childList: true, subtree: true, characterData: true });
        }),
    );
    await Promise.all([loading, load.click()]);
    await panel.getByText('Journey hello is loaded.').waitFor();
    await screenshot(page, 'panel loaded');
    await page.locator('.statusbar-item:visible').filter({ hasText: 'Journey hello' }).waitFor();
    await button(details, 'Unload: Journey hello').click();
    await load.waitFor();
    await panel.getByText('Journey hello is loaded.').waitFor({ state: 'detached' });
  });

  it('says of each model on the disk its size, revision, last use, and whether it is verified', async () => {
    await openTab(/Downloaded Models/);
    const row = rowOf('hello');
    const commit = sample.hub.repo(hello.repo).headCommit;
    await row.getByText(commit.slice(0, 7), { exact: true }).waitFor();
    await row.getByText('Verified', { exact: true }).waitFor();
    const cells = await row.getByRole('cell').allTextContents();
    const { size } = await stat(await fileOf(hello));
    assert.equal(cells[0], `${Math.round(size / 1000)} kB`);
    // It was loaded just now; the text is the date of this day.
    assert.notEqual(cells[2], 'Not used yet');
    assert.match(cells[2] ?? '', new RegExp(String(new Date().getFullYear())));
  });

  it('tells of the model that is looked at its files, their digests, and why it can’t be loaded', async () => {
    const details = await select('aborting');
    await details.getByText(aborting.file).waitFor();
    const digest = details.getByText(/(sha256|git-sha1):[0-9a-f]{12}…/);
    assert.equal(await digest.count(), 0, 'this catalog knows none');
    await button(details, 'Ask the Hub').click();
    await digest.waitFor();
    await panel.getByRole('textbox', { name: /Search models/ }).fill('nemo parakeet');
    await panel
      .getByRole('treeitem', { name: /^Parakeet TDT 0\.6B v2 BF16/ })
      .locator('.row-title')
      .click();
    const nemo = panel.getByRole('article', { name: /Parakeet/ });
    await nemo.getByText(/\.nemo .*sha256:[0-9a-f]{12}…/).waitFor();
    await nemo.getByText(/is in the format NeMo, which needs Python\./).waitFor();
    await screenshot(page, 'panel not loadable');
  });

  it('says why a model could not be loaded', async () => {
    await download('aborting');
    const details = await select('aborting');
    await button(details, 'Load Model').click();
    await panel
      .getByText(/^Journey aborting can’t be loaded: its contents don’t fit together/)
      .waitFor({ timeout: 120_000 });
    await screenshot(page, 'panel load failed');
    // It can be tried again.
    await canBeLoaded(details).waitFor();
  });

  it('copies the path of a model and of the cache', async () => {
    await openTab(/Downloaded Models/);
    const failed = panel.getByText(/^Journey aborting can’t be loaded/);
    await failed.waitFor();
    await button(rowOf('hello'), 'Copy Path: Journey hello').click();
    await panel.getByText('Path copied').waitFor();
    // A person who does something else has read it.
    await failed.waitFor({ state: 'detached' });
    assert.match(await copied(), /models--samples--whisper\.cpp/);
    await button(panel, 'Dismiss').click();
    await panel.getByText('Path copied').waitFor({ state: 'detached' });
    await button(panel, 'Copy').click();
    await panel.getByText('Path copied').waitFor();
    const shown = await panel.locator('.location code').textContent();
    assert.equal(await copied(), shown);
  });

  it('finds a damaged file and mends it', async () => {
    await openTab(/Downloaded Models/);
    const row = rowOf('hello');
    await row.getByText('Verified', { exact: true }).waitFor();
    await flipByte(await fileOf(hello));
    await button(row, 'Verify: Journey hello').click();
    await row.getByText('Damaged').waitFor();
    await screenshot(page, 'panel damaged');
    await isDisabledBecause(row, 'A file of the model is damaged. Repair it first.');
    await button(row, 'Repair: Journey hello').click();
    await row.getByText('Verified', { exact: true }).waitFor();
    await button(row, 'Verify: Journey hello').click();
    await panel.getByText('Everything is as it should be.').waitFor();
  });

  it('finds updates and brings them all', async () => {
    await download('fox');
    await openTab(/Downloaded Models/);
    await button(panel, 'Check for Updates').click();
    await panel.getByText('All models are up to date.').waitFor();
    const commit = sample.hub.repo(hello.repo).push({
      [hello.file]: whisperGgml({ words: [' newer'] }),
      [fox.file]: whisperGgml({ words: [' newer', ' fox'] }),
    });
    await button(panel, 'Check for Updates').click();
    await panel.getByText('2 models have an update.').waitFor();
    for (const id of ['hello', 'fox']) await rowOf(id).getByText('Update available').waitFor();
    await screenshot(page, 'panel updates');
    await button(panel, 'Update All').click();
    for (const id of ['hello', 'fox']) {
      await rowOf(id).getByText(commit.slice(0, 7)).waitFor();
      await rowOf(id).getByText('Update available').waitFor({ state: 'detached' });
      await rowOf(id).getByText('Verified', { exact: true }).waitFor();
    }
    await screenshot(page, 'panel updated');
    assert.equal(await button(panel, 'Update All').count(), 0, 'nothing is left to update');
    const next = sample.hub.repo(hello.repo).push({
      [hello.file]: whisperGgml({ words: [' newest'] }),
      [fox.file]: whisperGgml({ words: [' newest', ' fox'] }),
    });
    await button(panel, 'Check for Updates').click();
    await panel.getByText('2 models have an update.').waitFor();
    await button(rowOf('fox'), 'Update: Journey fox').click();
    await rowOf('fox').getByText(next.slice(0, 7)).waitFor();
    await panel.getByText('1 model has an update.').waitFor();
    await rowOf('hello').getByText(commit.slice(0, 7)).waitFor();
    await rowOf('hello').getByText('Update available').waitFor();
  });

  it('resumes and discards what a failed download left', async () => {
    await leavePartial();
    await openTab(/Downloaded Models/);
    const unfinished = panel.getByRole('region', { name: 'Unfinished Downloads' });
    await unfinished.getByText(/of 40(\.0)? MB, \d+ %/).waitFor();
    await screenshot(page, 'panel unfinished');
    sample.hub.log.clear();
    await button(unfinished, 'Resume: Journey large').click();
    const dialog = panel.getByRole('dialog', { name: 'Download Journey large' });
    await dialog.getByText('Download complete!').waitFor();
    const sentBytes = sample.hub.log
      .filter(({ origin }) => origin === 'cdn')
      .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    assert.ok(sentBytes < largeBytes * 0.95, `${sentBytes} bytes were asked for again`);
    await button(dialog, 'Close').first().click();
    await rowOf('large').getByText('Verified', { exact: true }).waitFor();
    await unfinished.waitFor({ state: 'detached' });

    await button(rowOf('large'), 'Delete: Journey large').click();
    const sure = panel.getByRole('alertdialog', { name: 'Delete Journey large?' });
    await button(sure, 'Delete').click();
    await rowOf('large').waitFor({ state: 'detached' });
    await leavePartial();
    await openTab(/Downloaded Models/);
    await button(unfinished, 'Discard: Journey large').click();
    const box = panel.getByRole('alertdialog', {
      name: 'Discard the unfinished download of Journey large?',
    });
    await box.getByText(/This deletes the [\d.]+ MB that have arrived\./).waitFor();
    await button(box, 'Discard').click();
    await unfinished.waitFor({ state: 'detached' });
    const left = await readdir(`${workbench.globalStorage}/hub`, { recursive: true });
    assert.deepEqual(
      left.filter((name) => name.includes('/partial/')),
      [],
    );
    await isDisabledBecause(await select('large'), 'The model must be downloaded first.');
  });

  /** Downloads the large model, has the hub refuse the rest and dismisses the error: its bytes are kept. */
  async function leavePartial(): Promise<void> {
    const details = await select('large');
    sample.hub.pace.bytesPerSecondTotal = 10_000_000;
    sample.hub.pace.crawlAfter(0.4 * largeBytes);
    await button(details, 'Download Model').click();
    const dialog = panel.getByRole('dialog', { name: 'Download Journey large' });
    await dialog
      .locator('.percent')
      .filter({ hasText: /[2-9]\d/ })
      .waitFor();
    await button(dialog, 'Pause').click();
    await dialog.getByText('Paused', { exact: true }).waitFor();
    sample.hub.faults.add({ kind: 'status', status: 403 }, {});
    await button(dialog, 'Resume').click();
    await dialog.getByText('Download failed').waitFor({ timeout: 120_000 });
    await button(dialog, 'Close').first().click();
    await button(panel, 'Dismiss: Journey large').click();
    sample.hub.faults.clear();
    sample.hub.pace.bytesPerSecondTotal = 0;
  }

  /** The downloaded file itself, wherever its snapshot's link leads. */
  async function fileOf({ repo, file }: typeof hello): Promise<string> {
    const folder = `models--${repo.replace('/', '--')}`;
    const snapshots = path.join(workbench.globalStorage, 'hub', folder, 'snapshots');
    const [commit = ''] = await readdir(snapshots);
    return realpath(path.join(snapshots, commit, file));
  }
});

/** Changes one bit in the middle of a file; its size stays. */
async function flipByte(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const at = Math.floor((await handle.stat()).size / 2);
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}
