import { quickPickRow, runCommand } from '../../test/e2e/harness/palette';
import { boxAround } from './camera';
import type { Stage } from './stage';

/** The list of models as it opens. */
export async function takePicker({ page, camera }: Stage): Promise<void> {
  await runCommand(page, 'ASR: Download Model');
  await quickPickRow(page, 'Recommended for this machine').waitFor();
  await restMouse({ page });
  await camera.take('picker.png', await boxAround(0, page.locator('.quick-input-widget')));
  await page.keyboard.press('Escape');
}

/** Takes the mouse from what it hovers over, and waits until nothing tells of it any more. */
export async function restMouse({ page }: Pick<Stage, 'page'>): Promise<void> {
  const size = page.viewportSize();
  await page.mouse.move((size?.width ?? 0) / 2, (size?.height ?? 0) - 4);
  await page.locator('.monaco-hover:visible').waitFor({ state: 'detached' });
}
