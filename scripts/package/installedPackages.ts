import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject } from '../../src/common/json';

/** Copies the extension's own packages (not the development ones) from the node_modules of the project. Needs no network. */
export async function copyInstalledPackages(folder: string): Promise<void> {
  const lock: unknown = JSON.parse(await readFile('package-lock.json', 'utf8'));
  const packages = isObject(lock) ? lock['packages'] : undefined;
  for (const [place, entry] of Object.entries(isObject(packages) ? packages : {})) {
    const isOurs = place !== '' && isObject(entry) && entry['dev'] !== true;
    // Optional packages of other platforms are in the lock file, but not on the disk.
    if (isOurs && existsSync(place)) await cp(place, path.join(folder, place), { recursive: true });
  }
}
