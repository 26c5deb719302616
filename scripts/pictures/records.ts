import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject, parseJson } from '../../src/common/json';
import type { PicturePlan } from './plan';

/** What is known of a picture that was taken. */
export interface PictureRecord {
  /** In pixels of the file. */
  readonly width: number;
  readonly height: number;
  /** A digest of each input, as it was then. */
  readonly inputs: Readonly<Record<string, string>>;
}

export type PictureRecords = Readonly<Record<string, PictureRecord>>;

/** A picture that no longer shows what there is. */
export interface Outdated {
  readonly file: string;
  /** The inputs that have changed, come or gone; empty when the picture was never taken. */
  readonly changed: readonly string[];
}

/** The digests of inputs below a folder. */
export async function digestInputs(
  root: string,
  inputs: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const digests = inputs.map(async (input) => [input, await digestInput(root, input)] as const);
  return Object.fromEntries(await Promise.all(digests));
}

/** Of a file, or of all files of a folder with their names; line ends don't count. A missing input has a digest too. */
async function digestInput(root: string, input: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await filesOf(root, input)) {
    const text = await readFile(path.join(root, file), 'utf8');
    hash.update(`${file}\0${text.replaceAll('\r\n', '\n')}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** With `/` between folders, sorted. */
async function filesOf(root: string, input: string): Promise<readonly string[]> {
  const isFolder = input.endsWith('/');
  const folder = isFolder ? input : `${path.posix.dirname(input)}/`;
  const all = { recursive: isFolder, withFileTypes: true } as const;
  const entries = await readdir(path.join(root, folder), all).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(root, path.join(parentPath, name)))
    .map((file) => file.split(path.sep).join('/'));
  return files.filter((file) => isFolder || file === path.posix.normalize(input)).sort();
}

/** The pictures of the plan that were taken of other inputs than there are now. */
export async function outdated(
  root: string,
  plan: readonly PicturePlan[],
  records: PictureRecords,
): Promise<readonly Outdated[]> {
  const compared = plan.map(async ({ file, inputs }) => {
    const then = records[file]?.inputs ?? {};
    const now = await digestInputs(root, inputs);
    const names = new Set([...Object.keys(then), ...inputs]);
    return { file, changed: [...names].filter((name) => then[name] !== now[name]) };
  });
  const isTaken = ({ file }: Outdated): boolean => records[file] !== undefined;
  return (await Promise.all(compared))
    .filter((picture) => !isTaken(picture) || picture.changed.length > 0)
    .map((picture) => (isTaken(picture) ? picture : { ...picture, changed: [] }));
}

/** One line for each picture. */
export function outdatedText(pictures: readonly Outdated[]): readonly string[] {
  return pictures.map(({ file, changed }) =>
    changed.length === 0
      ? `${file} was never taken`
      : `${file} is out of date: ${changed.join(', ')}`,
  );
}

/** Reads what {@link formatRecords} wrote; entries that are not whole are left out. */
export function parseRecords(text: string): PictureRecords {
  const document = parseJson(text);
  const records = isObject(document) ? Object.entries(document) : [];
  return Object.fromEntries(
    records.flatMap(([file, value]) => {
      const record = recordOf(value);
      return record === undefined ? [] : [[file, record]];
    }),
  );
}

function recordOf(value: unknown): PictureRecord | undefined {
  if (!isObject(value) || !isObject(value['inputs'])) return undefined;
  const { width, height } = value;
  if (typeof width !== 'number' || typeof height !== 'number') return undefined;
  const inputs = Object.entries(value['inputs']).flatMap(([name, digest]) =>
    typeof digest === 'string' ? [[name, digest] as const] : [],
  );
  return { width, height, inputs: Object.fromEntries(inputs) };
}

export function formatRecords(records: PictureRecords): string {
  const sorted = Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`;
}
