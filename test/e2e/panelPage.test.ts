import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumArguments, ensureChromium } from '../../scripts/vscode/chromium';
import type { PanelCatalog } from '../../src/protocol/panelSnapshot';
import { axeViolations } from './panel/axe';
import {
  emptySnapshot,
  FakeHost,
  fullSnapshot,
  queuedDownload,
  sampleCatalog,
  sampleDownload,
} from './panel/panelFixture';
import { openPage, type OpenPage, PagePlace, themeNames } from './panel/panelPage';
import { panelStates } from './panel/panelStates';
import { dropdownColours } from './panel/themeColours';

const screenshots = path.resolve('out', 'screenshots', 'panel');

/** A side by side editor at its narrowest, and a usual one at 200 % zoom. */
const narrowPanels = [
  [320, 700],
  [640, 380],
] as const;

/** The parts of the page that need scrolling sideways. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('dialog, main, .content')]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.tagName} ${element.scrollWidth}`),
  );
}

/** What moves or would move: running animations, and styles with a duration, in shadow roots too. */
function motions(page: Page): Promise<string[]> {
  // As text: tsx would put its own helpers into a function.
  return page.evaluate(`(() => {
    const found = document.getAnimations().map((each) => 'runs: ' + String(each.animationName ?? each.transitionProperty));
    const look = (root) => {
      for (const element of root.querySelectorAll('*')) {
        for (const pseudo of [undefined, '::before', '::after']) {
          const style = getComputedStyle(element, pseudo);
          const lasting = (list) => list.split(', ').some((each) => parseFloat(each) > 0);
          const animated = style.animationName !== 'none' && lasting(style.animationDuration);
          if (animated || lasting(style.transitionDuration)) {
            found.push(element.tagName + '.' + element.getAttribute('class') + (pseudo ?? ''));
          }
        }
        if (element.shadowRoot !== null) look(element.shadowRoot);
      }
    };
    look(document);
    return [...new Set(found)];
  })()`);
}

