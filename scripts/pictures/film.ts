import type { Locator } from 'playwright-core';
import {
  findInPalette,
  quickInput,
  quickPickRow,
  runCommand,
} from '../../test/e2e/harness/palette';
import { treeRow } from '../../test/e2e/harness/sidebar';
import { toast } from '../../test/e2e/harness/toasts';
import { panelFrame } from '../../test/e2e/panel/panelFrame';
import { restMouse } from './picker';
import { models, windowSize, type Stage } from './stage';

/** Small enough that texts can be read where a document shows it in its own size. */
const filmSize = { width: 1000, height: 620 };
const command = 'ASR: Download Model';

/** From the command to the model that is ready, by the recommendation. */
export async function film(stage: Stage): Promise<void> {
  const { page, camera, hub } = stage;
  await page.setViewportSize(filmSize);
  // Known to the palette and used once, so that it is the first row.
  await findInPalette(page, command);
  await page.keyboard.press('Escape');
  // Else the view has the focus, and a border.
  await page.locator('.part.editor').click();
  await restMouse(stage);
  await camera.shoot(1000);

  await page.keyboard.press('F1');
  await quickInput(page).waitFor();
  for (const part of ['d', 'ow', 'nl', 'oad', ' mo', 'del']) {
    await page.keyboard.type(part);
    await camera.shoot(120);
  }
  const row = quickPickRow(page, command);
  await row.waitFor();
  await camera.shoot(800);
  await page.keyboard.press('Enter');
  await quickPickRow(page, 'Recommended for this machine').waitFor();
  await camera.shoot(2200);

  hub.pace.bytesPerSecondTotal = 30_000_000;
  await page.keyboard.press('Enter');
  const running = toast(page, `Downloading ${models.recommended.name}`);
  await running.waitFor();
  await camera.shoot(500);
  await shootProgress(stage, running, 35);
  await page.locator('.sidebar a[aria-label="Open Model Manager"]:visible').first().click();
  await restMouse(stage);
  await panelFrame(page).getByText('Recommended for this machine:').waitFor();
  await shootProgress(stage, running, 100);
  await toast(page, `${models.recommended.name} is downloaded and verified`).waitFor();
  await treeRow(page, models.recommended.name).filter({ hasText: 'onnx' }).waitFor();
  await camera.shoot(3000);
  await camera.develop('download.gif');

  hub.pace.bytesPerSecondTotal = 0;
  await page.setViewportSize(windowSize);
  await runCommand(page, 'Notifications: Clear All Notifications');
  await runCommand(page, 'View: Close All Editors');
}

/** A frame whenever a download has got on by some percent, which is seen for less time than it took: a time lapse. */
async function shootProgress(
  { camera, page }: Stage,
  running: Locator,
  untilPercent: number,
): Promise<void> {
  let next = 0;
  while ((await running.count()) > 0) {
    const text = await running.innerText({ timeout: 1000 }).catch(() => '');
    const percent = Number(/: (\d+).%/.exec(text)?.[1] ?? Number.NaN);
    if (percent >= untilPercent) return;
    if (percent >= next) {
      await camera.shoot(280);
      next = percent + 4;
    }
    await page.waitForTimeout(50);
  }
}
