/**
 * `npm run test:wine`: what can be run of the product with Windows' own Node, on Linux under wine. The unit tests of
 * the modules that touch files, sockets and processes, bundled before, a file at a time. Those of the runtime
 * and of the command line have the packed win32-x64 VSIX: its engines load models, its `cli.js` downloads them. `-- --only
 * cache,http/raw` runs some of them, `--grep` the tests with these words; `--vsix` names a VSIX that is packed already.
 *
 *     windowsNode.ts   wine and node.exe: found or fetched, and how a program is run with them
 *     probe.cjs        what wine does otherwise than Windows, tried out; a test that fails because of it is counted apart
 *     bundleTests.ts   the tests as plain JavaScript, which finds the source tree on wine's drive Z:
 *     buildServer.ts   esbuild for the tests, asked for by remoteEsbuild.cjs
 *     runTestFile.ts   one file of them, and what came of it
 *
 * It is not a part of `npm test`: wine is no Windows, and few have it.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packagePlatform } from '../package/packPlatform';
import { targetFor } from '../package/platforms';
import { unpackVsix } from '../package/vsix';
import { print } from '../print';
import { runCommand } from '../process/runCommand';
import { startBuildServer } from './buildServer';
import { bundleTests } from './bundleTests';
import { runTestFile, type FileResult, type TestsGiven } from './runTestFile';
import { findWindowsNode, type WindowsNode } from './windowsNode';

/** The modules whose unit tests are run, when they are there. */
const modules = ['common', 'http', 'download', 'cache', 'windows', 'runtime', 'cli'];

async function main(): Promise<number> {
  const { only, vsix, grep } = parseArgs({
    options: { only: { type: 'string' }, vsix: { type: 'string' }, grep: { type: 'string' } },
  }).values;
  const node = await findWindowsNode(print);
  if (typeof node === 'string') {
    print(node);
    return 1;
  }
  const wanted = only?.split(',') ?? modules;
  const lacks = await node.probe();
  print(`Windows' Node ${node.version} under wine. wine itself differs from Windows in:`);
  for (const [name, seen] of Object.entries(lacks)) print(`  ${name}: ${seen}`);
  const unpacked = wanted.some((each) => /^(?:runtime|cli)/.test(each))
    ? await unpackWindowsVsix(vsix)
    : '';
  // In memory where there is such a place, as the tests themselves have it on Linux: they flush thousands of tiny files.
  const place = existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
  const temporary = mkdtempSync(path.join(place, 'asr-wine-'));
  const builds = await startBuildServer();
  const given = {
    lacks: Object.keys(lacks),
    unpacked,
    temporary,
    buildUrl: builds.url,
    grep: grep ?? '',
  };
  const results: FileResult[] = [];
  try {
    results.push(...(await runUnitTests(node, wanted, given)));
  } finally {
    builds.close();
    await node.endAll();
    rmSync(temporary, { recursive: true, force: true });
  }
  const failed = results.flatMap((each) => each.failed.map((title) => `${each.file}: ${title}`));
  for (const title of failed) print(`FAILED ${title}`);
  const sum = (count: (result: FileResult) => number): string =>
    String(results.reduce((total, result) => total + count(result), 0));
  print(
    `\n${sum(({ passed }) => passed)} passed, ${String(failed.length)} failed, ` +
      `${sum(({ lacking }) => lacking.length)} need what wine lacks, ` +
      `${sum(({ skipped }) => skipped)} skipped, of ${String(results.length)} files`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** The VSIX for Windows as it is published, or the one that is named, unpacked as an editor does. */
async function unpackWindowsVsix(given: string | undefined): Promise<string> {
  const folder = path.resolve('out', 'wine', 'extension');
  await unpackVsix(given ?? (await packWindowsVsix()), folder);
  return folder;
}

async function packWindowsVsix(): Promise<string> {
  print('Packing the VSIX for win32-x64');
  await runCommand(process.execPath, ['esbuild.mjs', '--production']);
  return (await packagePlatform(targetFor('win32', 'x64'))).vsix;
}

async function runUnitTests(
  node: WindowsNode,
  wanted: readonly string[],
  given: TestsGiven,
): Promise<readonly FileResult[]> {
  const files = wanted.flatMap((each) => {
    const [module = '', name = ''] = each.split('/');
    const found = testFiles(path.join('test', 'unit', module));
    return found.filter((file) => path.basename(file).startsWith(name));
  });
  const bundles = await bundleTests(files);
  const results: FileResult[] = [];
  for (const [index, file] of files.entries()) {
    const result = await runTestFile(node, file, bundles[index] ?? '', given);
    results.push(result);
    const { passed, failed, skipped, lacking } = result;
    print(
      `${file}: ${String(passed)} passed, ${String(failed.length)} failed` +
        (lacking.length === 0 ? '' : `, ${String(lacking.length)} need what wine lacks`) +
        (skipped === 0 ? '' : `, ${String(skipped)} skipped`),
    );
    for (const title of failed) print(`  ${title}`);
  }
  return results;
}

function testFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.test\.tsx?$/.test(name))
      .sort()
      .map((name) => path.join(folder, name));
  } catch {
    // The module has no tests yet.
    return [];
  }
}

void main().then((code) => {
  process.exitCode = code;
});