describe('the panel’s page in a browser, with the real router and policy', function () {
  this.timeout(60_000);
  let browser: Browser;
  let context: BrowserContext;
  let place: PagePlace;
  let catalog: PanelCatalog;
  let open: OpenPage[] = [];

  before(async () => {
    const executablePath = await ensureChromium(() => undefined);
    browser = await chromium.launch({ executablePath, args: chromiumArguments });
    context = await browser.newContext({ reducedMotion: 'reduce', colorScheme: 'dark' });
    context.setDefaultTimeout(10_000);
    place = await PagePlace.start();
    catalog = await sampleCatalog();
    await mkdir(screenshots, { recursive: true });
  });

  after(async () => {
    await browser.close();
    await place.stop();
  });

  afterEach(async () => {
    const complaints = open.flatMap((each) => each.complaints);
    for (const each of open) await each.close();
    open = [];
    assert.deepEqual(complaints, [], 'no violation of the policy, no error, no warning');
  });

  async function show(host: FakeHost, options: Parameters<typeof openPage>[3] = {}): Promise<Page> {
    const opened = await openPage(context, place, host, options);
    open.push(opened);
    return opened.page;
  }

  async function showReady(
    host: FakeHost,
    options: Parameters<typeof openPage>[3] = {},
  ): Promise<Page> {
    const page = await show(host, options);
    await page.getByRole('tab').first().waitFor();
    return page;
  }

  it('has a script of less than 120 kB, compressed', () => {
    assert.ok(place.scriptGzipBytes > 10_000 && place.scriptGzipBytes < 120_000);
  });

  describe('looks right, fits, keeps still and is accessible in every theme', () => {
    for (const state of panelStates) {
      it(state.name, async () => {
        await Promise.all(
          themeNames.map(async (theme) => {
            const host = new FakeHost(catalog, state.snapshot);
            if (state.hostFails === true) host.failWith = new Error('The folder is not readable.');
            if (state.hostIsSlow === true) host.snapshot = () => new Promise(() => undefined);
            const page = await show(host, {
              theme,
              ...(state.kept === undefined ? {} : { kept: state.kept }),
            });
            if (state.press !== undefined) {
              await page.getByRole('button', { name: state.press }).click();
            }
            await page.getByText(state.shows).first().waitFor();
            const name = state.name.replace(/\W+/g, '-');
            await page.screenshot({ path: path.join(screenshots, `${name}-${theme}.png`) });
            // Of axe's rules only the one on colours can tell one theme from another.
            const rules = theme === 'dark' ? [] : ['color-contrast'];
            assert.deepEqual(await axeViolations(page, rules), [], theme);
            // The context asks for reduced motion.
            if (theme === 'dark') assert.deepEqual(await motions(page), []);
            for (const [width, height] of narrowPanels) {
              await page.setViewportSize({ width, height });
              assert.deepEqual(await cutOff(page), [], `${width} pixels wide, ${theme}`);
              const file = `${name}-${width}-${theme}.png`;
              if (theme === 'dark') await page.screenshot({ path: path.join(screenshots, file) });
            }
          }),
        );
      });
    }
  });

  it('keeps still only for who asked for it: to all others the bar without an end moves', async () => {
    const resolving = panelStates.find(({ name }) => name === 'dialog, resolving');
    assert.ok(resolving);
    const page = await show(new FakeHost(catalog, resolving.snapshot), { kept: resolving.kept });
    await page.getByText(resolving.shows).first().waitFor();
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    assert.notDeepEqual(await motions(page), []);
  });

  for (const theme of themeNames) {
    it(`gives the toolkit’s components the theme’s colours: ${theme}`, async () => {
      const page = await showReady(new FakeHost(catalog, emptySnapshot), { theme });
      const { shown, ofTheme } = await dropdownColours(page);
      assert.equal(shown.length, 2);
      assert.deepEqual(shown, ofTheme);
    });
  }

  describe('choosing a model', () => {
    it('opens the dialog at once, and asks the host for the download', async () => {
      const host = new FakeHost(catalog, emptySnapshot);
      const page = await showReady(host);
      await page
        .getByRole('treeitem', { name: /^Whisper Tiny Q5_1/ })
        .getByRole('button', { name: /Not downloaded - click to download/ })
        .click();
      const dialog = page.getByRole('dialog', { name: 'Download Whisper Tiny Q5_1' });
      await dialog.waitFor();
      assert.deepEqual(host.actions, [{ kind: 'download', modelId: 'whisper-tiny-q5_1' }]);
      const cancel = dialog.getByRole('button', { name: 'Cancel Download' });
      assert.equal(await cancel.isDisabled(), true);
      host.set({
        downloads: [
          sampleDownload({ modelId: 'whisper-tiny-q5_1', modelName: 'Whisper Tiny Q5_1' }),
        ],
      });
      await dialog.getByText('412 MB of 1.6 GB', { exact: true }).waitFor();
      await cancel.click();
      assert.deepEqual(host.actions.at(-1), { kind: 'cancel', downloadId: 'd1' });
      host.set({ downloads: [] });
      await dialog.getByText('Download cancelled').waitFor();
    });

    it('closes the dialog again when the host refuses, and says why', async () => {
      const host = new FakeHost(catalog, emptySnapshot);
      host.onAction = () => Promise.reject(new Error('Not enough disk space.'));
      const page = await showReady(host);
      await page.getByRole('button', { name: /click to download: Whisper Tiny Q5_1/ }).click();
      await page.getByRole('alert').getByText('Not enough disk space.').waitFor();
      assert.equal(await page.getByRole('dialog').count(), 0);
    });

    it('goes by keyboard alone: find, select, choose, close, with the focus given back', async () => {
      const host = new FakeHost(catalog, emptySnapshot);
      const page = await showReady(host);
      await page.getByRole('textbox', { name: 'Search models by name' }).focus();
      await page.keyboard.type('whisper tiny q5_1');
      await page.getByText(/^\d+ of 579 models$/).waitFor();
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      await page.keyboard.press('ArrowDown');
      const row = page.getByRole('treeitem', { name: /^Whisper Tiny Q5_1/ }).first();
      assert.equal(await row.getAttribute('aria-selected'), 'true');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      assert.equal(host.actions[0]?.kind, 'download');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.equal(await row.evaluate((element) => element === document.activeElement), true);
      assert.equal(host.actions.length, 1, 'closing asks for nothing');
    });

    it('goes with the focus only into what shows', async () => {
      const host = new FakeHost(catalog, fullSnapshot);
      const page = await showReady(host);
      const reached = new Set<string>();
      for (let at = 0; at < 25; at += 1) {
        await page.keyboard.press('Tab');
        reached.add(
          await page.evaluate(() => document.activeElement?.getAttribute('data-item') ?? ''),
        );
      }
      reached.delete('');
      assert.equal(reached.size, 1, 'the list is one stop, its items go by arrow keys');
    });
  });

  describe('a running download', () => {
    const kept = { dialogModelId: 'whisper-large-v3' };

    it('shows the truth at once in a page that was reloaded in mid-download', async () => {
      const host = new FakeHost(catalog, { ...fullSnapshot, downloads: [sampleDownload()] });
      const page = await showReady(host, { kept });
      await page.getByText('412 MB of 1.6 GB').first().waitFor();
      host.progress(sampleDownload({ downloadedBytes: 800_000_000 }));
      await page.reload();
      await page.getByRole('dialog').getByText('800 MB of 1.6 GB').waitFor();
      await page.getByRole('dialog').getByText('50 %').waitFor();
    });

    it('moves nothing while the numbers change', async () => {
      const host = new FakeHost(catalog, { ...fullSnapshot, downloads: [sampleDownload()] });
      const page = await showReady(host, { kept });
      const places = (): Promise<unknown> =>
        page.evaluate(() =>
          [...document.querySelectorAll('dialog, dialog progress, dialog vscode-button')].map(
            (element) => {
              const { x, y, width, height } = element.getBoundingClientRect();
              return [x, y, width, height].map(Math.round);
            },
          ),
        );
      await page.getByText('38.4 MB/s').first().waitFor();
      const before = await places();
      for (const change of [
        { downloadedBytes: 9, bytesPerSecond: 7 },
        { downloadedBytes: 1_599_000_000, bytesPerSecond: 1_111_111_111, secondsRemaining: 86_399 },
      ]) {
        const record = sampleDownload(change);
        host.progress(record);
        await page
          .getByRole('dialog')
          .getByText(change.downloadedBytes === 9 ? '9 B of 1.6 GB' : '99 %')
          .waitFor();
        assert.deepEqual(await places(), before);
      }
      const { bytesPerSecond: _speed, secondsRemaining: _left, ...quiet } = sampleDownload();
      host.progress({ ...quiet, downloadedBytes: 500_000_000 });
      await page.getByRole('dialog').getByText('500 MB of 1.6 GB').waitFor();
      assert.deepEqual(await places(), before);
    });

    it('tells a screen reader the quarters, from inside of the dialog', async () => {
      const host = new FakeHost(catalog, { ...fullSnapshot, downloads: [sampleDownload()] });
      const page = await showReady(host, { kept });
      await page.getByText('412 MB of 1.6 GB').first().waitFor();
      host.progress(sampleDownload({ downloadedBytes: 800_000_000 }));
      const spoken = page.locator('dialog [role=status]').first();
      await spoken.getByText('Whisper Large v3: 50 %.').waitFor({ state: 'attached' });
    });

    it('goes on when the dialog is closed, and can be looked at again', async () => {
      const host = new FakeHost(catalog, {
        ...fullSnapshot,
        downloads: [
          sampleDownload(),
          queuedDownload('d2', 'whisper-base-q5_1', 'Whisper Base Q5_1'),
          queuedDownload('d3', 'whisper-small-q8_0', 'Whisper Small Q8_0'),
        ],
      });
      const page = await showReady(host, { kept });
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
      const host = new FakeHost(catalog, { ...fullSnapshot, downloads: [failed] });
      const page = await showReady(host, { kept });
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
      const host = new FakeHost(catalog, fullSnapshot);
      const page = await showReady(host, { kept: { tab: 'downloaded' } });
      await page.getByRole('button', { name: 'Delete: Whisper Tiny' }).click();
      const box = page.getByRole('alertdialog');
      await box.getByText('This gives back 78 MB.').waitFor();
      await box.getByText('Cancel').click();
      assert.deepEqual(host.actions, []);
      await page.getByRole('button', { name: 'Delete: Whisper Tiny' }).click();
      await box.getByText('Delete', { exact: true }).click();
      await box.waitFor({ state: 'detached' });
      assert.deepEqual(host.actions, [{ kind: 'delete', modelId: 'whisper-tiny' }]);
    });

    it('show the answer of an action until it is dismissed', async () => {
      const host = new FakeHost(catalog, fullSnapshot);
      host.onAction = () => '3.0 GB given back.';
      const page = await showReady(host, { kept: { tab: 'downloaded' } });
      await page.getByText('Clear Model Cache').click();
      await page.getByRole('alertdialog').getByText('Clear Model Cache').click();
      await page.getByText('3.0 GB given back.').waitFor();
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await page.getByText('3.0 GB given back.').waitFor({ state: 'detached' });
    });
  });

  describe('hundreds of models', () => {
    it('keep filter, selection and scroll over a reload', async () => {
      const host = new FakeHost(catalog, emptySnapshot);
      const page = await showReady(host);
      await page.getByRole('textbox', { name: 'Search models by name' }).fill('whisper');
      await page.getByRole('combobox', { name: 'Language' }).click();
      await page.getByRole('option', { name: 'German' }).click();
      await page
        .getByRole('treeitem', { name: /^Whisper Small Q5_1/ })
        .first()
        .click();
      await page.locator('.list-pane').evaluate((element) => {
        element.scrollTop = 900;
      });
      await page.waitForFunction(() =>
        (sessionStorage.getItem('kept') ?? '').includes('"scrollTop":900'),
      );
      await page.reload();
      await page.getByRole('heading', { name: 'Whisper Small Q5_1' }).waitFor();
      const search = page.getByRole('textbox', { name: 'Search models by name' });
      assert.equal(await search.inputValue(), 'whisper');
      const language = page.getByRole('combobox', { name: 'Language' });
      assert.equal(await language.getAttribute('current-value'), 'de');
      const top = await page.locator('.list-pane').evaluate((element) => element.scrollTop);
      assert.ok(Math.abs(top - 900) < 60, String(top));
    });

    it('name each language once, and never by its code alone', async () => {
      const page = await showReady(new FakeHost(catalog, emptySnapshot));
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
      const host = new FakeHost(catalog, { ...fullSnapshot, downloads: [sampleDownload()] });
      const page = await showReady(host, { kept: { search: 'a' } });
      await page.getByText(/of 579 models/).waitFor();
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

    it('filter fast enough for typing, all of them open', async () => {
      const host = new FakeHost(catalog, emptySnapshot);
      const page = await showReady(host, { kept: { state: 'notDownloaded' } });
      await page.getByText('579 of 579 models').waitFor();
      await page.getByRole('textbox', { name: 'Search models by name' }).focus();
      // As text: tsx would put its own helpers into a function.
      const longest = page.evaluate(`new Promise((resolve) => {
        let last = performance.now();
        let worst = 0;
        const end = last + 1500;
        const frame = (now) => {
          worst = Math.max(worst, now - last);
          last = now;
          if (now < end) requestAnimationFrame(frame);
          else resolve(worst);
        };
        requestAnimationFrame(frame);
      })`);
      await page.keyboard.type('parakeet', { delay: 60 });
      const worstMs = Number(await longest);
      // Generous: a busy machine without a graphics card draws here. A list drawn anew per letter takes far longer.
      assert.ok(worstMs < 400, `${worstMs} ms`);
    });
  });
});
