import { readdirSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { packageExtension, packageUniversal, universalVariable } from '../package/vsix';
import { currentServer } from '../vscode/serverVersions';
import { buildTier } from './buildTier';
import { EditorParts } from './editorParts';
import { createIntegrationTier, type Launcher } from './integrationTier';
import { lintTier } from './lintTier';
import { modelsTier } from './modelsTier';
import { runMocha } from './runMocha';
import type { Stage } from './runTiers';
import { withSecondRun } from './secondRun';
import type { TestResults } from './testResults';
import type { Tier } from './tier';

/** Plain mocha: no VS Code, no bundle. A file at a time on each core: each test has its own folders and ports. */
const unitTier: Tier = {
  name: 'unit',
  run: (narrator, signal) => {
    const jobs = String(Math.max(2, availableParallelism()));
    const args = ['--parallel', '--jobs', jobs, 'test/unit/**/*.test.{ts,tsx}'];
    return runMocha(args, { narrator, signal, detail: 'files' });
  },
};

/** The files of journeys that take longest, longest first: one that began last would keep a core without work at the end. */
const longestFirst = [
  ...['editorRestart', 'panelFaces', 'twoWindows', 'speech', 'panelLanguages', 'panel', 'editor'],
  ...['editorSigns', 'speechFailures'],
];

function journeyFiles(): readonly string[] {
  const names = readdirSync('test/e2e').filter((name) => name.endsWith('.test.ts'));
  const rank = (name: string): number => {
    const at = longestFirst.indexOf(path.basename(name, '.test.ts'));
    return at < 0 ? longestFirst.length : at;
  };
  return names
    .toSorted((a, b) => rank(a) - rank(b))
    .map((name) => path.posix.join('test/e2e', name));
}

/**
 * A person's journeys in a real workbench, with the packaged extension installed. Each file has a server and folders of
 * its own. As many run side by side as there are cores: opening one window keeps more than one core busy. A browser, a
 * server and an extension host on a busy machine are not always in time: a file that fails has a second run, and says so.
 */
function createE2eTier(parts: EditorParts): Tier {
  return {
    name: 'e2e',
    prepare() {
      // The tier that awaits it gets a failure.
      Promise.all([parts.server(currentServer), parts.chromium()]).catch(() => undefined);
    },
    async run(narrator, signal) {
      await Promise.all([parts.server(currentServer), parts.chromium()]);
      const jobs = String(Math.max(2, availableParallelism()));
      const env = {
        ASR_TEST_VSIX: await ownCopy(await packageExtension()),
        // From the same bundles, before a journey of `npm start` builds them again.
        [universalVariable]: await packageUniversal(),
      };
      const run = (args: readonly string[]): Promise<TestResults> =>
        runMocha(['--config', 'test/e2e/.mocharc.json', ...args], {
          narrator,
          signal,
          detail: 'tests',
          env,
        });
      const results = await run(['--parallel', '--jobs', jobs, ...journeyFiles()]);
      return signal.aborted ? results : withSecondRun(results, run, narrator.print);
    },
  };
}

/** The journey of `npm start` packages the extension again while others install it. */
async function ownCopy(vsixPath: string): Promise<string> {
  const copy = path.resolve('out', 'journeys', path.basename(vsixPath));
  await mkdir(path.dirname(copy), { recursive: true });
  await copyFile(vsixPath, copy);
  return copy;
}

/**
 * Every tier, the quick ones first. Those of a stage run side by side: the suites in the extension host wait for a part
 * of their time, and so does the linter at its end, when one of its programs is left. The journeys run alone: two at a
 * time they keep two cores busy, and on a busier machine they are not in time.
 */
export function createStages(launcher: Launcher, print: (line: string) => void): readonly Stage[] {
  const parts = new EditorParts(print);
  return [
    [lintTier, unitTier],
    // One engine with one thread, while the bundles are made and the extension hosts wait.
    [buildTier, modelsTier, createIntegrationTier(launcher, parts)],
    [createE2eTier(parts)],
  ];
}
