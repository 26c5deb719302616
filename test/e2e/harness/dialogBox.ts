import type { Locator, Page } from 'playwright-core';

/** The modal dialog that is open and contains the text. */
export function dialogBox(page: Page, text: string | RegExp): Locator {
  return page.locator('.monaco-dialog-box').filter({ hasText: text });
}

/** Presses a button of a modal dialog and waits until the dialog is gone. */
export async function pressInDialog(dialog: Locator, button: string): Promise<void> {
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}
