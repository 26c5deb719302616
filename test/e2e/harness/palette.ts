import type { Locator, Page } from 'playwright-core';

const msForCommand = 180_000;
const msPerAttempt = 3_000;

/**
 * Runs a command from the command palette, as a person does. The palette is opened again until the command is
 * there: in the first seconds of a window the extension is not yet known.
 */
export async function runCommand(page: Page, title: string): Promise<void> {
  await choose(await findInPalette(page, title));
}

/** The row of a command in the open palette. */
export async function findInPalette(page: Page, title: string): Promise<Locator> {
  const deadline = Date.now() + msForCommand;
  for (;;) {
    await page.keyboard.press('F1');
    const input = quickInput(page);
    try {
      await input.waitFor({ timeout: msPerAttempt });
      // The palette closes again when the keyboard goes back to a panel behind it.
      await input.fill(`>${title}`, { timeout: msPerAttempt });
      const row = quickPickRow(page, title);
      await row.waitFor({ timeout: msPerAttempt });
      return row;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`"${title}" is not in the palette. ${await whatShows(page)}`, {
          cause: error,
        });
      await page.keyboard.press('Escape');
    }
  }
}

/** The texts that tell why a command is not offered: what runs, what failed, what the palette lists in its place. */
async function whatShows(page: Page): Promise<string> {
  const places = {
    Palette: '.quick-input-widget:visible .quick-input-list .monaco-list-row',
    Toasts: '.notifications-toasts .notification-list-item',
    Tree: '.sidebar .monaco-list-row',
    'Status bar': '.statusbar-item:visible',
  };
  const texts = Object.entries(places).map(async ([place, selector]) => {
    const shown = await page.locator(selector).allInnerTexts();
    return `${place}: ${shown.map((text) => text.replaceAll(/\s+/g, ' ')).join(' | ')}`;
  });
  return (await Promise.all(texts)).join('; ');
}

/** Where a person types in the palette, a QuickPick or an input box. */
export function quickInput(page: Page): Locator {
  return page.locator('.quick-input-widget:visible .quick-input-box input');
}

/** The first row of the open palette or QuickPick that contains the text. */
export function quickPickRow(page: Page, text: string | RegExp): Locator {
  return page
    .locator('.quick-input-widget:visible .quick-input-list .monaco-list-row')
    .filter({ hasText: text })
    .first();
}

/**
 * Types into an open QuickPick, or one that opens in time, and chooses the row with the text. The rows that repeat what
 * was typed are never meant: on a busy machine they are there before the catalog is. Ends when the text has left the
 * box: rows that are filled in again are gone for a moment, and a click on one of them is lost.
 */
export async function pick(page: Page, text: string, timeoutMs = 120_000): Promise<void> {
  const input = quickInput(page);
  await input.waitFor({ timeout: timeoutMs });
  await input.fill(text, { timeout: timeoutMs });
  const row = page
    .locator('.quick-input-widget:visible .quick-input-list .monaco-list-row')
    .filter({ hasText: text, hasNotText: /Search the Hub for|Other Hugging Face model/ })
    .first();
  await row.waitFor({ timeout: timeoutMs });
  const deadline = Date.now() + msForCommand;
  do {
    if (Date.now() > deadline) throw new Error(`“${text}” can't be chosen`);
    await row.click({ timeout: msPerAttempt }).catch(() => undefined);
  } while (!(await hasLeft(input, text)));
}

/** Whether the text that was typed into a box is gone, with the box or for another step; waits for it a while. */
async function hasLeft(input: Locator, text: string): Promise<boolean> {
  for (const end = Date.now() + msPerAttempt; Date.now() < end;) {
    const shown = await input.inputValue({ timeout: 500 }).catch(() => undefined);
    if (shown !== text) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/**
 * Runs a command from the palette and picks from the list that it opens. The command runs again when its list went
 * away: with a panel behind it the editor gives the keyboard back to the panel when the palette closes, and on a busy
 * machine that arrives after the list has opened, which closes it.
 */
export async function runCommandAndPick(page: Page, title: string, text: string): Promise<void> {
  const deadline = Date.now() + msForCommand;
  for (;;) {
    await runCommand(page, title);
    try {
      await pick(page, text, 2 * msPerAttempt);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/** Types the path of a file into the open file dialog of the workbench and takes that file. */
export async function chooseFile(page: Page, file: string): Promise<void> {
  const input = quickInput(page);
  const deadline = Date.now() + msForCommand;
  await quickPickRow(page, '..').waitFor();
  for (;;) {
    await input.press('Control+A');
    await page.keyboard.insertText(file);
    // The dialog may still have completed something of its own.
    if ((await input.inputValue()) === file) await input.press('Enter');
    try {
      await quickPickRow(page, '..').waitFor({ state: 'hidden', timeout: msPerAttempt });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Clicks until the row is gone: a click is lost when the rows are filled in again under the mouse. */
export async function choose(row: Locator): Promise<void> {
  await clickUntil(row, row, 'hidden');
}

/** Clicks something of a row until the sign of it is there. */
export async function clickUntil(
  what: Locator,
  sign: Locator,
  state: 'visible' | 'hidden' = 'visible',
): Promise<void> {
  const deadline = Date.now() + msForCommand;
  await what.click();
  for (;;) {
    try {
      await sign.waitFor({ state, timeout: msPerAttempt });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await what.click({ timeout: msPerAttempt }).catch(() => undefined);
    }
  }
}
