import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { defined } from '../../src/protocol/defined';
import { emptySnapshot, FakeHost, fullSnapshot, sampleDownload } from './panel/panelFixture';
import { PageBrowser } from './panel/pageBrowser';

/** The element with the focus, as a screen reader would name it. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement: element } = document;
    return (
      element?.getAttribute('aria-label') ??
      element?.querySelector('.row-title, .family-name')?.textContent ??
      element?.textContent.trim() ??
      ''
    );
  });
}

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** In time, and as late as on a machine that has other things to do: a key does the same. */
const frameDelaysMs = [undefined, 150];

for (const frameDelayMs of frameDelaysMs) {
  describe(`the panel’s page by keyboard alone${frameDelayMs === undefined ? '' : ', with frames that come late'}`, function () {
    this.timeout(600_000);
    let browser: PageBrowser;

    before(async () => {
      browser = await PageBrowser.start();
    });

    after(() => browser.stop());

    afterEach(() => browser.closePages());

    function showReady(host: FakeHost, kept?: unknown): Promise<Page> {
      return browser.showReady(host, {
        ...defined({ kept, frameDelayMs }),
      });
    }

    describe('the list', () => {
      it('is one stop, its items go by arrow keys, and the focus goes only into what shows', async () => {
        const page = await showReady(new FakeHost(browser.catalog, fullSnapshot));
        const reached = new Set<string>();
        for (let at = 0; at < 25; at += 1) {
          await press(page, 'Tab');
          reached.add(
            await page.evaluate(() => document.activeElement?.getAttribute('data-item') ?? ''),
          );
        }
        reached.delete('');
        assert.equal(reached.size, 1);
      });

      it('is walked through with arrows, Home and End, which also open and close models', async () => {
        const page = await showReady(new FakeHost(browser.catalog, emptySnapshot));
        const tree = page.getByRole('tree');
        await tree.locator('[tabindex="0"]').first().focus();
        await press(page, 'Home');
        const top = await focused(page);
        assert.equal(top, await tree.locator('.family-name').first().textContent());
        const model = tree.getByRole('treeitem', { level: 1 }).first();
        assert.equal(await model.getAttribute('aria-expanded'), 'false', 'models are listed');
        await press(page, 'ArrowRight');
        assert.equal(await model.getAttribute('aria-expanded'), 'true');
        await press(page, 'ArrowDown');
        const best = await focused(page);
        assert.match(best, /^Whisper Tiny /);
        await press(page, 'ArrowDown');
        assert.notEqual(await focused(page), best);
        await press(page, 'ArrowUp');
        assert.equal(await focused(page), best);
        await press(page, 'ArrowLeft');
        assert.equal(await focused(page), top, 'from a variant to its model');
        await press(page, 'ArrowLeft');
        assert.equal(await model.getAttribute('aria-expanded'), 'false');
        await press(page, 'End');
        assert.equal(await focused(page), await tree.locator('.family-name').last().textContent());
      });

      it('goes to what is typed, as the editor’s own trees do', async () => {
        const page = await showReady(new FakeHost(browser.catalog, emptySnapshot));
        await page.getByRole('tree').locator('[tabindex="0"]').first().focus();
        await press(page, 'Home', 'ArrowRight');
        await page.keyboard.type('whisper tiny q5_1');
        assert.equal(await focused(page), 'Whisper Tiny Q5_1');
        assert.equal(
          await page.getByRole('treeitem', { selected: true }).getAttribute('data-item'),
          'whisper-tiny-q5_1',
        );
      });

      it('finds, selects, chooses and closes, with the focus given back', async () => {
        const host = new FakeHost(browser.catalog, emptySnapshot);
        const page = await showReady(host);
        await page.getByRole('textbox', { name: 'Search models by name' }).focus();
        await page.keyboard.type('whisper tiny q5_1');
        await page
          .getByText(/^\d+ of 171 models$/)
          .first()
          .waitFor();
        await page.locator('[role=treeitem][tabindex="0"]').focus();
        await press(page, 'ArrowDown');
        const row = page.getByRole('treeitem', { name: /^Whisper Tiny Q5_1/ }).first();
        assert.equal(await row.getAttribute('aria-selected'), 'true');
        await press(page, 'Enter');
        await page.getByRole('dialog').waitFor();
        assert.equal((await host.asked(1))[0]?.kind, 'download');
        await press(page, 'Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        assert.equal(await row.evaluate((element) => element === document.activeElement), true);
        assert.equal(host.actions.length, 1, 'closing asks for nothing');
      });
    });

    it('goes between the tabs with arrows, Home and End', async () => {
      const page = await showReady(new FakeHost(browser.catalog, fullSnapshot));
      const current = () => page.getByRole('tab', { selected: true }).textContent();
      await page.getByRole('tab', { name: 'Models', exact: true }).focus();
      for (const [key, tab] of [
        ['ArrowRight', 'Downloaded Models4'],
        ['ArrowRight', 'Models'],
        ['ArrowLeft', 'Downloaded Models4'],
        ['Home', 'Models'],
        ['End', 'Downloaded Models4'],
      ] as const) {
        await press(page, key);
        assert.equal(await current(), tab, key);
        assert.equal(await focused(page), tab, key);
      }
    });

    it('opens a list of choices, and chooses', async () => {
      const page = await showReady(new FakeHost(browser.catalog, emptySnapshot));
      const format = page.getByRole('combobox', { name: 'Format' });
      await format.focus();
      await press(page, 'Enter', 'ArrowDown', 'Enter');
      await page
        .getByText(/^\d+ of 171 models$/)
        .first()
        .waitFor();
      // The element says late what was chosen in it.
      await page
        .locator(
          'vscode-dropdown[aria-label="Format"][aria-expanded="false"]:not([current-value=""])',
        )
        .waitFor();
    });

    it('empties the search with Escape, for what is typed next', async () => {
      const page = await showReady(new FakeHost(browser.catalog, emptySnapshot), {
        search: 'zzzz',
      });
      const search = page.getByRole('textbox', { name: 'Search models by name' });
      await search.focus();
      await press(page, 'Escape');
      await page.getByText('171 models', { exact: true }).first().waitFor();
      assert.equal(await search.inputValue(), '');
      await press(page, 'z', 'Escape', 'p');
      assert.equal(await search.inputValue(), 'p');
    });

    describe('a dialog', () => {
      const kept = { dialogModelId: 'whisper-large-v3' };

      it('starts at its main button and keeps the focus, both ways around', async () => {
        const host = new FakeHost(browser.catalog, {
          ...fullSnapshot,
          downloads: [sampleDownload()],
        });
        const page = await showReady(host, kept);
        await page.getByRole('dialog').getByText('38.4 MB/s').waitFor();
        assert.equal(await focused(page), 'Run in Background');
        const reached = new Set<string>();
        for (const key of [
          ...Array<string>(9).fill('Tab'),
          ...Array<string>(9).fill('Shift+Tab'),
        ]) {
          await press(page, key);
          const name = await page.evaluate(() => {
            const { activeElement: element } = document;
            if (element === document.body || element === null) return '';
            return element.closest('dialog') === null ? `outside: ${element.outerHTML}` : 'inside';
          });
          // Between the last and the first, a browser visits its own frame.
          if (name !== '') reached.add(name);
        }
        assert.deepEqual([...reached], ['inside']);
      });

      it('unfolds its files with Enter', async () => {
        const host = new FakeHost(browser.catalog, {
          ...fullSnapshot,
          downloads: [sampleDownload()],
        });
        const page = await showReady(host, kept);
        await page.locator('dialog summary').focus();
        await press(page, 'Enter');
        await page.getByRole('dialog').getByText('tokenizer.json').waitFor();
      });

      it('that asks before deleting gives the focus back when it is left', async () => {
        const page = await showReady(new FakeHost(browser.catalog, fullSnapshot), {
          tab: 'downloaded',
        });
        await page.getByRole('button', { name: 'Delete: Whisper Base' }).focus();
        await press(page, 'Enter');
        await page.getByRole('alertdialog').waitFor();
        await press(page, 'Escape');
        await page.getByRole('alertdialog').waitFor({ state: 'detached' });
        assert.equal(await focused(page), 'Delete: Whisper Base');
      });
    });

    it('takes no focus from a person who writes elsewhere, by a dialog that opens and closes', async () => {
      const host = new FakeHost(browser.catalog, {
        ...fullSnapshot,
        downloads: [sampleDownload()],
      });
      const page = await browser.show(host, {
        kept: { dialogModelId: 'whisper-large-v3' },
        beside: true,
        ...defined({ frameDelayMs }),
      });
      const panel = page.frameLocator('iframe');
      const dialog = panel.getByRole('dialog');
      const elsewhere = page.getByRole('textbox', { name: 'Elsewhere' });
      await dialog.getByText('38.4 MB/s').waitFor();
      await page.keyboard.type('one');
      assert.equal(await elsewhere.inputValue(), 'one');
      // When the focus comes to it then, its main button is under the Enter key, as if it had opened now.
      await page.evaluate(() => {
        window.frames[0]?.focus();
      });
      await panel.locator('.main-button:focus').filter({ hasText: 'Run in Background' }).waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      // Another one, which was opened and left, closes without them.
      await panel
        .getByRole('button', { name: 'Show Download: Whisper Large v3', exact: true })
        .click();
      await dialog.waitFor();
      await elsewhere.focus();
      await dialog.getByRole('button', { name: 'Close', exact: true }).evaluate((button) => {
        if (button instanceof HTMLElement) button.click();
      });
      await dialog.waitFor({ state: 'detached' });
      await page.keyboard.type(' two');
      assert.equal(await elsewhere.inputValue(), 'one two');
      await page.evaluate(() => {
        window.frames[0]?.focus();
      });
      await panel.locator(':focus').filter({ hasText: 'Show Download' }).waitFor();
    });

    describe('keeps its place', () => {
      it('when the model that was deleted goes: at the one that took its place', async () => {
        const host = new FakeHost(browser.catalog, fullSnapshot);
        const page = await showReady(host, { tab: 'downloaded' });
        host.onAction = ({ kind }) => {
          const rest = fullSnapshot.models.filter(({ modelId }) => modelId !== 'whisper-base');
          if (kind === 'delete') host.set({ models: rest });
          return undefined;
        };
        await page.getByRole('button', { name: 'Delete: Whisper Base' }).focus();
        await press(page, 'Enter');
        await page.getByRole('alertdialog').waitFor();
        await press(page, 'Enter');
        await page.getByRole('row', { name: /^Whisper Base/ }).waitFor({ state: 'detached' });
        const row = page.locator('tr').filter({ has: page.locator(':focus') });
        assert.match((await row.textContent()) ?? '', /^Whisper Small/);
      });

      it('when a click brings a person back who wrote elsewhere: nothing moves under it', async () => {
        const [model] = fullSnapshot.models;
        assert.ok(model?.disk !== undefined);
        const many = Array.from({ length: 60 }, (_, at) => ({
          ...model,
          modelId: `many-${String(at)}`,
          name: `Model ${String(at).padStart(2, '0')}`,
        }));
        const host = new FakeHost(browser.catalog, { ...fullSnapshot, models: many });
        const page = await browser.show(host, {
          kept: { tab: 'downloaded' },
          beside: true,
          ...defined({ frameDelayMs }),
        });
        const panel = page.frameLocator('iframe');
        const last = panel.getByRole('button', { name: 'Delete: Model 59' });
        await last.focus();
        await page.getByRole('textbox', { name: 'Elsewhere' }).focus();
        host.set({ models: many.slice(0, -1) });
        await last.waitFor({ state: 'detached' });
        const first = panel.getByRole('button', { name: 'Delete: Model 00' });
        await first.scrollIntoViewIfNeeded();
        await first.click();
        await panel.getByRole('alertdialog').getByText('Model 00').first().waitFor();
      });

      it('when Pause becomes Resume, and when the line of a cancelled download goes', async () => {
        const host = new FakeHost(browser.catalog, {
          ...fullSnapshot,
          downloads: [sampleDownload()],
        });
        host.onAction = ({ kind }) => {
          if (kind === 'pause') host.set({ downloads: [sampleDownload({ status: 'paused' })] });
          if (kind === 'cancel') host.set({ downloads: [] });
          return undefined;
        };
        const page = await showReady(host);
        await page.getByRole('button', { name: 'Pause: Whisper Large v3', exact: true }).focus();
        await press(page, 'Enter');
        await page.getByRole('button', { name: 'Resume: Whisper Large v3', exact: true }).waitFor();
        assert.equal(await focused(page), 'Resume: Whisper Large v3');
        await page.getByRole('button', { name: 'Cancel Download: Whisper Large v3' }).focus();
        await press(page, 'Enter');
        await page.locator('.strip').waitFor({ state: 'detached' });
        const lost = await page.evaluate(() => document.activeElement === document.body);
        assert.equal(lost, false);
      });
    });
  });
}
