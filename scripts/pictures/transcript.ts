import { pick, runCommand } from '../../test/e2e/harness/palette';
import { treeRow } from '../../test/e2e/harness/sidebar';
import { closeEditor, editorText, load, loadedItem, transcribe } from '../../test/e2e/speechSteps';
import { restMouse } from './picker';
import { widenSideBar } from './sideBar';
import { realModel, windowSize, type Stage } from './stage';

/** What this small model reaches on any idle machine. */
const leastSpeed = 5;

/** A recording of real speech as subtitles, by a model whose weights are real. */
export async function takeTranscript(stage: Stage): Promise<void> {
  const { page, camera, recording } = stage;
  await runCommand(page, 'ASR: Download Model');
  await pickRepository(stage);
  await treeRow(page, new RegExp(`${realModel.name}.*· ONNX`)).waitFor();
  await load(page, realModel.name);
  await loadedItem(page, realModel.name).waitFor();
  await checkSpeed(stage);
  await runCommand(page, 'Notifications: Clear All Notifications');
  await transcribe(page, recording, 'Subtitles (SRT)');
  await editorText(page, '-->').first().waitFor();
  await page.setViewportSize({ width: 1120, height: 330 });
  await widenSideBar(stage, 440);
  await restMouse(stage);
  await camera.take('transcript.png');
  await page.setViewportSize(windowSize);
  await closeEditor(page);
}

/** Waits for the measured speed of the model, which two pictures show, and tells when this machine was too busy for it. */
async function checkSpeed({ page, print }: Stage): Promise<void> {
  const row = treeRow(page, new RegExp(`${realModel.name}.*x real time here`));
  await row.waitFor();
  const [, speed = ''] = /([\d.]+)x real time here/.exec(await row.innerText()) ?? [];
  if (Number(speed) < leastSpeed) {
    print(
      `  The model ran at ${speed}x real time only: take the pictures again when this machine is idle.`,
    );
  }
}

/** A repository that no catalog lists, by its name. */
async function pickRepository({ page }: Stage): Promise<void> {
  const input = page.locator('.quick-input-widget:visible .quick-input-box input');
  await input.fill(realModel.repo);
  const row = page
    .locator('.quick-input-widget:visible .monaco-list-row')
    .filter({ hasText: 'Other Hugging Face model' });
  await row.waitFor();
  await row.click();
  await pick(page, realModel.name);
}
