import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { generatedContent, startTestHub, type TestHub, type FaultHandle } from '../hub';
import { reportFailure } from './harness/failureReport';
import { choose, clickUntil, quickInput, quickPickRow, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, treeRow } from './harness/sidebar';
import { toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

const safe = generatedContent({ sizeBytes: 3_000_000, seed: 'safe' });
const pickled = generatedContent({ sizeBytes: 5_000_000, seed: 'pickled' });

/** A catalog in which nothing has a size, one model is a pickle with a safe copy, and one entry is wrong. */
function catalogOf(hub: TestHub): string {
  const shared = { licence: { id: 'MIT' }, loaders: ['whisper.cpp'] };
  const rate = (werPercent: number): object => ({
    accuracy: { werPercent, source: 'Our measurement; Faroese news' },
  });
  return JSON.stringify({
    version: 1,
    name: 'Chosen models',
    endpoint: hub.url,
    families: [
      {
        ...shared,
        id: 'pickles',
        name: 'Pickles',
        format: 'nemo',
        languages: ['fo'],
        variants: [
          {
            id: 'pickle',
            name: 'Korpus original',
            model: 'korpus',
            repo: 'org/korpus',
            patterns: ['korpus.nemo'],
          },
        ],
      },
      {
        ...shared,
        id: 'chosen',
        name: 'Chosen',
        format: 'ggml',
        languages: ['fo', 'is'],
        variants: [
          {
            id: 'worse',
            name: 'Korpus middling',
            model: 'other',
            repo: 'org/korpus',
            patterns: ['ggml-korpus.bin'],
            ...rate(14.2),
          },
          {
            id: 'safe',
            name: 'Korpus safe',
            model: 'korpus',
            repo: 'org/korpus',
            files: [{ path: 'ggml-korpus.bin' }],
            ...rate(9.1),
          },
          { id: 'wrong', name: 'Wrong', repo: 'org/korpus', sise: 1 },
        ],
      },
    ],
  });
}

describe('choosing a model from the catalog, in the real workbench', function () {
  this.timeout(600_000);
  let hub: TestHub;
  let lateCatalog: FaultHandle;
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    hub = await startTestHub({
      repos: [
        { name: 'org/korpus', files: { 'ggml-korpus.bin': safe, 'korpus.nemo': pickled } },
        ...['first', 'second', 'third'].map((name, at) => ({
          name: `org/unlisted-${name}`,
          files: {
            'ggml-unlisted.bin': generatedContent({ sizeBytes: 2_000_000, seed: name }),
            'README.md': 'Read me.',
          },
          licence: 'mit',
          downloads: 3000 - at,
        })),
      ],
      searchPageSize: 2,
    });
    const catalog = hub.serve('/catalog.json', catalogOf(hub), 'application/json');
    // The list does not wait for it, and shows it when it comes.
    lateCatalog = hub.faults.add({ kind: 'stall', afterBytes: 0 }, { path: '/catalog.json' });
    workbench = await Workbench.start({
      settings: { 'asr.catalog.additional': [catalog], 'asr.hub.endpoint': hub.url },
    });
    ({ page } = workbench);
    await openViewContainer(page, 'ASR Models');
  });
  afterEach(async function () {
    await reportFailure(this, workbench);
    await page.keyboard.press('Escape');
    await runCommand(page, 'Notifications: Clear All Notifications');
  });
  after(async () => {
    await workbench.dispose();
    await hub.close();
  });

  const apiRequests = (): number => hub.log.filter(({ path }) => path.startsWith('/api/')).length;
  const rows = async (): Promise<string[]> =>
    page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row').allInnerTexts();
  const openPicker = async (): Promise<void> => {
    await runCommand(page, 'ASR: Download Model');
    await quickPickRow(page, 'Choose by language…').waitFor();
  };
  const rowOf = (text: string): Locator => quickPickRow(page, text);

  it('opens with every model of the catalogs, and asks no hub', async () => {
    await openPicker();
    await rowOf('Recommended for this machine').waitFor();
    assert.equal(apiRequests(), 0);
    await quickInput(page).fill('korpus');
    await rowOf('Other Hugging Face model…').waitFor();
    assert.equal(await rowOf('Korpus middling').count(), 0);
    lateCatalog.release();
    await rowOf('Korpus middling').filter({ hasText: 'size unknown' }).waitFor();
    await rowOf('Korpus original').filter({ hasText: 'can run code when loaded' }).waitFor();
    assert.equal(apiRequests(), 0);
    await screenshot(page, 'catalog picker');
  });

  it('tells what is wrong in an extra catalog, with its line, and uses the rest', async () => {
    await openPicker();
    // The list goes round: what is wrong stands at its end.
    await quickInput(page).press('ArrowUp');
    await choose(rowOf('Problems in extra catalogs: 1'));
    await rowOf('wrong')
      .filter({ hasText: /catalog\.json:1:\d+/ })
      .waitFor();
    await rowOf('wrong').filter({ hasText: 'unknown property “sise”' }).waitFor();
    await screenshot(page, 'catalog problems');
  });

  it('asks the hub about one model when its button is pressed, and shows its size', async () => {
    await openPicker();
    await quickInput(page).fill('korpus middling');
    const row = rowOf('Korpus middling');
    const answered = row.filter({ hasText: '3 MB' }).filter({ hasText: 'size as the hub says' });
    await clickUntil(
      row.getByRole('button', { name: 'Ask the hub for its size and files' }),
      answered,
    );
    assert.ok(apiRequests() > 0);
    await screenshot(page, 'catalog hub size');
  });

  it('begins with a language, and then has what speaks it, the best published error rate first', async () => {
    await openPicker();
    await choose(rowOf('Choose by language…'));
    await quickInput(page).fill('faroese');
    await rowOf('Faroese').waitFor();
    await screenshot(page, 'catalog languages');
    // By its name: the rows of the next list tell in their details that they speak it.
    await choose(page.locator('.quick-input-list .monaco-list-row[aria-label^="Faroese"]').first());
    await rowOf('Best published word error rate first').waitFor();
    await screenshot(page, 'catalog by language');
    await quickInput(page).fill('korpus');
    // The safe copy and the original are variants of one model.
    await rowOf('2 variants').waitFor();
    const texts = await rows();
    const place = (text: string): number => texts.findIndex((row) => row.includes(text));
    assert.ok(place('2 variants') >= 0 && place('2 variants') < place('Korpus middling'));
    assert.match(texts[place('2 variants')] ?? '', /^Korpus[^]*word error rate 9\.1 %/);
    const back = page.locator('.quick-input-widget:visible').getByRole('button', { name: 'Back' });
    await back.click();
    // Only in the list of languages: a click on what is still the list of models would go back no further.
    await rowOf('Afrikaans').waitFor();
    await back.click();
    await rowOf('Choose by language…').waitFor();
  });

  it('finds at the hub what no catalog has, page by page, and downloads it, by the keyboard alone', async () => {
    const asked = (): number => hub.log.filter(({ path }) => path === '/api/models').length;
    hub.faults.add(
      { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
      { path: '/api/models', times: 1 },
    );
    await openPicker();
    const { keyboard } = page;
    await keyboard.type('unlisted');
    await rowOf('Search the Hub for “unlisted”').waitFor();
    // Nothing else is in the list but the row for an address before it.
    assert.equal((await rows()).length, 2);
    await keyboard.press('ArrowUp');
    await keyboard.press('Enter');
    await rowOf('org/unlisted-second').waitFor({ timeout: 120_000 });
    const label = await rowOf('org/unlisted-first')
      .filter({ hasText: '2 MB' })
      .getAttribute('aria-label');
    for (const fact of ['org/unlisted-first', 'runs on this machine', '3,000 downloads', 'mit'])
      assert.ok(label?.includes(fact), `a screen reader says “${String(label)}”`);
    assert.equal(asked(), 2, 'the first was refused for a second');
    await screenshot(page, 'catalog hub results');

    await keyboard.press('ArrowUp');
    await keyboard.press('ArrowUp');
    await keyboard.press('Enter');
    await rowOf('org/unlisted-third').waitFor();
    assert.equal(asked(), 3);
    await keyboard.type('third');
    await rowOf('org/unlisted-first').waitFor({ state: 'detached' });
    // The list is filtered a moment before its first row takes the focus, which is the row that Enter takes.
    await page
      .locator('.quick-input-list .monaco-list-row.focused')
      .filter({ hasText: 'org/unlisted-third' })
      .waitFor();
    await keyboard.press('Enter');
    await rowOf('ggml-unlisted').waitFor();
    await keyboard.press('Enter');
    await toast(page, /unlisted-third.* is downloaded and verified/).waitFor({ timeout: 120_000 });
    await treeRow(page, /unlisted-third.*2 MB/).waitFor();
  });

  it('offers the safe copy first when a file that can run code is chosen', async () => {
    await openPicker();
    await quickInput(page).fill('korpus original');
    // The row that repeats what was typed comes with the extension's own answer to it.
    await rowOf('Other Hugging Face model…').filter({ hasText: 'korpus original' }).waitFor();
    await quickInput(page).press('Enter');
    await rowOf('The same model in a safe format').waitFor();
    const [first = '', second = ''] = await rows();
    assert.match(first, /Korpus safe/);
    assert.match(second, /Korpus original/);
    await screenshot(page, 'catalog safe copy');
    await choose(rowOf('Korpus safe'));
    await toast(page, 'Korpus safe is downloaded and verified').waitFor({ timeout: 120_000 });
    await treeRow(page, /Korpus safe.*3 MB.*Faroese, Icelandic/).waitFor();
  });
});
