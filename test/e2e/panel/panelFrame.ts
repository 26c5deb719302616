import type { Frame, FrameLocator, Page } from 'playwright-core';
import { runCommand } from '../harness/palette';

/** The content of the open panel, in its frame in a frame. */
export function panelFrame(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
}

/** Opens the panel from the palette and waits for its tabs. */
export async function openPanel(page: Page): Promise<FrameLocator> {
  await runCommand(page, 'ASR: Open Model Manager');
  const panel = panelFrame(page);
  await panel.getByRole('tab', { name: 'Models', exact: true }).waitFor({ timeout: 120_000 });
  return panel;
}

/** The frame itself, for what a locator can't do. */
export async function activeFrame(page: Page): Promise<Frame> {
  const element = await panelFrame(page).locator('body').elementHandle();
  const frame = await element.ownerFrame();
  if (frame === null) throw new Error('The panel is not open.');
  return frame;
}
