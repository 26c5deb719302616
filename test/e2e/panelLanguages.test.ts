import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { chromiumArguments, ensureChromium } from '../../scripts/vscode/chromium';
import type { PanelCatalog } from '../../src/protocol/panelSnapshot';
import { cutOff, narrowPanels } from './panel/pageLooks';
import { FakeHost, sampleCatalog } from './panel/panelFixture';
import { openPage, PagePlace } from './panel/panelPage';
import { panelStates } from './panel/panelStates';
import { strangers, textsIn, textsOf, wordsIn, wordsOf } from './panel/strangers';

const screenshots = path.resolve('out', 'screenshots', 'panel');

describe('the panel’s page in the other languages', function () {
  this.timeout(60_000);
  let browser: Browser;
  let context: BrowserContext;
  let place: PagePlace;
  let catalog: PanelCatalog;

  before(async () => {
    browser = await chromium.launch({
      executablePath: await ensureChromium(() => undefined),
      args: chromiumArguments,
    });
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

  for (const language of ['de', 'zh-cn'] as const) {
    for (const state of panelStates) {
      it(`${language}: ${state.name}`, async () => {
        const host = new FakeHost(catalog, state.snapshot);
        if (state.hostFails === true) host.failWith = new Error('The folder is not readable.');
        if (state.hostIsSlow === true) host.snapshot = () => new Promise(() => undefined);
        const { kept } = state;
        const opened = await openPage(context, place, host, {
          language,
          ...(kept === undefined ? {} : { kept }),
        });
        const { page } = opened;
        await page.getByRole('heading').first().waitFor({ state: 'attached' });
        if (state.hostIsSlow !== true) {
          await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
        }
        const said = [catalog, state.snapshot, await host.details(), 'The folder is not readable.'];
        const shown = await textsOf(page);
        assert.ok(shown.length >= 4, shown.join(' | '));
        assert.deepEqual(strangers(shown, textsIn(said), wordsIn(language, catalog)), []);
        for (const [width, height] of narrowPanels) {
          await page.setViewportSize({ width, height });
          assert.deepEqual(await cutOff(page), [], `${width} pixels wide`);
          const file = `${state.name.replace(/\W+/g, '-')}-${width}-${language}.png`;
          await page.screenshot({ path: path.join(screenshots, file) });
        }
        assert.deepEqual(opened.complaints, []);
        await opened.close();
      });
    }
  }

  it('would notice a word that nobody translated', () => {
    const translated = new Set(wordsOf('Modell herunterladen'));
    assert.deepEqual(strangers(['Modell herunterladen: Tiny'], ['Tiny'], translated), []);
    assert.deepEqual(strangers(['Download Tiny'], ['Tiny'], translated), [
      'Download (in: Download Tiny)',
    ]);
  });
});
