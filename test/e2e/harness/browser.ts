import { chromium, type Page } from 'playwright-core';
import { chromiumArguments, ensureChromium } from '../../../scripts/vscode/chromium';

export interface BrowserOptions {
  /** Default: 1280 × 800. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/** A Chromium whose windows look at workbenches. What an origin stores lives until the browser is closed. */
export interface WorkbenchBrowser {
  /** Opens the address of a workbench and waits until the workbench is there. */
  openWindow(address: string): Promise<Page>;
  closeWindows(): Promise<void>;
  close(): Promise<void>;
}

const msToOpen = 60_000;

export async function openBrowser({ size }: BrowserOptions = {}): Promise<WorkbenchBrowser> {
  const executablePath = await ensureChromium(() => undefined);
  const browser = await chromium.launch({ executablePath, args: chromiumArguments });
  const context = await browser.newContext({
    // Toasts and menus stand where they belong at once, for clicks and for screenshots.
    reducedMotion: 'reduce',
    viewport: size ?? { width: 1280, height: 800 },
  });
  return {
    async openWindow(address) {
      const page = await context.newPage();
      await page.goto(address);
      await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: msToOpen });
      return page;
    },
    async closeWindows() {
      for (const page of context.pages()) await page.close();
    },
    close: () => browser.close(),
  };
}
