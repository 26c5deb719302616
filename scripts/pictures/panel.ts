import { runCommand } from '../../test/e2e/harness/palette';
import { openPanel } from '../../test/e2e/panel/panelFrame';
import { boxAround } from './camera';
import { restMouse } from './picker';
import { models, windowSize, type Stage } from './stage';

/** The panel with a download, and the dialog of that download. Leaves it paused. */
export async function takePanel(stage: Stage): Promise<void> {
  const { page, camera, hub } = stage;
  // The toast of the download would cover a part of the page.
  await runCommand(page, 'Notifications: Toggle Do Not Disturb Mode');
  await runCommand(page, 'View: Close Primary Side Bar');
  await page.setViewportSize({ width: 1160, height: 680 });
  const panel = await openPanel(page);
  await panel.getByRole('textbox', { name: /Search models/ }).fill('large v3 turbo');
  const row = panel.getByRole('treeitem', { name: new RegExp(`^${models.large.name}`) }).first();
  await row.locator('.row-title').click();
  const details = panel.getByRole('article', { name: models.large.name });
  hub.pace.bytesPerSecondTotal = 24_000_000;
  // However slow this machine is, it is not over before it is paused.
  hub.pace.crawlAfter(430_000_000);
  await details.getByRole('button', { name: 'Download Model', exact: true }).click();

  const dialog = panel.getByRole('dialog');
  await dialog.getByText(/^3\d.%$/).waitFor();
  await camera.take('dialog.png', await boxAround(0, dialog));
  await dialog.getByRole('button', { name: 'Run in Background', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  // Takes the keyboard from the search, which would show its text as selected.
  await details.getByText('Fits this machine').click();
  await restMouse(stage);
  await camera.take('panel.png', await boxAround(0, page.locator('.part.editor')));

  const strip = panel.getByRole('region', { name: 'Downloads' });
  await strip.getByRole('button', { name: /^Pause/ }).click();
  await strip.getByText('Paused').waitFor();
  await page.setViewportSize(windowSize);
  await runCommand(page, 'View: Close All Editors');
  await runCommand(page, 'Notifications: Toggle Do Not Disturb Mode');
}
