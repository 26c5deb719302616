import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { generatedContent, type RequestRecord, startTestHub, type TestHub } from '../hub';
import { reportFailure } from './harness/failureReport';
import { serveJourneyCatalog } from './harness/journeyCatalog';
import { runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { toast } from './harness/toasts';
import { Workbench } from './harness/workbench';
import { axeViolations } from './panel/axe';
import { activeFrame, openPanel, panelFrame } from './panel/panelFrame';
import { watchPolicy } from './panel/policyWatch';
import { dropdownColours } from './panel/themeColours';

const sizeBytes = 100_000_000;
const slow = 12_000_000;
const names = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon', 'Zeta', 'Eta'] as const;

describe('the panel in the real workbench', function () {
  this.timeout(600_000);
  let hub: TestHub;
  let workbench: Workbench;
  let page: Page;
  let panel: FrameLocator;
  let complaints: string[] = [];

  before(async () => {
    hub = await startTestHub({
      repos: names.map((name) => ({
        name: `org/${name.toLowerCase()}`,
        files: {
          [`ggml-${name.toLowerCase()}.bin`]: generatedContent({ sizeBytes, seed: name }),
        },
        licence: 'mit',
      })),
      pace: { bytesPerSecondTotal: slow },
    });
    const models = names.map((name) => ({
      id: `journey-${name.toLowerCase()}`,
      name: `Journey ${name}`,
      repo: `org/${name.toLowerCase()}`,
      file: `ggml-${name.toLowerCase()}.bin`,
      sizeBytes,
    }));
    workbench = await Workbench.start({ settings: serveJourneyCatalog(hub, models) });
    page = workbench.page;
    complaints = watchPolicy(page);
    await runCommand(page, 'Notifications: Toggle Do Not Disturb Mode');
    panel = await openPanel(page);
  });

  after(async () => {
    await workbench.dispose();
    await hub.close();
  });

  beforeEach(() => {
    hub.pace.bytesPerSecondTotal = slow;
    complaints.length = 0;
  });

  afterEach(async function () {
    await reportFailure(this, workbench);
    hub.faults.clear();
    await cleanUp();
    assert.deepEqual(complaints, [], 'a violation of a content security policy was logged');
  });

  /** A test that failed must not take those after it along. */
  async function cleanUp(): Promise<void> {
    if ((await panel.locator('dialog').count()) > 0) await page.keyboard.press('Escape');
    const running = panel.getByRole('button', { name: /^(Cancel Download|Dismiss): / });
    while ((await running.count()) > 0) {
      const left = await running.count();
      await running.first().click();
      await until(async () => (await running.count()) < left);
    }
    await panel.getByRole('tab', { name: 'Models', exact: true }).click();
  }

  async function find(name: string): Promise<Locator> {
    const search = panel.getByRole('textbox', { name: /Search models/ });
    await search.fill(`Journey ${name}`);
    const row = panel.getByRole('treeitem', { name: new RegExp(`^Journey ${name}`) });
    await row.waitFor();
    return row;
  }

  /** Chooses a model that is not here; the dialog is open afterwards. */
  async function choose(name: string): Promise<Locator> {
    const row = await find(name);
    await row.getByRole('button', { name: /Not downloaded - click to download/ }).click();
    const dialog = panel.getByRole('dialog', { name: `Download Journey ${name}` });
    await dialog.waitFor();
    return dialog;
  }

  function button(inside: Locator | FrameLocator, name: string): Locator {
    return inside.getByRole('button', { name, exact: true });
  }

  async function notDownloaded(name: string): Promise<void> {
    const row = await find(name);
    await row.getByRole('button', { name: /Not downloaded/ }).waitFor();
  }

  /** The files with bytes of a model, unfinished or whole. */
  async function bytesOf(repo: string): Promise<readonly string[]> {
    const folder = path.join(workbench.globalStorage, 'hub', `models--org--${repo}`);
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    return names.filter((name) => /(^|[/\\])(partial|blobs)[/\\]/.test(name));
  }

  /** The requests for bytes of files. */
  const bytesRequests = (): RequestRecord[] => hub.log.filter(({ origin }) => origin === 'cdn');

  const repoOf = ({ file }: RequestRecord): string => file?.repo.replace('org/', '') ?? '';

  /** Reloads the window; the editor restores the panel. */
  async function reloadWindow(): Promise<void> {
    // Before the command: the window may be quicker than the code that waits for it.
    const loaded = page.waitForEvent('domcontentloaded', { timeout: 120_000 });
    await runCommand(page, 'Developer: Reload Window');
    await loaded;
    await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: 120_000 });
    panel = panelFrame(page);
    await panel.getByRole('tab', { name: 'Models', exact: true }).waitFor({ timeout: 120_000 });
  }

  /** The bytes that all models' files take, unfinished or whole: in blocks, since partial files are sparse. */
  async function bytesOnDisk(): Promise<number> {
    const folder = path.join(workbench.globalStorage, 'hub');
    const names = await readdir(folder, { recursive: true });
    const files = names.filter((name) => /[/\\](partial|blobs)[/\\][^.]+$/.test(name));
    const stats = await Promise.all(files.map((name) => stat(path.join(folder, name))));
    return stats.reduce((sum, { blocks }) => sum + blocks * 512, 0);
  }

  async function percentOf(dialog: Locator): Promise<number> {
    const text = await dialog.locator('.percent').textContent();
    return Number(/\d+/.exec(text ?? '')?.[0] ?? Number.NaN);
  }

  it('opens with every model, and paints soon', async () => {
    const frame: Frame = await activeFrame(page);
    const paintMs = await frame.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1,
    );
    console.log(`      first contentful paint of the page: ${Math.round(paintMs)} ms`);
    await panel.getByText('Recommended for this machine').waitFor();
    await panel.getByText(/^1\d\d models$/).waitFor();
    await screenshot(page, 'panel in the workbench');
    assert.deepEqual(await axeViolations(frame), []);
  });

  it('wears the theme’s colours, and the next theme’s', async () => {
    const frame = await activeFrame(page);
    const seen = new Set<string>();
    for (const turn of ['as it is', 'after a change', 'changed back']) {
      if (turn !== 'as it is') {
        const before = await dropdownColours(frame);
        await runCommand(page, 'Preferences: Toggle between Light/Dark Themes');
        await until(async () => (await dropdownColours(frame)).ofTheme[0] !== before.ofTheme[0]);
        await until(async () => (await dropdownColours(frame)).shown[0] !== before.shown[0]);
      }
      const { shown, ofTheme } = await dropdownColours(frame);
      assert.deepEqual(shown, ofTheme, turn);
      seen.add(shown.join());
    }
    assert.equal(seen.size, 2);
  });

  it('notices a violation of its policy', async () => {
    const frame = await activeFrame(page);
    await frame.evaluate(() => {
      document.body.insertAdjacentHTML('beforeend', '<i id="bad" style="color: red"></i>');
      document.getElementById('bad')?.remove();
    });
    await until(() => Promise.resolve(complaints.length > 0));
    complaints.length = 0;
  });

  it('downloads: the dialog opens at once, pauses, resumes, goes to the background, completes', async () => {
    hub.pace.crawlAfter(20_000_000);
    const dialog = await choose('Alpha');
    await dialog.getByText(/of 100 MB$/).waitFor({ timeout: 120_000 });
    await dialog.getByText(/[kM]B\/s/).waitFor();
    await screenshot(page, 'panel dialog');
    assert.deepEqual(await axeViolations(await activeFrame(page)), []);
    await button(dialog, 'Pause').click();
    await dialog.getByText('Paused', { exact: true }).waitFor();
    const kept = await percentOf(dialog);
    await button(dialog, 'Resume').click();
    await dialog.getByText('Downloading', { exact: true }).waitFor({ timeout: 120_000 });
    await until(async () => (await percentOf(dialog)) >= kept);
    await button(dialog, 'Run in Background').click();
    await dialog.waitFor({ state: 'detached' });
    const row = panel.getByRole('treeitem', { name: /^Journey Alpha/ });
    await row.locator('progress').waitFor();
    await row.getByRole('button', { name: /Show Download/ }).click();
    await dialog.waitFor();
    hub.pace.bytesPerSecondTotal = 0;
    await dialog.getByText('Download complete!').waitFor({ timeout: 120_000 });
    await button(dialog, 'Load Model').first().waitFor();
    await screenshot(page, 'panel complete');
    await button(dialog, 'Close').first().click();
    await row.getByText('Downloaded').waitFor();
  });

  for (const percent of [0, 1, 50, 99]) {
    it(`cancels at ${percent} %: no byte and no badge is left`, async () => {
      if (percent === 0) hub.faults.add({ kind: 'hang' }, { origin: 'cdn' });
      hub.pace.bytesPerSecondTotal = percent === 1 ? 3_000_000 : 25_000_000;
      // The last percent takes a minute.
      hub.pace.crawlAfter((sizeBytes * percent) / 100, 20_000);
      const dialog = await choose('Beta');
      await dialog.getByText(/of 100 MB$/).waitFor({ timeout: 120_000 });
      await until(async () => (await percentOf(dialog)) >= percent - 5);
      await button(dialog, 'Cancel Download').click();
      await dialog.getByText('Download cancelled').waitFor();
      await button(dialog, 'Close').first().click();
      await notDownloaded('Beta');
      assert.deepEqual(await bytesOf('beta'), []);
      await panel.getByRole('region', { name: 'Downloads' }).waitFor({ state: 'detached' });
    });
  }

  it('shows the truth after it was hidden in mid-download', async () => {
    hub.pace.bytesPerSecondTotal = 800_000;
    const dialog = await choose('Gamma');
    await dialog.getByText(/of 100 MB$/).waitFor({ timeout: 120_000 });
    const before = await percentOf(dialog);
    await (await activeFrame(page)).evaluate(`window.mark = 'the first page'`);
    await runCommand(page, 'File: New Untitled Text File');
    await page.locator('iframe.webview.ready').waitFor({ state: 'hidden' });
    await openPanel(page);
    await dialog.waitFor();
    await until(async () => (await percentOf(dialog)) > before);
    const mark = await (await activeFrame(page)).evaluate(`window.mark`);
    assert.equal(mark, undefined, 'a hidden panel keeps no page');
    const search = panel.getByRole('textbox', { name: /Search models/, includeHidden: true });
    assert.equal(await search.inputValue(), 'Journey Gamma', 'the search is kept');
    await button(dialog, 'Cancel Download').click();
    await dialog.getByText('Download cancelled').waitFor();
    await button(dialog, 'Close').first().click();
  });

  it('queues three, says what that means, and does them one after another', async () => {
    hub.log.clear();
    hub.pace.crawlAfter(5_000_000);
    for (const name of ['Gamma', 'Delta', 'Epsilon']) {
      const dialog = await choose(name);
      if (name === 'Epsilon') {
        await dialog.getByText(/Downloads run one after another/).waitFor();
        await screenshot(page, 'panel queued');
      }
      await button(dialog, 'Run in Background').click();
      await dialog.waitFor({ state: 'detached' });
    }
    await panel.getByText('2 queued').waitFor();
    const queue = ['gamma', 'delta', 'epsilon'];
    assert.deepEqual([...new Set(bytesRequests().map(repoOf))], ['gamma'], 'the others wait');
    hub.pace.bytesPerSecondTotal = 0;
    await panel.getByRole('tab', { name: /Downloaded Models/ }).click();
    for (const name of ['Gamma', 'Delta', 'Epsilon']) {
      await panel
        .getByRole('row', { name: new RegExp(`Journey ${name}.*Verified`) })
        .waitFor({ timeout: 120_000 });
    }
    const order = bytesRequests().map(repoOf);
    assert.deepEqual([...new Set(order)], queue);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => queue.indexOf(a) - queue.indexOf(b)),
      'the bytes of one are asked for when those of the one before are there',
    );
    await screenshot(page, 'panel downloaded models');
    assert.deepEqual(await axeViolations(await activeFrame(page)), []);
    await panel.getByRole('tab', { name: 'Models', exact: true }).click();
  });

  it('retries after an error, and continues from its bytes', async () => {
    hub.pace.crawlAfter(45_000_000);
    const dialog = await choose('Zeta');
    await until(async () => (await percentOf(dialog)) >= 40);
    await button(dialog, 'Pause').click();
    await dialog.getByText('Paused', { exact: true }).waitFor();
    const broken = hub.faults.add({ kind: 'status', status: 403 }, {});
    const resets = hub.faults.add({ kind: 'reset', afterBytes: 0 }, { origin: 'cdn' });
    await button(dialog, 'Resume').click();
    await dialog.getByText('Download failed').waitFor({ timeout: 120_000 });
    await screenshot(page, 'panel error');
    assert.deepEqual(await axeViolations(await activeFrame(page)), []);
    const kept = await percentOf(dialog);
    assert.ok(kept >= 35, `${kept} % are kept`);
    broken.remove();
    resets.remove();
    hub.log.clear();
    hub.pace.bytesPerSecondTotal = 0;
    await button(dialog, 'Retry').click();
    await dialog.getByText('Download complete!').waitFor({ timeout: 120_000 });
    const asked = bytesRequests().map(({ range }) => range ?? 'the whole file');
    // The tail of what a slow connection asks for may be given to another one, which asks for it too: each byte once.
    const ranges = asked.map((range) => /^bytes=(\d+)-(\d+)$/.exec(range)?.slice(1).map(Number));
    let [askedBytes, reached] = [0, 0];
    for (const [from = 0, to = Infinity] of ranges
      .map((range) => range ?? [])
      .toSorted(([a = 0], [b = 0]) => a - b)) {
      askedBytes += Math.max(0, to + 1 - Math.max(from, reached));
      reached = Math.max(reached, to + 1);
    }
    assert.ok(askedBytes > 0, 'something was missing');
    // The page's percentage is rounded down; the engine may ask for up to a percent that it had.
    assert.ok(askedBytes <= (sizeBytes * (101 - kept)) / 100, `${kept} % kept: ${asked.join()}`);
    await button(dialog, 'Close').first().click();
  });

  it('manages what is downloaded: verify, delete with confirmation, the cache location', async () => {
    await panel.getByRole('tab', { name: /Downloaded Models/ }).click();
    await button(panel, 'Verify: Journey Gamma').click();
    await panel.getByText('Everything is as it should be.').waitFor({ timeout: 120_000 });
    await button(panel, 'Delete: Journey Delta').click();
    const box = panel.getByRole('alertdialog', { name: 'Delete Journey Delta?' });
    await box.getByText('This gives back 100 MB.').waitFor();
    await button(box, 'Delete').click();
    await panel.getByRole('row', { name: /Journey Delta/ }).waitFor({ state: 'detached' });
    await panel.getByText('Models are cached locally').waitFor();
    await panel.getByText(/asr-tools\.asr-model-manager/).waitFor();
    await screenshot(page, 'panel after delete');
  });

  it('comes back after a window reload in mid-download: truth, filters, selection and scroll', async () => {
    await panel.getByRole('tab', { name: 'Models', exact: true }).click();
    hub.pace.crawlAfter(20_000_000);
    const dialog = await choose('Eta');
    await until(async () => (await percentOf(dialog)) >= 5);
    await button(dialog, 'Run in Background').click();
    const search = panel.getByRole('textbox', { name: /Search models/ });
    await search.fill('whisper');
    await panel.getByRole('combobox', { name: 'Format' }).click();
    await panel.getByRole('option', { name: /GGML/ }).click();
    await panel.getByText('Whisper Small', { exact: true }).click();
    const selected = panel.getByRole('treeitem', { name: /^Whisper Small Q5_1/ }).first();
    await selected.locator('.row-title').click();
    const list = panel.locator('.list-pane');
    await list.evaluate(
      (element) =>
        new Promise((resolve) => {
          element.addEventListener('scrollend', resolve, { once: true });
          element.scrollTop = 300;
        }),
    );
    await reloadWindow();
    await panel.getByRole('heading', { name: 'Whisper Small Q5_1' }).waitFor({ timeout: 120_000 });
    const searchAgain = panel.getByRole('textbox', { name: /Search models/ });
    assert.equal(await searchAgain.inputValue(), 'whisper');
    const format = panel.getByRole('combobox', { name: 'Format' });
    assert.match((await format.textContent()) ?? '', /GGML/);
    const top = await panel.locator('.list-pane').evaluate((element) => element.scrollTop);
    assert.ok(Math.abs(top - 300) < 60, `${top} pixels`);
    await screenshot(page, 'panel where it was');
    await button(panel, 'Clear Filters').click();
    // Reloading ends the extension host: its download is resumed by it or waits as incomplete, with its bytes.
    const row = await find('Eta');
    await row
      .getByText(/Incomplete \d+ %|Downloading|Paused/)
      .first()
      .waitFor({ timeout: 120_000 });
    await screenshot(page, 'panel after reload');
    assert.equal(await toast(page, 'Error').count(), 0);
  });

  it('clears the cache after saying what that frees', async () => {
    await panel.getByRole('tab', { name: /Downloaded Models/ }).click();
    const lies = await bytesOnDisk();
    await button(panel, 'Clear Model Cache').click();
    const box = panel.getByRole('alertdialog', { name: 'Clear the model cache?' });
    const told = await box.getByText(/gives back [\d.]+ [MG]B/).textContent();
    const toldBytes = Number(/([\d.]+) MB/.exec(told ?? '')?.[1]) * 1e6;
    assert.ok(Math.abs(toldBytes - lies) < 0.02 * lies, `${told ?? ''} of ${lies}`);
    await button(box, 'Clear Model Cache').click();
    await panel.getByText('No models are downloaded yet.').waitFor({ timeout: 120_000 });
    await panel.getByText(/MB are free again\./).waitFor();
    for (const name of names) assert.deepEqual(await bytesOf(name.toLowerCase()), []);
  });
});

/** Waits until something holds; the test's own time limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}
