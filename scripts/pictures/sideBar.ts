import { pick, runCommand } from '../../test/e2e/harness/palette';
import { openViewContainer, treeRow } from '../../test/e2e/harness/sidebar';
import { toast } from '../../test/e2e/harness/toasts';
import { boxAround } from './camera';
import { restMouse } from './picker';
import { models, type Stage } from './stage';

/** A download as the side bar and the notification show it, beside models in every other state. */
export async function takeSideBar(stage: Stage): Promise<void> {
  const { page, camera, hub } = stage;
  await openViewContainer(page, 'ASR Models');
  await widenSideBar(stage, 520);
  hub.pace.bytesPerSecondTotal = 9_000_000;
  // However slow this machine is, it is not over before the pictures are taken.
  hub.pace.crawlAfter(140_000_000);
  await runCommand(page, 'ASR: Download Model');
  await pick(page, models.small.name);
  const running = toast(page, `Downloading ${models.small.name}`);
  await running.filter({ hasText: /: 4\d.%/ }).waitFor();
  await restMouse(stage);
  await camera.take('toast.png', await boxAround(4, running));
  const rows = page.locator('.sidebar .monaco-list-row');
  await treeRow(page, models.small.name).filter({ hasText: 'left' }).waitFor();
  const title = page.locator('.sidebar .composite.title');
  await camera.take('tree.png', await boxAround(8, title, rows.first(), rows.last()));
}

/** Makes the side bar wide enough for what its rows say, in pixels. */
export async function widenSideBar({ page }: Stage, width: number): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox();
  if (box === null) throw new Error('The side bar is closed.');
  const edge = box.x + box.width;
  await page.mouse.move(edge, 200);
  await page.mouse.down();
  await page.mouse.move(edge + 20, 200, { steps: 3 });
  await page.mouse.move(box.x + width, 200, { steps: 3 });
  await page.mouse.up();
}
