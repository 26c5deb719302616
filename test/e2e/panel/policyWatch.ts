import type { Page } from 'playwright-core';

/**
 * Notes every violation of a content security policy that a window logs, in any of its frames, from now on. (That one
 * is noticed at all is seen in panel.test.ts.)
 */
export function watchPolicy(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  return complaints;
}
