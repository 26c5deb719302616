import assert from 'node:assert/strict';
import type { FrameLocator, Page } from 'playwright-core';
import { defined } from '../../src/protocol/defined';
import { generatedContent, startTestHub, type TestHub } from '../hub';
import { reportFailure } from './harness/failureReport';
import { quickInput, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { Workbench } from './harness/workbench';
import { openPanel } from './panel/panelFrame';
import { watchPolicy } from './panel/policyWatch';

interface Variant {
  readonly name: string;
  readonly language: string;
  readonly sizeBytes?: number;
  readonly werPercent?: number;
  readonly rtfx?: number;
}

/** In this order each orders differently by name, size, error rate and speed; of one nothing is published. */
const families: Readonly<Record<string, readonly Variant[]>> = {
  'Choir of two': [
    { name: 'Choir tenor', language: 'fo', sizeBytes: 300e6, werPercent: 9, rtfx: 40 },
    { name: 'Choir bass', language: 'is', sizeBytes: 4_000e6, werPercent: 4, rtfx: 10 },
  ],
  'Choir of three': [
    { name: 'Choir soprano', language: 'is', sizeBytes: 90e6, werPercent: 12, rtfx: 30 },
    { name: 'Choir alto', language: 'fo', sizeBytes: 2e6, werPercent: 20, rtfx: 20 },
    { name: 'Choir unheard', language: 'fo' },
  ],
};

const idOf = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

function catalogOf(hub: TestHub): string {
  return JSON.stringify({
    version: 1,
    name: 'Choirs',
    endpoint: hub.url,
    families: Object.entries(families).map(([name, variants]) => ({
      id: idOf(name),
      name,
      format: 'ggml',
      licence: { id: 'MIT' },
      languages: ['fo', 'is'],
      loaders: ['whisper.cpp'],
      variants: variants.map(({ name: title, language, sizeBytes, werPercent, rtfx }) => ({
        id: idOf(title),
        name: title,
        languages: [language],
        repo: 'org/choir',
        files: [{ path: `ggml-${idOf(title)}.bin`, ...defined({ sizeBytes }) }],
        ...(werPercent === undefined
          ? {}
          : { accuracy: { werPercent, rtfx, source: 'Our measurement' } }),
      })),
    })),
  });
}

describe('finding a model in the panel, in the real workbench', function () {
  this.timeout(600_000);
  let hub: TestHub;
  let workbench: Workbench;
  let page: Page;
  let panel: FrameLocator;
  let complaints: string[] = [];

  before(async () => {
    const alto = generatedContent({ sizeBytes: 2_000_000, seed: 'alto' });
    const unheard = generatedContent({ sizeBytes: 3_000_000, seed: 'unheard' });
    hub = await startTestHub({
      repos: [
        {
          name: 'org/choir',
          files: { 'ggml-choir-alto.bin': alto, 'ggml-choir-unheard.bin': unheard },
          licence: 'mit',
        },
      ],
    });
    const catalog = hub.serve('/catalog.json', catalogOf(hub), 'application/json');
    workbench = await Workbench.start({
      settings: { 'asr.catalog.additional': [catalog], 'asr.hub.endpoint': hub.url },
    });
    ({ page } = workbench);
    complaints = watchPolicy(page);
    await runCommand(page, 'Notifications: Toggle Do Not Disturb Mode');
    panel = await openPanel(page);
    await panel.getByText(/^\d+ models$/).waitFor();
    assert.deepEqual(
      askedOf('org/choir'),
      [],
      'the hub was asked before a person looked for anything',
    );
    await panel.getByRole('textbox', { name: /Search models/ }).fill('choir');
    // The hub states the size that the catalog doesn't, and the variants follow it.
    await lists('of two', 'tenor', 'bass', 'of three', 'alto', 'unheard', 'soprano');
    assert.equal(askedOf('org/choir').filter((path) => path.includes('/revision/')).length, 1);
  });
  afterEach(async function () {
    await reportFailure(this, workbench);
    assert.deepEqual(complaints, [], 'a violation of a content security policy was logged');
  });
  after(async () => {
    await workbench.dispose();
    await hub.close();
  });

  const askedOf = (repo: string): readonly string[] =>
    hub.log.filter(({ path }) => path.includes(repo)).map(({ path }) => path);

  async function choose(filter: string, option: string): Promise<void> {
    await panel.getByRole('combobox', { name: filter }).click();
    await panel.getByRole('option', { name: option, exact: true }).click();
  }

  /** Waits until these families and variants are listed, in this order; the name of each begins with "Choir". */
  async function lists(...expected: readonly string[]): Promise<void> {
    const names = panel.locator('.family-name, .row-title');
    const text = expected.map((name) => `Choir ${name}`).join(', ');
    let found = '';
    for (const end = Date.now() + 120_000; Date.now() < end;) {
      found = (await names.allTextContents()).join(', ');
      if (found === text) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(found, text);
  }

  it('sorts families and their variants; unknown values come last', async () => {
    await choose('Sort by', 'Sort by: Name');
    await lists('of three', 'alto', 'soprano', 'unheard', 'of two', 'bass', 'tenor');
    await choose('Sort by', 'Sort by: Size');
    await lists('of three', 'alto', 'unheard', 'soprano', 'of two', 'tenor', 'bass');
    await screenshot(page, 'panel sorted by size');
    await choose('Sort by', 'Sort by: Accuracy');
    await lists('of two', 'bass', 'tenor', 'of three', 'soprano', 'alto', 'unheard');
    await choose('Sort by', 'Sort by: Speed');
    await lists('of two', 'tenor', 'bass', 'of three', 'soprano', 'alto', 'unheard');
    await choose('Sort by', 'Sort by: Catalog order');
    await lists('of two', 'tenor', 'bass', 'of three', 'alto', 'unheard', 'soprano');
  });

  it('filters by language, the best published error rate first, and by size', async () => {
    await choose('Language', 'Icelandic');
    await lists('of two', 'bass', 'of three', 'soprano');
    await choose('Size', 'Over 3 GB');
    await lists('of two', 'bass');
    await panel.getByText(/^1 of \d+ models$/).waitFor();
    await choose('Size', 'Up to 100 MB');
    await lists('of three', 'soprano');
    await choose('Language', 'Any language');
    await lists('of three', 'alto', 'unheard', 'soprano');
    await choose('Size', 'Any size');
  });

  it('filters by what is downloaded, and follows a download', async () => {
    await choose('State', 'Downloaded');
    await panel.getByText('No models match your search and filters.').first().waitFor();
    await screenshot(page, 'panel nothing found');
    await choose('State', 'Not downloaded');
    await lists('of two', 'tenor', 'bass', 'of three', 'alto', 'unheard', 'soprano');
    const row = panel.getByRole('treeitem', { name: /^Choir alto/ });
    await row.getByRole('button', { name: /Not downloaded - click to download/ }).click();
    const dialog = panel.getByRole('dialog', { name: 'Download Choir alto' });
    await dialog.getByText('Download complete!').waitFor({ timeout: 120_000 });
    await dialog.getByRole('button', { name: 'Close', exact: true }).first().click();
    await lists('of two', 'tenor', 'bass', 'of three', 'unheard', 'soprano');
    await choose('State', 'Downloaded');
    await lists('of three', 'alto');
    await panel.getByRole('button', { name: 'Clear Filters' }).click();
    await panel
      .locator('.shown-count')
      .filter({ hasText: /^\d+ models$/ })
      .waitFor();
  });

  it('leaves the focus where a person writes elsewhere, whatever disappears in the panel', async () => {
    await panel.getByRole('textbox', { name: /Search models/ }).fill('choir unheard');
    hub.pace.crawlAfter(200_000, 50_000);
    const row = panel.getByRole('treeitem', { name: /^Choir unheard/ });
    await row.getByRole('button', { name: /Not downloaded - click to download/ }).click();
    const dialog = panel.getByRole('dialog', { name: 'Download Choir unheard' });
    await dialog.getByRole('button', { name: 'Run in Background', exact: true }).click();
    const cancel = panel.getByRole('button', { name: 'Cancel Download: Choir unheard' });
    await cancel.focus();
    await page.keyboard.press('F1');
    await quickInput(page).waitFor();
    await page.keyboard.type('ASR');
    hub.pace.bytesPerSecondTotal = 0;
    await cancel.waitFor({ state: 'detached' });
    await row.getByText('Downloaded', { exact: true }).waitFor();
    await page.keyboard.type(': Dow');
    assert.equal(await quickInput(page).inputValue(), '>ASR: Dow');
    await page.keyboard.press('Escape');
    // A person who comes back is at the same place, and not at the top of the page.
    await panel.locator(':focus').first().waitFor();
  });
});
