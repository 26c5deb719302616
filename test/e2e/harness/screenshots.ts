import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';

const folder = path.join('out', 'screenshots');

/** Keeps what a person would see now as out/screenshots/<name>.png. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const fileName = `${name.replace(/[^\w.-]+/g, '-').toLowerCase()}.png`;
  await page.screenshot({ path: path.join(folder, fileName) });
}
