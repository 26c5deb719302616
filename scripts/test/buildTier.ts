import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { listFiles } from '@vscode/vsce';
import { parseJson } from '../../src/common/json';
import { relativeLinks } from '../package/addresses';
import { budgetLine, budgetProblems, measure } from '../package/budgets';
import { licencesOf, noticesProblems } from '../package/notices';
import { packageNames } from '../package/stage';
import { storeProblems } from '../package/storeProblems';
import { packageExtension, stagedFolder, textInVsix } from '../package/vsix';
import { CommandFailed, runCommand } from '../process/runCommand';
import { addResults, failure, noResults, type TestResults } from './testResults';
import type { Tier } from './tier';

const allowed =
  /^(package\.json|package\.nls[\w.-]*\.json|README\.md|CHANGELOG\.md|LICENSE[\w.]*|THIRD-PARTY-NOTICES\.txt|asr-model-api\.d\.ts|docs\/(api|networks|settings|troubleshooting)\.md|SECURITY\.md|(l10n|media)\/.+|dist\/(webview\/)?[\w.-]+\.(js|css)|dist\/catalog\/.+|node_modules\/(sherpa-onnx|@fugood\/node-whisper|@?transcribe-cpp|@koromix\/koffi|koffi)[\w-]*\/.+)$/;

/** Builds the bundles and the VSIX, and checks their contents. */
export const buildTier: Tier = {
  name: 'build',
  async run(narrator) {
    const vsix = await packageExtension();
    const files = await listFiles({ cwd: stagedFolder });
    const bundles = files.filter((file) => /^dist\/[^/]+\.js$/.test(file));
    const measured = await measure(stagedFolder, vsix, files);
    for (const one of measured) narrator.print(`  ${budgetLine(one)}`);
    const checks = [
      check('the package holds nothing but what the allow list names', () =>
        files.filter((file) => !allowed.test(file)),
      ),
      check('every file that the manifest names is in the package', async () =>
        (await filesOfManifest()).filter((file) => !files.includes(file)),
      ),
      check('no store would refuse what is staged', () => storeProblems(stagedFolder)),
      check('the README and the changelog in the package lead to whole addresses', async () => {
        const texts = await Promise.all(
          ['readme.md', 'changelog.md'].map((name) => textInVsix(vsix, name)),
        );
        return texts.flatMap((text) => (text === undefined ? ['missing'] : relativeLinks(text)));
      }),
      check('the notices name exactly what is bundled, and all that is shipped', async () => {
        const modules = path.join(stagedFolder, 'node_modules');
        return noticesProblems(
          await readFile('THIRD-PARTY-NOTICES.txt', 'utf8'),
          await licencesOf(bundledPackages(), 'node_modules'),
          await licencesOf(await packageNames(modules), modules),
        );
      }),
      check('no bundle names a folder of this machine', () => {
        const here = process.cwd();
        return containing(bundles, (text) => text.includes(here));
      }),
      check('the core loads in plain Node', () => problemsOfLoading('dist/core.js')),
      check('no bundle, and no package, is over its budget', () => budgetProblems(measured, files)),
      check('undici lies in a bundle of its own', () =>
        containing(
          bundles.filter((file) => file !== 'dist/undiciTransport.js'),
          (text) => text.includes('undici.globalDispatcher'),
        ),
      ),
    ];
    const results = (await Promise.all(checks)).reduce(
      (all, one) => addResults(all, one),
      noResults,
    );
    for (const title of results.passed) narrator.print(`  ok       ${title}`);
    return results;
  },
};

/** As the build has written them. */
function bundledPackages(): readonly string[] {
  const names = parseJson(readFileSync(path.join('out', 'bundledPackages.json'), 'utf8'));
  return Array.isArray(names) ? names.map(String) : [];
}

/** One test: passes when `findOffenders` finds none. */
async function check(
  title: string,
  findOffenders: () => readonly string[] | Promise<readonly string[]>,
): Promise<TestResults> {
  const offenders = await findOffenders();
  if (offenders.length > 0) return failure(title, offenders.join('\n'));
  return { ...noResults, passed: [title] };
}

/** The error of loading a bundle in plain Node, such as for a file that was not bundled. */
async function problemsOfLoading(bundle: string): Promise<string[]> {
  try {
    await runCommand(process.execPath, ['--eval', `require('./${bundle}')`]);
    return [];
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return [error.message];
  }
}

async function containing(
  files: readonly string[],
  matches: (text: string) => boolean,
): Promise<string[]> {
  const texts = await Promise.all(
    files.map((file) => readFile(path.join(stagedFolder, file), 'utf8')),
  );
  return files.filter((_file, index) => matches(texts[index] ?? ''));
}

/** The paths in package.json that are relative to it: its main file, icons, walkthrough media. */
async function filesOfManifest(): Promise<string[]> {
  const manifest = await readFile('package.json', 'utf8');
  const found = [...manifest.matchAll(/"((?:\.\/)?(?:dist|media)\/[^"]+)"/g)];
  return found.flatMap(([, file]) => (file === undefined ? [] : path.posix.normalize(file)));
}
