/**
 * `npm run package`: a VSIX for each platform with its native runtimes, and a universal one with WebAssembly alone, in
 * out/vsix; `-- --target linux-x64` packs one of them. Prints the size of each and what is in it; the exit code is 1 when
 * one is too large.
 */
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { print } from '../print';
import { runCommand } from '../process/runCommand';
import { largestPackageBytes, packageTargets, targetName, type PackageTarget } from './platforms';
import { stage } from './stage';
import { packedSizes } from './vsix';

/** Smaller parts of a package are not printed. */
const leastShownBytes = 100_000;

/** Packs one platform; the production bundles must have been built. Returns the absolute path of the VSIX. */
async function packagePlatform(target: PackageTarget): Promise<string> {
  const folder = await stage(target);
  const packagePath = path.resolve('out', 'vsix', `asr-model-manager-${targetName(target)}.vsix`);
  await mkdir(path.dirname(packagePath), { recursive: true });
  await createVSIX({
    cwd: folder,
    packagePath,
    dependencies: true,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
    ...(target.target === undefined ? {} : { target: target.target }),
  });
  return packagePath;
}

async function packagePlatforms(args: readonly string[]): Promise<void> {
  const { target: wanted } = parseArgs({
    args: [...args],
    options: { target: { type: 'string' } },
  }).values;
  const targets = packageTargets.filter(
    (target) => wanted === undefined || targetName(target) === wanted,
  );
  if (targets.length === 0) {
    throw new Error(
      `There is no target ${wanted ?? ''}: ${packageTargets.map(targetName).join(', ')}`,
    );
  }
  await runCommand(process.execPath, ['esbuild.mjs', '--production']);
  for (const target of targets) {
    const vsix = await packagePlatform(target);
    const { size } = await stat(vsix);
    print(`${targetName(target)}: ${(size / 1e6).toFixed(1)} MB  ${path.relative('.', vsix)}`);
    for (const [part, bytes] of packedSizes(await readFile(vsix))) {
      if (bytes >= leastShownBytes) print(`  ${(bytes / 1e6).toFixed(1).padStart(5)} MB  ${part}`);
    }
    if (size > largestPackageBytes) {
      print(`${targetName(target)} is larger than ${largestPackageBytes / 1e6} MB`);
      process.exitCode = 1;
    }
  }
}

void packagePlatforms(process.argv.slice(2));
