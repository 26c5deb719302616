import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { errorActions } from '../../src/protocol/errorActions';
import { type ErrorCode, errorCodes } from '../../src/protocol/errorCode';
import { axeViolations, colourRules, layoutRules } from './panel/axe';
import { emptySnapshot, FakeHost, fullSnapshot, sampleDownload } from './panel/panelFixture';
import { PageBrowser } from './panel/pageBrowser';
import { cutOff, motions, narrowPanels, structure } from './panel/pageLooks';
import { keepLook, shootFailed } from './panel/pageShots';
import { switchTheme, type ThemeName, themeNames } from './panel/panelPage';
import { hostOf, panelStates, type PanelState } from './panel/panelStates';
import { dropdownColours } from './panel/themeColours';

/** A sentence of the length that a person reads with each code. */
const sentences: Readonly<Record<ErrorCode, string>> = {
  network:
    'A web page came from cdn-lfs.huggingface.co instead of the file. The network’s sign-in page may be in the way: open a browser.',
  proxy: 'The proxy proxy.example.com:3128 refused the connection (403). Check the proxy settings.',
  tls: 'The certificate of huggingface.co was issued by “Example Corporate Root”, which this computer does not trust.',
  auth: 'huggingface.co gives this file only with an access token that may read it. Set one.',
  gated: 'The authors of org/model ask for their licence to be accepted first.',
  notFound: 'huggingface.co does not have this file (any more).',
  rateLimited: 'huggingface.co limits how often it may be asked.',
  diskSpace: 'The disk has 1.2 GB free, and the download needs 3.1 GB.',
  diskPermission: 'The folder /srv/shared/models may not be written to.',
  integrity:
    'What arrived for ggml-large-v3.bin is not what it should be: its checksum is wrong. Try again later or use another source.',
  stalled: 'huggingface.co took the request but did not answer within 30 s.',
  unsupported: 'huggingface.co redirects to an address that is not of the web (ftp:).',
  runtime: 'The engine ended while it loaded the model.',
  unknown: 'Something went wrong that has no name.',
};

describe('the panel’s page in every state and theme', function () {
  this.timeout(600_000);
  let browser: PageBrowser;

  before(async () => {
    browser = await PageBrowser.start();
  });

  after(() => browser.stop());

  afterEach(async function () {
    await shootFailed(browser.page, this.currentTest);
    await browser.closePages();
  });

  async function open(state: PanelState): Promise<Page> {
    const host = hostOf(state, browser.catalog);
    const page = await browser.show(host, state.kept === undefined ? {} : { kept: state.kept });
    await state.act?.(page, host);
    await page.getByText(state.shows).first().waitFor();
    return page;
  }

  async function checkNarrow(
    page: Page,
    name: string,
    theme: ThemeName,
    wide: string,
  ): Promise<void> {
    for (const [width, height] of narrowPanels) {
      await page.setViewportSize({ width, height });
      assert.deepEqual(await cutOff(page), [], `${width} pixels wide, ${theme}`);
      if (theme !== 'dark') continue;
      await keepLook(page, `${name} ${width} ${theme}`);
      // The other rules have been checked already for the same elements, shown and hidden as in the wide page.
      const rules = (await structure(page)) === wide ? layoutRules : undefined;
      assert.deepEqual(
        await axeViolations(page, undefined, rules),
        [],
        `${width} pixels wide, ${theme}`,
      );
    }
  }

  describe('looks right, fits, keeps still, and axe finds nothing by any of its rules:', () => {
    for (const state of panelStates) {
      it(state.name, async () => {
        const page = await open(state);
        // The browser asks for reduced motion.
        assert.deepEqual(await motions(page), []);
        const inDark = await structure(page);
        const inFront = (await page.getByRole('dialog').count()) > 0 ? 'dialog[open]' : undefined;
        for (const theme of themeNames) {
          await switchTheme(page, theme);
          await keepLook(page, `${state.name} ${theme}`);
          // So what the other rules say of the dark theme holds in all.
          assert.equal(await structure(page), inDark, theme);
          if (theme === 'dark') assert.deepEqual(await axeViolations(page), [], theme);
          // The colours of what lies behind a dialog are looked at in the states without one.
          else assert.deepEqual(await axeViolations(page, inFront, colourRules), [], theme);
        }
        for (const theme of themeNames) {
          await switchTheme(page, theme);
          await checkNarrow(page, state.name, theme, inDark);
        }
      });
    }

    it('the dialog, for each code of an error with its actions', async () => {
      const failed = (errorCode: ErrorCode) =>
        sampleDownload({ status: 'error', errorCode, errorMessage: sentences[errorCode] });
      const host = new FakeHost(browser.catalog, {
        ...fullSnapshot,
        downloads: [failed('unknown')],
      });
      const page = await browser.showReady(host, { kept: { dialogModelId: 'whisper-large-v3' } });
      for (const code of errorCodes) {
        host.progress(failed(code));
        const dialog = page.getByRole('dialog');
        await dialog.getByText(sentences[code]).waitFor();
        const helps = errorActions(code).includes('retry');
        await dialog.getByRole('button', { name: helps ? 'Retry' : 'Dismiss' }).waitFor();
        assert.ok((await dialog.locator('.error-actions vscode-button').count()) > 0, code);
        for (const theme of themeNames) {
          await switchTheme(page, theme);
          const rules = theme === 'dark' ? undefined : colourRules;
          assert.deepEqual(await axeViolations(page, 'dialog', rules), [], `${code}, ${theme}`);
        }
        await keepLook(page, `dialog error code ${code}`);
      }
    });
  });

  it('finds what is wrong: a button without a name, a text that can’t be read', async () => {
    const page = await browser.showReady(new FakeHost(browser.catalog, emptySnapshot));
    await page.evaluate(() => {
      document.querySelector('.tabs')?.append(document.createElement('button'));
      const faint = document.querySelector<HTMLElement>('.shown-count');
      if (faint !== null) faint.style.color = '#444';
    });
    const found = (await axeViolations(page)).join();
    assert.match(found, /button-name/);
    assert.match(found, /color-contrast/);
  });

  it('keeps still only for who asked for it: to all others the bar without an end moves', async () => {
    const resolving = panelStates.find(({ name }) => name === 'dialog, resolving');
    assert.ok(resolving);
    const page = await open(resolving);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    assert.notDeepEqual(await motions(page), []);
  });

  it('gives the toolkit’s components the theme’s colours, also after another was chosen', async () => {
    const page = await browser.showReady(new FakeHost(browser.catalog, emptySnapshot));
    for (const theme of themeNames) {
      await switchTheme(page, theme);
      const { shown, ofTheme } = await dropdownColours(page);
      assert.equal(shown.length, 2);
      assert.deepEqual(shown, ofTheme, theme);
    }
  });
});
