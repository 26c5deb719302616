import assert from 'node:assert/strict';
import { defined } from '../../src/protocol/defined';
import type { PanelCatalog } from '../../src/protocol/panelSnapshot';
import { PageBrowser } from './panel/pageBrowser';
import { cutOff, narrowPanels } from './panel/pageLooks';
import { keepLook, shootFailed } from './panel/pageShots';
import { hostOf, panelStates } from './panel/panelStates';
import { strangers, textsIn, textsOf, wordsIn, wordsOf } from './panel/strangers';

describe('the panel’s page in the other languages', function () {
  this.timeout(600_000);
  let browser: PageBrowser;
  let catalog: PanelCatalog;

  before(async () => {
    browser = await PageBrowser.start();
    catalog = browser.catalog;
  });

  after(() => browser.stop());

  afterEach(async function () {
    await shootFailed(browser.page, this.currentTest);
    await browser.closePages();
  });

  for (const language of ['de', 'zh-cn'] as const) {
    let translated: ReadonlySet<string>;

    before(() => {
      translated = wordsIn(language, catalog);
    });

    for (const state of panelStates) {
      it(`${language}: ${state.name}`, async () => {
        const host = hostOf(state, catalog);
        const { kept } = state;
        const page = await browser.show(host, {
          language,
          ...defined({ kept }),
        });
        await page.getByRole('heading').first().waitFor({ state: 'attached' });
        if (state.hostIsSlow !== true) {
          await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
        }
        const said = [
          ...[catalog, state.snapshot, await host.details(), 'The folder is not readable.'],
          // The page repeats the words that a person typed: the Hub can be searched for them.
          kept,
        ];
        const shown = await textsOf(page);
        assert.ok(shown.length >= 4, shown.join(' | '));
        assert.deepEqual(strangers(shown, textsIn(said), translated), []);
        for (const [width, height] of narrowPanels) {
          await page.setViewportSize({ width, height });
          assert.deepEqual(await cutOff(page), [], `${width} pixels wide`);
          await keepLook(page, `${state.name} ${width} ${language}`);
        }
      });
    }
  }

  it('would notice an untranslated word', () => {
    const translated = new Set(wordsOf('Modell herunterladen'));
    assert.deepEqual(strangers(['Modell herunterladen: Tiny'], ['Tiny'], translated), []);
    assert.deepEqual(strangers(['Download Tiny'], ['Tiny'], translated), [
      'Download (in: Download Tiny)',
    ]);
  });
});
