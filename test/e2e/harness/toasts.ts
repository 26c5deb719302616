import type { Locator, Page } from 'playwright-core';

/** The notification toast that contains the text. */
export function toast(page: Page, text: string | RegExp): Locator {
  return page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
}

/** Presses a button of a toast ("Cancel", "Retry", …); some show only while the mouse is over it. */
export async function pressInToast(item: Locator, button: string): Promise<void> {
  await item.hover();
  await item.getByRole('button', { name: button, exact: true }).click();
}
