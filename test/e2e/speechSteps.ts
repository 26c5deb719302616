import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { pick, quickPickRow, runCommand } from './harness/palette';
import { treeRow } from './harness/sidebar';
import { toast } from './harness/toasts';
import type { Workbench } from './harness/workbench';

/** The bundled clip of ten seconds. */
export const clip = path.resolve('media', 'clip.wav');
/** The folder that everything of this workbench lies in. */
export function folderOf(workbench: Workbench): string {
  return path.resolve(workbench.globalStorage, '../../../../..');
}

/** The runtime's processes of this workbench: they run a file of the extension that is installed in its folder. */
export async function runtimeProcesses(workbench: Workbench): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    // A process may end while it is looked at.
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const isOurs = command.includes('runtimeProcess') && command.includes(folderOf(workbench));
    if (isOurs) found.push(Number(entry));
  }
  return found;
}

/** Settles when no runtime process of this workbench is left. */
export async function untilNoProcess(workbench: Workbench): Promise<void> {
  while ((await runtimeProcesses(workbench)).length > 0) await setTimeout(50);
}

/** The one runtime process of this workbench, when that of an earlier model has ended. */
export async function onlyProcess(workbench: Workbench): Promise<number> {
  for (;;) {
    const [pid, ...others] = await runtimeProcesses(workbench);
    if (pid !== undefined && others.length === 0) return pid;
    await setTimeout(50);
  }
}

/** Downloads a model and waits until the open view lists it with its format, as it does what is whole. */
export async function download(page: Page, name: string): Promise<void> {
  await runCommand(page, 'ASR: Download Model');
  await pick(page, name);
  await treeRow(page, new RegExp(`${name}.*(GGML|GGUF|ONNX|CTranslate2)`)).waitFor();
}

/** Chooses a model that is downloaded in the list of the load command. */
export async function load(page: Page, name: string): Promise<void> {
  await runCommand(page, 'ASR: Load Model');
  await pick(page, name);
}

/** The item of the status bar that names the loaded model. */
export function loadedItem(page: Page, name: string): Locator {
  return page.locator('.statusbar-item:visible').filter({ hasText: name });
}

/**
 * The notification with the text. Where several come within a second the editor shows no toast for the last: then it
 * is looked for in the list of notifications, as a person would.
 */
export async function notice(page: Page, text: string | RegExp, timeout = 5_000): Promise<Locator> {
  const shown = toast(page, text).first();
  try {
    await shown.waitFor({ timeout });
    return shown;
  } catch {
    await runCommand(page, 'Notifications: Show Notifications');
    const listed = page.locator('.notifications-center .notification-list-item');
    const found = listed.filter({ hasText: text }).first();
    await found.waitFor();
    return found;
  }
}

/** Runs the command, names the file in the editor's own file dialog, and chooses the format. */
export async function transcribe(page: Page, file: string, format: string): Promise<void> {
  await runCommand(page, 'ASR: Transcribe Audio File');
  const fileDialog = page.locator('.quick-input-widget:visible').filter({ hasText: 'Transcribe' });
  await fileDialog.waitFor();
  const formats = quickPickRow(page, 'JSON with timestamps');
  const deadline = Date.now() + 120_000;
  // The dialog takes a path only after it has listed the folder that it begins with.
  do {
    const input = fileDialog.locator('.quick-input-box input');
    // It may close at any moment, and the list of formats must not get the path.
    await input.fill(file, { timeout: 2_000 }).catch(() => undefined);
    await input.press('Enter', { timeout: 2_000 }).catch(() => undefined);
    await formats.waitFor({ timeout: 2_000 }).catch(() => undefined);
  } while ((await fileDialog.isVisible()) && Date.now() < deadline);
  // On a busy machine the path may have been written into the list as well; what is picked replaces it.
  const list = page
    .locator('.quick-input-widget:visible')
    .filter({ hasText: 'Write the transcript as' });
  await list.waitFor();
  await pick(page, format);
}

/** The lines of the editor in front that contain the text. */
export function editorText(page: Page, text: string | RegExp): Locator {
  return page
    .locator('.editor-group-container.active .monaco-editor .view-line')
    .filter({ hasText: text });
}

/** Closes the editor in front, without keeping what it holds. */
export async function closeEditor(page: Page): Promise<void> {
  await runCommand(page, 'View: Revert and Close Editor');
}
