/**
 * `npm run package`: a VSIX for each platform with its native runtimes, and a universal one with WebAssembly alone, in
 * out/vsix; `-- --target linux-x64` packs one of them. Prints the size of each, what is in it, and what its programs need
 * of a system. The exit code is 1 when one is too large, would be refused by a store, has a broken signature, or needs
 * something else than scripts/package/needs.json says; `-- --write-needs` writes that file.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isObject, parseJson } from '../../src/common/json';
import { print } from '../print';
import { runCommand } from '../process/runCommand';
import { exampleNotice } from './addresses';
import { packagePlatform } from './packPlatform';
import { largestPackageBytes, packageTargets, targetName } from './platforms';
import { storeProblems } from './storeProblems';
import { systemNeeds } from './systemNeeds';
import { needsLines, needsProblems, writeNeeds } from './statedNeeds';
import { packedSizes, unpackVsix } from './vsix';

/** Smaller parts of a package are not printed. */
const leastShownBytes = 100_000;

async function packagePlatforms(args: readonly string[]): Promise<void> {
  const { target: wanted, 'write-needs': writesNeeds } = parseArgs({
    args: [...args],
    options: { target: { type: 'string' }, 'write-needs': { type: 'boolean', default: false } },
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
    const { vsix, folder } = await packagePlatform(target);
    const { size } = await stat(vsix);
    print(`${targetName(target)}: ${(size / 1e6).toFixed(1)} MB  ${path.relative('.', vsix)}`);
    for (const [part, bytes] of packedSizes(await readFile(vsix))) {
      if (bytes >= leastShownBytes) print(`  ${(bytes / 1e6).toFixed(1).padStart(5)} MB  ${part}`);
    }
    if (size > largestPackageBytes) {
      print(`${targetName(target)} is larger than ${largestPackageBytes / 1e6} MB`);
      process.exitCode = 1;
    }
    for (const problem of await storeProblems(folder)) {
      print(`${targetName(target)}: ${problem}`);
      process.exitCode = 1;
    }
    const unpacked = path.resolve('out', 'package', `unpacked-${targetName(target)}`);
    await unpackVsix(vsix, unpacked);
    const needs = await systemNeeds(unpacked);
    for (const line of needsLines(needs)) print(`  ${line}`);
    if (writesNeeds) await writeNeeds(targetName(target), needs);
    for (const problem of await needsProblems(targetName(target), needs)) {
      print(`${targetName(target)}: ${problem}`);
      process.exitCode = 1;
    }
  }
  const manifest = parseJson(await readFile('package.json', 'utf8'));
  const notice = exampleNotice(isObject(manifest) ? manifest : {});
  if (notice !== undefined) print(notice);
}

void packagePlatforms(process.argv.slice(2));
