import assert from 'node:assert/strict';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumArguments, ensureChromium } from '../../../scripts/vscode/chromium';
import type { PanelCatalog } from '../../../src/protocol/panelSnapshot';
import { type FakeHost, sampleCatalog } from './panelFixture';
import { openPage, type OpenPage, PagePlace } from './panelPage';

type PageOptions = Parameters<typeof openPage>[3];

/** A browser that asks for reduced motion, the page's server, and the pages that a test opens. */
export class PageBrowser {
  #open: OpenPage[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly context: BrowserContext,
    readonly place: PagePlace,
    readonly catalog: PanelCatalog,
  ) {}

  static async start(): Promise<PageBrowser> {
    const executablePath = await ensureChromium(() => undefined);
    const browser = await chromium.launch({ executablePath, args: chromiumArguments });
    const context = await browser.newContext({ reducedMotion: 'reduce', colorScheme: 'dark' });
    context.setDefaultTimeout(10_000);
    return new PageBrowser(browser, context, await PagePlace.start(), await sampleCatalog());
  }

  /** Opens a page. It shows what the host has for it some time later. */
  async show(host: FakeHost, options: PageOptions = {}): Promise<Page> {
    const opened = await openPage(this.context, this.place, host, options);
    this.#open.push(opened);
    return opened.page;
  }

  /** Opens a page and waits for its tabs. */
  async showReady(host: FakeHost, options: PageOptions = {}): Promise<Page> {
    const page = await this.show(host, options);
    await page.getByRole('tab').first().waitFor();
    return page;
  }

  /** Closes the pages of a test. Fails when one of them violated its policy or had an error or warning. */
  async closePages(): Promise<void> {
    const complaints = this.#open.flatMap((each) => each.complaints);
    for (const each of this.#open) await each.close();
    this.#open = [];
    assert.deepEqual(complaints, [], 'no violation of the policy, no error, no warning');
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.place.stop();
  }
}
