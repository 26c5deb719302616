import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../process/runCommand';
import { addressFields } from './addresses';
import { belongsTo, targetName, type PackageTarget } from './platforms';

/** The parts of the extension besides its packages; absent ones are left out. */
const parts = [
  'dist',
  'media',
  'l10n',
  'asr-model-api.d.ts',
  'docs/api.md',
  'docs/networks.md',
  'docs/settings.md',
  'docs/troubleshooting.md',
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'LICENSE',
  'THIRD-PARTY-NOTICES.txt',
];

/** Puts the packages of a platform into the node_modules of a folder that has the manifest and the lock file. */
type PackageSource = (folder: string, target: PackageTarget) => Promise<void>;

/**
 * Lays out a folder with the built extension and the packages of one platform. Without another `source` they come as
 * the lock file has them (`npm ci` checks each against its digest, and runs none of their scripts). Gives back the folder.
 */
export async function stage(
  target: PackageTarget,
  source: PackageSource = install,
  folder = path.resolve('out', 'package', targetName(target)),
): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const translations = (await readdir('.')).filter((name) => /^package\.nls.*\.json$/.test(name));
  for (const name of [...parts, ...translations, 'package.json', 'package-lock.json', '.npmrc']) {
    await cp(name, path.join(folder, name), { recursive: true }).catch(ignoreMissing);
  }
  await source(folder, target);
  const kept = await keepOwnPackages(folder, target);
  await writeManifest(folder, kept);
  const ignored = await readFile('.vscodeignore', 'utf8');
  await writeFile(path.join(folder, '.vscodeignore'), `${ignored}\n!node_modules/**\n`);
  return folder;
}

async function install(folder: string, { os, cpu }: PackageTarget): Promise<void> {
  const platform =
    os === undefined || cpu === undefined
      ? ['--omit=optional']
      : [`--os=${os}`, `--cpu=${cpu}`, ...(os === 'linux' ? ['--libc=glibc'] : [])];
  const args = ['ci', '--omit=dev', '--ignore-scripts', '--loglevel=error', ...platform];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await runCommand(npm, args, { cwd: folder });
}

/** Removes what is for other platforms; gives back the names and versions of what stays. */
async function keepOwnPackages(
  folder: string,
  target: PackageTarget,
): Promise<Record<string, string>> {
  const modules = path.join(folder, 'node_modules');
  const kept: Record<string, string> = {};
  for (const name of await packageNames(modules)) {
    if (!belongsTo(target, name)) {
      await rm(path.join(modules, name), { recursive: true });
      continue;
    }
    const manifest = await readManifest(path.join(modules, name));
    if (typeof manifest['version'] === 'string') kept[name] = manifest['version'];
  }
  await rm(path.join(modules, '.package-lock.json'), { force: true });
  return kept;
}

/** The names of the packages in a node_modules folder. */
export async function packageNames(modules: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(modules)) {
    if (entry.startsWith('.')) continue;
    if (!entry.startsWith('@')) names.push(entry);
    else {
      for (const name of await readdir(path.join(modules, entry))) names.push(`${entry}/${name}`);
    }
  }
  return names;
}

/** The published manifest names exactly the files next to it, which vsce packs, and has all addresses. */
async function writeManifest(folder: string, kept: Record<string, string>): Promise<void> {
  const manifest = await readManifest(folder);
  const left = new Set(['devDependencies', 'optionalDependencies', 'scripts']);
  const rest = Object.fromEntries(Object.entries(manifest).filter(([name]) => !left.has(name)));
  const published = { ...rest, ...addressFields(manifest), dependencies: kept };
  const text = JSON.stringify(published, undefined, 2);
  await writeFile(path.join(folder, 'package.json'), `${text}\n`);
  await rm(path.join(folder, 'package-lock.json'));
}

async function readManifest(folder: string): Promise<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`${folder}: no manifest`);
  return { ...parsed };
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}
