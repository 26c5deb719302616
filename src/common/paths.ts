import * as fs from 'node:fs/promises';
import path from 'node:path';

/*
 * Paths compared as the disk compares them: `C:\m` and `c:\m` are one folder, and so are `/Users/a` and `/users/A` on
 * a Mac. A drive's root (`C:\`) ends with a separator and other folders don't, so a comparison of texts is not enough.
 */

/** Whether a path is a folder or lies in it. Links are not followed. `platform`: whose rules count. */
export function isInside(
  inner: string,
  outer: string,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const rules = platform === 'win32' ? path.win32 : path;
  const between = rules.relative(folded(outer, platform), folded(inner, platform));
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

/** Windows' own rules fold case by themselves. */
function folded(file: string, platform: NodeJS.Platform): string {
  return platform === 'darwin' ? file.normalize('NFC').toLowerCase() : file;
}
