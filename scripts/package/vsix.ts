import path from 'node:path';
import { runCommand } from '../process/runCommand';
import { copyInstalledPackages } from './installedPackages';
import { packageTargets, type PackageTarget } from './platforms';
import { stage } from './stage';

/** What goes into the VSIX for this machine is laid out here. */
export const stagedFolder = path.resolve('out', 'package', 'here');

const vsixPath = path.resolve('out', 'asr-model-manager.vsix');
const vsce = path.resolve('node_modules', '@vscode', 'vsce', 'vsce');

/** Names the universal VSIX that a run of the tests has packed before its journeys. */
export const universalVariable = 'ASR_TEST_UNIVERSAL_VSIX';

/** One run packs once, however many tiers need it. */
let packed: Promise<string> | undefined;
let packedUniversal: Promise<string> | undefined;

/**
 * Builds the production bundles and packs them, with the runtimes of this machine, as a VSIX for `npm start` and the
 * journeys. Gives back its absolute path.
 */
export function packageExtension(): Promise<string> {
  packed ??= runCommand(process.execPath, ['esbuild.mjs', '--production']).then(() =>
    pack(targetHere(), stagedFolder, vsixPath),
  );
  return packed;
}

/**
 * Packs the universal VSIX, with WebAssembly alone, from bundles that are built, or takes the one that
 * {@link universalVariable} names. Gives back its absolute path.
 */
export function packageUniversal(): Promise<string> {
  const given = process.env[universalVariable];
  packedUniversal ??=
    given === undefined || given === '' ? packNewUniversal() : Promise.resolve(given);
  return packedUniversal;
}

async function packNewUniversal(): Promise<string> {
  const folder = path.resolve('out', 'package', 'universal-here');
  return await pack({}, folder, path.resolve('out', 'asr-model-manager-universal.vsix'));
}

/** The installed packages are enough: no network is needed. */
async function pack(target: PackageTarget, folder: string, outPath: string): Promise<string> {
  await stage(target, copyInstalledPackages, folder);
  // As a program, because the library prints the list of files.
  const args = [
    'package',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--out',
    outPath,
  ];
  await runCommand(process.execPath, [vsce, ...args], { cwd: folder });
  return outPath;
}

/** The platform of this machine, or the universal package with WebAssembly where there is none for it. */
function targetHere(): PackageTarget {
  const here = packageTargets.find(
    ({ os, cpu }) => os === process.platform && cpu === process.arch,
  );
  return here ?? {};
}
