import assert from 'node:assert/strict';
import type { BrowserContext, Page } from 'playwright-core';
import type { PanelCatalog } from '../../../src/protocol/panelSnapshot';
import { sharedBrowser } from '../harness/sharedBrowser';
import { type FakeHost, sampleCatalog } from './panelFixture';
import { openPage, type OpenPage, type PageOptions, PagePlace, usualSize } from './panelPage';

/** The parts that all files of tests in one process share: they hold nothing that a test changes. */
interface Shared {
  readonly place: PagePlace;
  readonly catalog: PanelCatalog;
}

let shared: Promise<Shared> | undefined;

async function startShared(): Promise<Shared> {
  const [place, catalog] = await Promise.all([PagePlace.start(), sampleCatalog()]);
  return { place, catalog };
}

/** A browser that asks for reduced motion, the page's server, and the panel that a test opens. */
export class PageBrowser {
  #open: OpenPage | undefined;

  private constructor(
    readonly context: BrowserContext,
    readonly place: PagePlace,
    readonly catalog: PanelCatalog,
  ) {}

  static async start(): Promise<PageBrowser> {
    shared ??= startShared();
    const { place, catalog } = await shared;
    const browser = await sharedBrowser();
    const context = await browser.newContext({
      reducedMotion: 'reduce',
      colorScheme: 'dark',
      viewport: usualSize,
    });
    // Only what hangs takes so long, on a machine four times as slow, too.
    context.setDefaultTimeout(60_000);
    return new PageBrowser(context, place, catalog);
  }

  /** The page of the panel that is open. */
  get page(): Page | undefined {
    return this.#open?.page;
  }

  /** Opens the panel, in place of one that is open. It shows what the host has for it some time later. */
  async open(host: FakeHost, options: PageOptions = {}): Promise<OpenPage> {
    await this.#open?.close();
    this.#open = await openPage(this.context, this.place, host, options);
    return this.#open;
  }

  /** The page of a panel that opens. */
  async show(host: FakeHost, options: PageOptions = {}): Promise<Page> {
    const { page } = await this.open(host, options);
    return page;
  }

  /** Opens the panel and waits for its tabs. */
  async showReady(host: FakeHost, options: PageOptions = {}): Promise<Page> {
    const page = await this.show(host, options);
    await page.getByRole('tab').first().waitFor();
    return page;
  }

  /** Ends the panel of a test. Fails when it violated its policy or had an error or warning. */
  async closePages(): Promise<void> {
    const complaints = this.#open?.complaints ?? [];
    await this.#open?.close();
    this.#open = undefined;
    assert.deepEqual(complaints, [], 'no violation of the policy, no error, no warning');
  }

  /** The parts that the next file of this process can use stay open. */
  async stop(): Promise<void> {
    await this.context.close();
  }
}
