import { lstatSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';

/*
 * Paths compared as the disk compares them: `C:\m` and `c:\m` are one folder, and so are `/Users/a` and `/users/A` on
 * a Mac. A drive's root (`C:\`) ends with a separator and other folders don't, so a comparison of texts is not enough.
 * Names of a model's files have slashes on every system; here they become paths of this system, and back.
 */

/** The path of a slash-separated name below a folder. */
export function below(folder: string, slashed: string): string {
  return path.join(folder, ...slashed.split('/'));
}

/** The slash-separated name of a path that lies in a folder; `../…` when it does not. The inverse of {@link below}. */
export function slashedBelow(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join('/');
}

/** The last part of a slash-separated name. */
export function lastName(slashed: string): string {
  return slashed.slice(slashed.lastIndexOf('/') + 1);
}

/** A path as a person writes it, with the home folder in place of a `~` at its start. */
export function withHome(text: string, home: string): string {
  return text.replace(/^~(?=$|[\\/])/, () => home);
}

/** Whether two links say the same: Windows keeps their text with its own separators. */
export function isSameLink(
  text: string,
  slashed: string,
  platform: NodeJS.Platform = process.platform,
): boolean {
  return (platform === 'win32' ? text.replaceAll('\\', '/') : text) === slashed;
}

/** A name in one Unicode form, whichever it was written in: a Mac's disk may give back another than it was given. */
export function composed(name: string): string {
  return name.normalize('NFC');
}

/** Whether two names of one folder are one file: on a Mac's disk both Unicode forms are, elsewhere each is its own. */
export function isSameFileAs(folder: string, name: string, other: string): boolean {
  const [one, two] = [name, other].map((each) =>
    lstatSync(path.join(folder, each), { bigint: true, throwIfNoEntry: false }),
  );
  return one !== undefined && one.ino === two?.ino && one.dev === two.dev;
}

/** Whether a folder is the top of its disk: there is none around it. */
export function isTop(folder: string): boolean {
  return path.dirname(folder) === folder;
}

/** A path or name as it is compared where case and Unicode form do not count (Windows, and a Mac's usual disk). */
export function folded(name: string): string {
  return composed(name).toLowerCase();
}

/** Whether a path is a folder or lies in it. Links are not followed. `platform`: whose rules count. */
export function isInside(
  inner: string,
  outer: string,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const rules = platform === 'win32' ? path.win32 : path.posix;
  const between = rules.relative(asCompared(outer, platform), asCompared(inner, platform));
  return between !== '..' && !between.startsWith(`..${rules.sep}`) && !rules.isAbsolute(between);
}

/** Whether two paths are written alike, but for what the system's disks don't tell apart. */
export function isSamePath(
  a: string,
  b: string,
  platform: NodeJS.Platform = process.platform,
): boolean {
  return isInside(a, b, platform) && isInside(b, a, platform);
}

/** The same, or two names of one folder that is there: by links, short names, or on a disk that ignores case. */
export async function isSameFolder(a: string, b: string): Promise<boolean> {
  if (isSamePath(a, b)) return true;
  const [one, other] = await Promise.all(
    [a, b].map((folder) => fs.stat(folder, { bigint: true }).catch(() => undefined)),
  );
  if (one === undefined || other === undefined) return false;
  return one.dev === other.dev && one.ino === other.ino && one.ino !== 0n;
}

/** Windows' own comparison folds case already. */
function asCompared(file: string, platform: NodeJS.Platform): string {
  return platform === 'darwin' ? folded(file) : file;
}
