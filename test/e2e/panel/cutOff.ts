import type { Page } from 'playwright-core';

/** A side by side editor at its narrowest, and a usual one at 200 % zoom. */
export const narrowPanels = [
  [320, 700],
  [640, 380],
] as const;

/** The parts of the page that need scrolling sideways. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('dialog, main, .content')]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.tagName} ${element.scrollWidth}`),
  );
}
