import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { film } from './film';
import { takePanel } from './panel';
import { takePicker } from './picker';
import { takeSideBar } from './sideBar';
import { onStage } from './stage';
import { takeTranscript } from './transcript';

/** Plays all scenes in an order in which each leaves what the next one shows, and keeps the pictures that are wanted. */
export async function takePictures(
  wanted: readonly string[],
  targetFolder: string,
  print: (line: string) => void,
): Promise<void> {
  const drafts = await mkdtemp(path.join(os.tmpdir(), 'asr-pictures-drafts-'));
  try {
    await onStage(print, drafts, async (stage) => {
      for (const scene of [takePicker, film, takeTranscript, takePanel, takeSideBar]) {
        print(`Taking pictures: ${scene.name}`);
        await scene(stage);
      }
    });
    // Only when all are there: pictures of two states of the product are never mixed.
    for (const file of wanted)
      await copyFile(path.join(drafts, file), path.join(targetFolder, file));
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
}
