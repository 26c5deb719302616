/**
 * `npm run pictures`: takes the pictures of the documents (`docs/pictures`) from a real VS Code with the packaged extension.
 * `-- --check` names those that are out of date, and why, and ends with 1 when there is one. `-- --only a.png,b.gif` keeps
 * the others as they are.
 *
 *     plan.ts           the pictures, and the files that determine what each shows
 *     records.ts        the digests of these files, in docs/pictures/pictures.json
 *     stage.ts          the editor, the hub and the models that the pictures are taken of
 *     servedCatalog.ts  the built-in catalog, for a hub whose models are made up
 *     computer.cjs      the computer that the editor believes to run on
 *     fonts.ts          the font of its windows
 *     camera.ts         takes, cuts and compresses (images.ts) pictures
 *     picker.ts, film.ts, transcript.ts, panel.ts, sideBar.ts   one scene each
 */
import path from 'node:path';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { print } from '../print';
import { imageSize, type ImageSize } from './imageSize';
import { plan } from './plan';
import {
  digestInputs,
  formatRecords,
  outdated,
  outdatedText,
  parseRecords,
  type PictureRecords,
} from './records';

const folder = path.join('docs', 'pictures');
const recordsFile = path.join(folder, 'pictures.json');

async function main(): Promise<number> {
  const { check, only } = parseArgs({
    options: { check: { type: 'boolean', default: false }, only: { type: 'string' } },
  }).values;
  const text = await readFile(recordsFile, 'utf8').catch(() => '');
  const records = parseRecords(text);
  if (check) return await report(records);

  const wanted = only?.split(',') ?? plan.map(({ file }) => file);
  const unknown = wanted.filter((name) => !plan.some(({ file }) => file === name));
  if (unknown.length > 0) throw new Error(`There is no picture ${unknown.join(', ')}.`);
  await mkdir(folder, { recursive: true });
  // A check needs no browser: the rest is loaded only here.
  const { takePictures } = await import('./takePictures');
  // As they are before: a change meanwhile may not be in the pictures.
  const pictures = plan.filter(({ file }) => wanted.includes(file));
  const digests = pictures.map(({ inputs }) => digestInputs('.', inputs));
  const inputs = await Promise.all(digests);
  await takePictures(wanted, folder, print);
  const taken = pictures.map(async ({ file }, at) => {
    const { width, height } = await sizeOf(file);
    return [file, { width, height, inputs: inputs[at] ?? {} }] as const;
  });
  const all = { ...records, ...Object.fromEntries(await Promise.all(taken)) };
  await writeFile(recordsFile, formatRecords(all));
  return 0;
}

async function report(records: PictureRecords): Promise<number> {
  const old = await outdated('.', plan, records);
  for (const line of outdatedText(old)) print(line);
  if (old.length === 0) print('All pictures show what there is.');
  else print('`npm run pictures` takes them anew.');
  return old.length === 0 ? 0 : 1;
}

async function sizeOf(file: string): Promise<ImageSize> {
  const size = imageSize(await readFile(path.join(folder, file)));
  if (size === undefined) throw new Error(`${file} is no picture.`);
  return size;
}

main().then(
  // The browser's connection would keep the process.
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
