import type { Locator, Page } from 'playwright-core';

/** Opens a view container from the activity bar, unless it is the open one. */
export async function openViewContainer(page: Page, name: string): Promise<void> {
  const action = page.locator(`.activitybar .action-item:has(a[aria-label*="${name}"])`).first();
  await action.waitFor({ timeout: 120_000 });
  const title = page.locator('.sidebar .composite.title');
  const isOpen = (await action.getAttribute('class'))?.split(' ').includes('checked') === true;
  if (!isOpen || !(await title.isVisible())) await action.click();
  await title.waitFor();
}

/** The number on the icon of a view container, when the container's tooltip contains the text. */
export function badge(page: Page, tooltip: string): Locator {
  return page.locator(`.activitybar .action-item:has(a[aria-label*="${tooltip}"]) .badge`);
}

/** The rows of the open side bar that contain the text. */
export function treeRow(page: Page, text: string | RegExp): Locator {
  return page.locator('.sidebar .monaco-list-row').filter({ hasText: text });
}

/** Presses an inline action of a tree row; they show only while the mouse is over the row, which may move meanwhile. */
export async function pressInRow(row: Locator, action: string): Promise<void> {
  const button = row.locator(`.actions a.action-label[aria-label*="${action}"]`).first();
  for (let attempt = 1; ; attempt++) {
    try {
      await row.hover({ timeout: 10_000 });
      await button.click({ timeout: 3_000 });
      return;
    } catch (error) {
      if (attempt === 5) throw error;
      // The hover of another row may cover this one, and goes with the mouse.
      await row.page().mouse.move(640, 200);
    }
  }
}

/**
 * Presses an inline action until its effect shows: a row is redrawn under the mouse in the first seconds of a window and
 * with each figure of a download, and a click that is half done then is lost.
 */
export async function pressInRowUntil(
  row: Locator,
  action: string,
  effect: Locator,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await pressInRow(row, action);
      await effect.waitFor({ timeout: 10_000 });
      return;
    } catch (error) {
      if (attempt === 6) throw error;
    }
  }
}

/** Presses an inline action until the row is gone, for the same reason. */
export async function pressInRowUntilGone(row: Locator, action: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await pressInRow(row, action);
    try {
      await row.waitFor({ state: 'detached', timeout: 10_000 });
      return;
    } catch (error) {
      if (attempt === 6) throw error;
    }
  }
}

/** Rests the mouse on a row until its hover is there; a row that moves or is redrawn loses the mouse. */
export async function hoverUntil(row: Locator, hover: Locator): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await row.page().mouse.move(640, 200);
    await row.hover();
    try {
      await hover.waitFor({ timeout: 5_000 });
      return;
    } catch (error) {
      if (attempt === 6) throw error;
    }
  }
}
