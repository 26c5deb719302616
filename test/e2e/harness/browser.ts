import type { Page } from 'playwright-core';
import { stopAnimations } from '../../../scripts/vscode/chromium';
import { sharedBrowser } from './sharedBrowser';

export interface BrowserOptions {
  /** Default: 1280 × 800. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** Pixels of a screenshot for each of the page's, in a row. Default: 1. */
  readonly deviceScaleFactor?: number;
  /** Runs in each page before anything else does. */
  readonly initScript?: string;
}

/** Windows that look at workbenches. What an origin stores lives until they are closed; no other journey sees it. */
export interface WorkbenchBrowser {
  /** Opens the address of a workbench and waits until the workbench is there. */
  openWindow(address: string): Promise<Page>;
  closeWindows(): Promise<void>;
  close(): Promise<void>;
}

const msToOpen = 120_000;

export async function openBrowser({
  size,
  deviceScaleFactor = 1,
  initScript,
}: BrowserOptions = {}): Promise<WorkbenchBrowser> {
  const browser = await sharedBrowser();
  const context = await browser.newContext({
    // Toasts and menus stand where they belong at once, for clicks and for screenshots.
    reducedMotion: 'reduce',
    deviceScaleFactor,
    viewport: size ?? { width: 1280, height: 800 },
  });
  // Only what hangs takes so long, on a machine four times as slow, too.
  context.setDefaultTimeout(120_000);
  // The page of the panel is looked at with its animations elsewhere.
  await context.addInitScript(stopAnimations);
  if (initScript !== undefined) await context.addInitScript(initScript);
  return {
    async openWindow(address) {
      const page = await context.newPage();
      await page.goto(address, { timeout: msToOpen });
      await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: msToOpen });
      return page;
    },
    async closeWindows() {
      for (const page of context.pages()) await closeWindow(page);
    },
    close: () => context.close(),
  };
}

/**
 * Closes a window as a person does: the workbench tells its server. A page that is just gone may come back, for all that the
 * server knows, which keeps the extension host then.
 */
export async function closeWindow(page: Page): Promise<void> {
  await page.goto('about:blank');
  await page.close();
}
