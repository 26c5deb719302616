import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import {
  emptySnapshot,
  FakeHost,
  fullSnapshot,
  queuedDownload,
  sampleDownload,
} from './panel/panelFixture';
import { PageBrowser } from './panel/pageBrowser';
import { narrowPanels, boxesOf } from './panel/pageLooks';

describe('the panel’s page in a browser, with the real router and policy', function () {
  this.timeout(600_000);
  let browser: PageBrowser;

  before(async () => {
    browser = await PageBrowser.start();
  });

  after(() => browser.stop());

  afterEach(() => browser.closePages());

  it('has a script of less than 120 kB, compressed', () =>
    assert.ok(browser.place.scriptGzipBytes > 10_000 && browser.place.scriptGzipBytes < 120_000));

  describe('choosing a model', () => {
    it('opens the dialog at once, and asks the host for the download', async () => {
      const host = new FakeHost(browser.catalog, emptySnapshot);
      const page = await browser.showReady(host, { kept: { search: 'whisper tiny' } });
      await page
        .getByRole('treeitem', { name: /^Whisper Tiny Q5_1/ })
        .getByRole('button', { name: /Not downloaded - click to download/ })
        .click();
      const dialog = page.getByRole('dialog', { name: 'Download Whisper Tiny Q5_1' });
      await dialog.waitFor();
      assert.deepEqual(await host.asked(1), [{ kind: 'download', modelId: 'whisper-tiny-q5_1' }]);
      const cancel = dialog.getByRole('button', { name: 'Cancel Download' });
      await dialog.getByRole('button', { name: 'Cancel Download', disabled: true }).waitFor();
      host.set({
        downloads: [
          sampleDownload({ modelId: 'whisper-tiny-q5_1', modelName: 'Whisper Tiny Q5_1' }),
        ],
      });
      await dialog.getByText('412 MB of 1.6 GB', { exact: true }).waitFor();
      await cancel.click();
      assert.deepEqual((await host.asked(2)).at(-1), { kind: 'cancel', downloadId: 'd1' });
      host.set({ downloads: [] });
      await dialog.getByText('Download cancelled').waitFor();
    });

    it('closes the dialog again when the host refuses, and says why', async () => {
      const host = new FakeHost(browser.catalog, emptySnapshot);
      host.onAction = () => Promise.reject(new Error('Not enough disk space.'));
      const page = await browser.showReady(host, { kept: { search: 'whisper tiny' } });
      await page.getByRole('button', { name: /click to download: Whisper Tiny Q5_1/ }).click();
      await page.getByRole('alert').getByText('Not enough disk space.').waitFor();
      assert.equal(await page.getByRole('dialog').count(), 0);
    });
  });

  describe('a running download', () => {
    const kept = { dialogModelId: 'whisper-large-v3' };

    it('shows the truth at once in a page that was reloaded in mid-download', async () => {
      const host = new FakeHost(browser.catalog, {
        ...fullSnapshot,
        downloads: [sampleDownload()],
      });
      const page = await browser.showReady(host, { kept });
      await page.getByText('412 MB of 1.6 GB').first().waitFor();
      host.progress(sampleDownload({ downloadedBytes: 800_000_000 }));
      await page.reload();
      await page.getByRole('dialog').getByText('800 MB of 1.6 GB').waitFor();
      await page.getByRole('dialog').getByText('50 %').waitFor();
    });

    describe('moves nothing', () => {
      const modelId = 'whisper-tiny-q5_1';
      const at = (change: Parameters<typeof sampleDownload>[0]) =>
        sampleDownload({ modelId, modelName: 'Whisper Tiny Q5_1', ...change });
      /** Every box of the dialog, of the strip and of the row, and where the texts in them begin or end. */
      const parts = {
        boxes:
          'dialog, dialog progress, dialog vscode-button, dialog details, dialog .figures-line, ' +
          '.strip, .strip-line, .strip-line progress, .strip-actions button, .row, .row progress',
        starts:
          'dialog p, .figures-line > :first-child, .strip-part, .row-progress-text > span:first-child',
        ends: '.figure-end, .row-progress-text .percent',
      };
      const open = async (): Promise<readonly [FakeHost, Page]> => {
        const host = new FakeHost(browser.catalog, { ...fullSnapshot, downloads: [at({})] });
        const page = await browser.showReady(host, { kept: { dialogModelId: modelId } });
        await page.getByRole('dialog').getByText('38.4 MB/s').waitFor();
        return [host, page];
      };

      for (const [width, height] of [[1100, 760], ...narrowPanels] as const) {
        it(`while the numbers change, ${width} pixels wide`, async () => {
          const [host, page] = await open();
          await page.setViewportSize({ width, height });
          const before = await boxesOf(page, parts);
          assert.ok(Object.keys(before).length > 20);
          for (const [change, shown] of [
            [
              { downloadedBytes: 9_000, bytesPerSecond: 7_000, secondsRemaining: 86_399 },
              '9 kB of',
            ],
            [
              { downloadedBytes: 99_000_000, bytesPerSecond: 111_100_000, secondsRemaining: 125 },
              '111.1 MB/s',
            ],
            [
              { downloadedBytes: 1_599_000_000, bytesPerSecond: 9_100_000, secondsRemaining: 1 },
              '99 %',
            ],
          ] as const) {
            host.progress(at(change));
            await page.getByRole('dialog').locator('.figures').getByText(shown).waitFor();
            assert.deepEqual(await boxesOf(page, parts), before, shown);
          }
        });
      }

      it('under the mouse when data stop, when it waits to retry, when it continues', async () => {
        const [host, page] = await open();
        const buttons = { boxes: 'dialog, dialog vscode-button', starts: '.phase', ends: '.none' };
        const before = await boxesOf(page, buttons);
        const { bytesPerSecond: _speed, secondsRemaining: _left, ...quiet } = at({});
        for (const [record, shown] of [
          [quiet, 'Estimating time left…'],
          [{ ...quiet, stalled: true, secondsSinceLastByte: 9 }, 'No data for 9 s'],
          [
            { ...quiet, attempt: 2, retryAt: Date.now() + 9000, retryReason: 'connection lost' },
            'Reason: connection lost',
          ],
          [at({}), '38.4 MB/s'],
        ] as const) {
          host.progress(record);
          await page.getByRole('dialog').getByText(shown).waitFor();
          assert.deepEqual(await boxesOf(page, buttons), before, shown);
        }
      });
    });

    it('tells a screen reader the quarters, from inside of the dialog', async () => {
      const host = new FakeHost(browser.catalog, {
        ...fullSnapshot,
        downloads: [sampleDownload()],
      });
      const page = await browser.showReady(host, { kept });
      await page.getByText('412 MB of 1.6 GB').first().waitFor();
      host.progress(sampleDownload({ downloadedBytes: 800_000_000 }));
      const spoken = page.locator('dialog [role=status]').first();
      await spoken.getByText('Whisper Large v3: 50 %.').waitFor({ state: 'attached' });
    });

    it('tells it quietly: no two texts within seconds, and of what was late the newest', async () => {
      const host = new FakeHost(browser.catalog, {
        ...fullSnapshot,
        downloads: [sampleDownload()],
      });
      const page = await browser.showReady(host);
      await page.getByText('412 MB of 1.6 GB').first().waitFor();
      // As text: tsx would put its own helpers into a function.
      await page.evaluate(`{
        window.heard = [];
        new MutationObserver((changes) => {
          for (const { target } of changes) {
            const region = target.parentElement?.closest('[role=status], [role=alert], [aria-live]');
            if (region?.textContent) heard.push([performance.now(), region.textContent]);
          }
        }).observe(document.body, { subtree: true, characterData: true, childList: true });
      }`);
      for (let bytes = 420_000_000; bytes < 1_600_000_000; bytes += 200_000_000) {
        host.progress(sampleDownload({ downloadedBytes: bytes }));
      }
      host.progress(sampleDownload({ status: 'verifying', downloadedBytes: 1_600_000_000 }));
      host.progress(sampleDownload({ status: 'completed', downloadedBytes: 1_600_000_000 }));
      await page.getByText('Download of Whisper Large v3 complete.').waitFor({ state: 'attached' });
      const heard: unknown = await page.evaluate('heard');
      assert.ok(Array.isArray(heard));
      const texts = heard.map(([, text]: readonly unknown[]) => text);
      assert.deepEqual(texts, [
        'Whisper Large v3: 50 %.',
        'Download of Whisper Large v3 complete.',
      ]);
      const [[first], [second]] = heard as [[number, string], [number, string]];
      assert.ok(second - first > 2900, `${second - first} ms apart`);
    });

    it('announces how many were found when the typing stops, not with each letter', async () => {
      const page = await browser.showReady(new FakeHost(browser.catalog, emptySnapshot));
      // As text: tsx would put its own helpers into a function.
      await page.evaluate(`{
        window.counts = [];
        const count = document.querySelector('.shown-count');
        new MutationObserver(() => counts.push(count.textContent + ', busy: ' + count.ariaBusy))
          .observe(count, { subtree: true, characterData: true, childList: true });
      }`);
      await page.getByRole('textbox', { name: 'Search models by name' }).focus();
      await page.keyboard.type('whisper');
      await page
        .getByText(/^(?!171)\d+ of 171 models$/)
        .first()
        .waitFor();
      await page.locator('.shown-count[role=status][aria-busy=false]').waitFor();
      const counts: unknown = await page.evaluate('counts');
      assert.ok(Array.isArray(counts) && counts.length > 1);
      assert.deepEqual(
        counts.filter((text) => !String(text).endsWith('busy: true')),
        [],
      );
    });

    it('continues when the dialog is closed, and can be opened again', async () => {
      const host = new FakeHost(browser.catalog, {
        ...fullSnapshot,
        downloads: [
          sampleDownload(),
          queuedDownload('d2', 'whisper-base-q5_1', 'Whisper Base Q5_1'),
          queuedDownload('d3', 'whisper-small-q8_0', 'Whisper Small Q8_0'),
        ],
      });
      const page = await browser.showReady(host, { kept });
      await page.getByRole('dialog').getByText('Run in Background').click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByText('2 queued').waitFor();
      await page.getByRole('button', { name: 'Show Download: Whisper Base Q5_1' }).first().click();
      await page.getByRole('dialog').getByText('Queued').waitFor();
      assert.deepEqual(host.actions, []);
    });

    it('retries after an error', async () => {
      const failed = sampleDownload({
        status: 'error',
        errorCode: 'network',
        errorMessage: 'The connection was lost.',
      });
      const host = new FakeHost(browser.catalog, { ...fullSnapshot, downloads: [failed] });
      const page = await browser.showReady(host, { kept });
      await page.getByRole('dialog').getByText('The connection was lost.').waitFor();
      host.onAction = ({ kind }) => {
        if (kind === 'retry') host.set({ downloads: [sampleDownload()] });
        return undefined;
      };
      await page.getByRole('dialog').getByText('Retry', { exact: true }).click();
      await page.getByRole('dialog').getByText('38.4 MB/s').waitFor();
      assert.deepEqual(host.actions, [{ kind: 'retry', modelId: 'whisper-large-v3' }]);
    });
  });

  describe('the downloaded models', () => {
    it('are deleted only after a confirmation that says what it gives back', async () => {
      const host = new FakeHost(browser.catalog, fullSnapshot);
      const page = await browser.showReady(host, { kept: { tab: 'downloaded' } });
      await page.getByRole('button', { name: 'Delete: Whisper Tiny' }).click();
      const box = page.getByRole('alertdialog');
      await box.getByText('This gives back 78 MB.').waitFor();
      await box.getByText('Cancel').click();
      assert.deepEqual(host.actions, []);
      await page.getByRole('button', { name: 'Delete: Whisper Tiny' }).click();
      await box.getByText('Delete', { exact: true }).click();
      await box.waitFor({ state: 'detached' });
      assert.deepEqual(await host.asked(1), [{ kind: 'delete', modelId: 'whisper-tiny' }]);
    });

    it('show the answer of an action until it is dismissed', async () => {
      const host = new FakeHost(browser.catalog, fullSnapshot);
      host.onAction = () => '3.0 GB given back.';
      const page = await browser.showReady(host, { kept: { tab: 'downloaded' } });
      await page.getByText('Clear Model Cache').click();
      await page.getByRole('alertdialog').getByText('Clear Model Cache').click();
      await page.getByText('3.0 GB given back.').waitFor();
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await page.getByText('3.0 GB given back.').waitFor({ state: 'detached' });
    });
  });

  describe('hundreds of models', () => {
    it('keep filter, selection and scroll over a reload', async () => {
      const host = new FakeHost(browser.catalog, emptySnapshot);
      const page = await browser.showReady(host);
      await page.getByRole('textbox', { name: 'Search models by name' }).fill('whisper');
      await page.getByRole('combobox', { name: 'Language' }).click();
      await page.getByRole('option', { name: 'German' }).click();
      await page
        .getByRole('treeitem', { name: /^Whisper Small Q5_1/ })
        .first()
        .click();
      await page.locator('.list-pane').evaluate((element) => {
        element.scrollTop = 300;
      });
      await page.waitForFunction(() =>
        (sessionStorage.getItem('kept') ?? '').includes('"scrollTop":300'),
      );
      await page.reload();
      await page.getByRole('heading', { name: 'Whisper Small Q5_1' }).waitFor();
      const search = page.getByRole('textbox', { name: 'Search models by name' });
      assert.equal(await search.inputValue(), 'whisper');
      await page.locator('vscode-dropdown[aria-label="Language"][current-value="de"]').waitFor();
      const top = await page.locator('.list-pane').evaluate((element) => element.scrollTop);
      assert.ok(Math.abs(top - 300) < 60, String(top));
    });

    it('name each language once, and never by its code alone', async () => {
      const page = await browser.showReady(new FakeHost(browser.catalog, emptySnapshot));
      await page.getByRole('combobox', { name: 'Language' }).click();
      await page.getByRole('option', { name: 'Tibetan' }).waitFor();
      const names = await page.getByRole('option').allTextContents();
      const ofLanguages = names.slice(1).map((name) => name.trim());
      assert.ok(ofLanguages.length >= 99, String(ofLanguages.length));
      assert.equal(new Set(ofLanguages).size, ofLanguages.length, 'a language stands there twice');
      assert.deepEqual(
        ofLanguages.filter((name) => /^[a-z]/.test(name)),
        [],
        'a bare code',
      );
    });

    it('draw only the row of the model that downloads while progress flows', async () => {
      const host = new FakeHost(browser.catalog, {
        ...fullSnapshot,
        downloads: [sampleDownload()],
      });
      const page = await browser.showReady(host, { kept: { search: 'a' } });
      await page
        .getByText(/of 171 models/)
        .first()
        .waitFor();
      // Unfolded without a click: it is being downloaded.
      await page.getByRole('treeitem', { name: /^Whisper Large v3 F16 · GGML/ }).waitFor();
      await page.evaluate(() => {
        const touched = new Set<Element>();
        Object.assign(window, { touched });
        new MutationObserver((changes) => {
          for (const { target } of changes) {
            const element = target instanceof Element ? target : target.parentElement;
            const row = element?.closest('.row');
            if (row !== null && row !== undefined) touched.add(row);
          }
        }).observe(document.body, {
          subtree: true,
          childList: true,
          attributes: true,
          characterData: true,
        });
      });
      host.progress(sampleDownload({ downloadedBytes: 900_000_000 }));
      await page.getByText('900 MB of 1.6 GB').first().waitFor();
      const touched = await page.evaluate(() => {
        const rows: unknown = Reflect.get(window, 'touched');
        return rows instanceof Set ? rows.size : -1;
      });
      assert.equal(touched, 1);
    });
  });
});
