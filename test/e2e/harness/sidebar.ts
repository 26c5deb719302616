import type { Locator, Page } from 'playwright-core';

/** Opens a view container from the activity bar, unless it is the open one. */
export async function openViewContainer(page: Page, name: string): Promise<void> {
  const action = page.locator(`.activitybar .action-item:has(a[aria-label*="${name}"])`).first();
  await action.waitFor({ timeout: 60_000 });
  const title = page.locator('.sidebar .composite.title');
  const isOpen = (await action.getAttribute('class'))?.split(' ').includes('checked') === true;
  if (!isOpen || !(await title.isVisible())) await action.click();
  await title.waitFor();
}

/** The rows of the open side bar that contain the text. */
export function treeRow(page: Page, text: string | RegExp): Locator {
  return page.locator('.sidebar .monaco-list-row').filter({ hasText: text });
}
