import path from 'node:path';
import type { Page } from 'playwright-core';

const folder = path.join('out', 'screenshots', 'panel');
const wanted = process.env['ASR_SCREENSHOTS'] !== undefined;

/**
 * Keeps what a person would see as out/screenshots/panel/<name>.png, for people to look at, where `ASR_SCREENSHOTS` is
 * set. No test looks at a picture, and hundreds of them cost more than all that the tests look at.
 */
export async function keepLook(page: Page, name: string): Promise<void> {
  if (wanted) await shoot(page, name);
}

/** For `afterEach`: keeps what a page showed when its test failed. */
export async function shootFailed(
  page: Page | undefined,
  test: { readonly title: string; readonly state?: string | undefined } | undefined,
): Promise<void> {
  if (page === undefined || test?.state !== 'failed') return;
  await shoot(page, `failed ${test.title}`).catch(() => undefined);
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(folder, `${name.replace(/\W+/g, '-')}.png`) });
}
