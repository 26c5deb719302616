/** Writes media/clip.wav. `npx tsx scripts/media/makeClip.ts`, from the root of the project. */
import { writeFile } from 'node:fs/promises';
import { clip } from './clip';

void writeFile('media/clip.wav', clip());
