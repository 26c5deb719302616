import type { Page } from 'playwright-core';
import { pushNewerTiny, type EditorHub } from './editorHub';
import { firstSign, firstSignOf, type FirstSign, type SignPlace } from './harness/firstSign';
import { pick, runCommand } from './harness/palette';
import { openViewContainer, treeRow } from './harness/sidebar';

/** A command and what it showed first. */
export interface CommandSign extends FirstSign {
  readonly command: string;
}

/** Commands that ask at once or answer, with what they say; they need a downloaded model. */
const plainCommands = [
  'ASR: Download Model',
  'ASR: Load Model',
  'ASR: Verify Models',
  'ASR: Check for Model Updates',
  'ASR: Clear Model Cache',
  'ASR: Free Up Space…',
  'ASR: Import Model…',
  'ASR: Move Model Cache…',
  'ASR: Transcribe Audio File…',
  'ASR: Set Hugging Face Token…',
  'ASR: Clear Hugging Face Token',
  'ASR: Show Log',
  'ASR: Open Model Manager',
] as const;

const rowCommands = ['Copy Path', 'Copy Code Snippet', 'Verify Models', 'Delete Model'] as const;

const model = 'Tiny model';

/** Downloads the model that the commands are tried on, and shows the view. */
export async function prepareForSigns(page: Page): Promise<void> {
  await openViewContainer(page, 'ASR Models');
  await runCommand(page, 'ASR: Download Model');
  await pick(page, model);
  await treeRow(page, /Tiny model.*GGML/).waitFor({ timeout: 120_000 });
}

/** Runs every command that this editor offers once, and times its first sign. */
export async function measureSigns(page: Page, journey: EditorHub): Promise<CommandSign[]> {
  const signs: CommandSign[] = [];
  for (const command of plainCommands) {
    signs.push({ command, ...(await firstSignOf(page, command)) });
    await tidy(page);
  }
  for (const command of rowCommands) {
    signs.push({ command: `${command} (row)`, ...(await fromRow(page, command)) });
    await tidy(page);
  }
  signs.push(...(await measureLoad(page)), ...(await measureUpdate(page, journey)));
  signs.push(...(await measureDownload(page, journey)));
  return signs;
}

/** The commands of a download that runs or waits. While it runs, its toast changes all the time. */
async function measureDownload(page: Page, { hub }: EditorHub): Promise<CommandSign[]> {
  const signs: CommandSign[] = [];
  const time = async (command: string, places: readonly SignPlace[]): Promise<void> => {
    signs.push({ command, ...(await firstSignOf(page, command, places)) });
  };
  hub.pace.bytesPerSecondTotal = 500_000;
  // So it is not over before the last of the commands, however busy the machine is.
  hub.pace.crawlAfter(10_000_000, 50_000);
  await runCommand(page, 'ASR: Download Model');
  await pick(page, 'Gamma model');
  const running = treeRow(page, /Gamma model.*\d+ % ·/);
  await running.filter({ hasText: 'left' }).waitFor();
  await time('ASR: Pause Download', ['status bar']);
  await treeRow(page, /Gamma model.*Paused/).waitFor();
  await time('ASR: Resume Download', ['toast']);
  await running.waitFor();
  await time('ASR: Cancel Download', ['status bar']);
  await running.waitFor({ state: 'detached' });
  hub.pace.bytesPerSecondTotal = 0;
  await tidy(page);
  return signs;
}

async function measureLoad(page: Page): Promise<CommandSign[]> {
  const row = treeRow(page, model);
  const load = { command: 'Load Model (row)', ...(await fromRow(page, 'Load Model')) };
  await row.filter({ hasText: 'loaded' }).waitFor();
  await tidy(page);
  const command = 'ASR: Unload Model';
  const unload = { command, ...(await firstSignOf(page, command)) };
  await row.filter({ hasNotText: 'loaded' }).waitFor();
  await tidy(page);
  return [load, unload];
}

async function measureUpdate(page: Page, { hub }: EditorHub): Promise<CommandSign[]> {
  pushNewerTiny(hub, `word${String(hub.log.filter(() => true).length)}`);
  await runCommand(page, 'ASR: Check for Model Updates');
  await treeRow(page, /Tiny model.*update:/).waitFor();
  await runCommand(page, 'Notifications: Clear All Notifications');
  const sign = await fromRow(page, 'Update Model');
  await treeRow(page, /Tiny model.*update:/).waitFor({ state: 'detached' });
  await tidy(page);
  return [{ command: 'Update Model (row)', ...sign }];
}

/** The command of the model's context menu, or the inline one. */
async function fromRow(page: Page, command: string): Promise<FirstSign> {
  const row = treeRow(page, model);
  const inline = row.locator(`.actions a.action-label[aria-label*="${command}"]`).first();
  // A hover that is still there could cover the row, and goes with the mouse.
  await page.mouse.move(640, 200);
  await row.hover();
  if (await inline.isVisible()) return await firstSign(page, () => inline.click());
  await row.click({ button: 'right' });
  const item = page.locator('.monaco-menu .action-item').filter({ hasText: command });
  await item.hover();
  // Not a click: the editor's menus take none in their first moments.
  await page.locator('.monaco-menu .action-item.focused').filter({ hasText: command }).waitFor();
  return await firstSign(page, () => page.keyboard.press('Enter'));
}

/** Dismisses what a command opened. */
async function tidy(page: Page): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box');
  if (await dialog.isVisible()) {
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
  }
  await page.keyboard.press('Escape');
  // Each command takes the palette most of a second: only those that have something to do.
  const tidying = [
    ['.editor-group-container .tab', 'View: Close All Editors'],
    ['.part.panel', 'View: Toggle Panel Visibility'],
    ['.notifications-toasts .notification-list-item', 'Notifications: Clear All Notifications'],
  ] as const;
  for (const [selector, command] of tidying)
    if (await page.locator(selector).first().isVisible()) await runCommand(page, command);
}

/** A table of medians and maxima by command, in milliseconds. */
export function signTable(signs: readonly CommandSign[]): string {
  const rows = [...new Set(signs.map(({ command }) => command))].map((command) => {
    const found = signs.filter((sign) => sign.command === command);
    const sorted = found.map(({ ms }) => ms).sort((a, b) => a - b);
    const places = [...new Set(found.map(({ where }) => where))].join(', ');
    return `| ${command} | ${places} | ${text(sorted[Math.floor(sorted.length / 2)])} | ${text(sorted.at(-1))} |`;
  });
  return [
    '| command | first sign | median ms | max ms |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function text(ms: number | undefined): string {
  return ms === undefined ? '–' : ms.toFixed(0);
}
