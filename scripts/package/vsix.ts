import path from 'node:path';
import { runCommand } from '../process/runCommand';
import { copyInstalledPackages } from './installedPackages';
import { packageTargets, type PackageTarget } from './platforms';
import { stage } from './stage';

/** What goes into the VSIX for this machine is laid out here. */
export const stagedFolder = path.resolve('out', 'package', 'here');

const vsixPath = path.resolve('out', 'asr-model-manager.vsix');
const vsce = path.resolve('node_modules', '@vscode', 'vsce', 'vsce');

/**
 * Builds the production bundles and packs them, with the runtimes of this machine, as a VSIX for `npm start` and the
 * journeys. Gives back its absolute path.
 */
export async function packageExtension(): Promise<string> {
  await runCommand(process.execPath, ['esbuild.mjs', '--production']);
  const folder = await stage(targetHere(), copyInstalledPackages, stagedFolder);
  // As a program, because the library prints the list of files.
  const args = [
    'package',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--out',
    vsixPath,
  ];
  await runCommand(process.execPath, [vsce, ...args], { cwd: folder });
  return vsixPath;
}

/** The platform of this machine, or the universal package with WebAssembly where there is none for it. */
function targetHere(): PackageTarget {
  const here = packageTargets.find(
    ({ os, cpu }) => os === process.platform && cpu === process.arch,
  );
  return here ?? {};
}
