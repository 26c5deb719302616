/**
 * The integration suites: compiled, and run in a real extension host with the extension as its VSIX holds it, on the
 * oldest VS Code that the manifest admits and on the current one. The extension host is that of the desktop build where
 * there is one, else that of a VS Code server whose page is opened in Chromium. Both ways read the results from a file of
 * events (`testEvents.ts`) that the suites write.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { deferred } from '../../src/common/deferred';
import { packageExtension, unpackVsix } from '../package/vsix';
import { chromiumArguments, hidePage } from '../vscode/chromium';
import { extensionLogs } from '../vscode/extensionLogs';
import { fewBuiltinExtensions } from '../vscode/builtinExtensions';
import { startServer, writeMachineSettings } from '../vscode/serverProcess';
import { currentServer, floorServer, type ServerVersion } from '../vscode/serverVersions';
import { cleanEnvironment } from './cleanEnvironment';
import { ResultCollector } from './collectResults';
import type { EditorParts } from './editorParts';
import { followEvents } from './followEvents';
import type { Narrator } from './narrator';
import { eventsVariable } from './testEvents';
import { addResults, failure, noResults, type TestResults } from './testResults';
import type { Tier } from './tier';

/** Where the extension host runs: in the desktop build, in the server, or in the first of them that works here. */
export type Launcher = 'electron' | 'server' | 'either';

type Run = (
  version: ServerVersion,
  narrator: Narrator,
  signal: AbortSignal,
) => Promise<TestResults>;

/** The extension as its VSIX holds it. */
const unpackedFolder = path.resolve('out', 'package', 'unpacked');

/**
 * The folder of the compiled test module (`index.js`) and the suites. It is in the extension's folder, so that VS Code
 * gives them the `vscode` object of the extension, whose dialogs they answer.
 */
const integrationFolder = path.join(unpackedFolder, 'test');

/** An extension that uses the API of ours by its published types; it runs in the same hosts. */
const exampleSource = path.join('test', 'exampleExtension');
const exampleFolder = path.resolve('out', 'package', 'example');

const downloadSite = 'https://update.code.visualstudio.com/api/releases/stable';
const msToAnswer = 4_000;

/** The title of the failure that stands for the suites that did not run. */
const neverEnded = 'the suites run to their end';

/** Only a hang takes longer. */
const msForAllSuites = 40 * 60_000;
const msToOpen = 180_000;
const shownLogLines = 60;

/**
 * Runs the suites on the oldest and on the current VS Code. Two servers run at the same time: each is idle for a part of
 * its time.
 */
export function createIntegrationTier(launcher: Launcher, parts: EditorParts): Tier {
  let obstacle: Promise<string | undefined> | undefined;
  const whyNotDesktop = (): Promise<string | undefined> => (obstacle ??= whyNoElectron());
  const inServer: Run = async (version, narrator, signal) => {
    const results = await runIntegrationInServer(version, parts, narrator, signal);
    const [first] = results.failed;
    const began = results.passed.length > 0 || first?.title !== neverEnded;
    if (began || signal.aborted) return results;
    // The workbench gives its extension host 60 s to start, which a very busy machine may need.
    narrator.print(`No suite began (${first.message.split('\n', 1).join()}) Once more`);
    return runIntegrationInServer(version, parts, narrator, signal);
  };
  const both = async (run: Run, narrator: Narrator, signal: AbortSignal): Promise<TestResults> => {
    const runs = [floorServer, currentServer].map(async (version) => {
      const label = `[VS Code ${version.vscode}] `;
      return addResults(noResults, await run(version, narrator.labelled(label), signal), label);
    });
    return (await Promise.all(runs)).reduce((all, one) => addResults(all, one));
  };

  return {
    name: 'integration',
    async prepare() {
      if (launcher === 'electron') return;
      if (launcher === 'either' && (await whyNotDesktop()) === undefined) return;
      for (const version of [floorServer, currentServer]) parts.server(version).catch(ignore);
      parts.chromium().catch(ignore);
    },
    async run(narrator, signal) {
      await unpackVsix(await packageExtension(), unpackedFolder);
      await compileIntegrationSuites();
      await compileExample();
      const why = launcher === 'either' ? await whyNotDesktop() : undefined;
      if (launcher === 'server' || why !== undefined) {
        const reason = why === undefined ? '' : `, not the desktop build: ${why}`;
        narrator.print(`Extension host: the VS Code server from npm${reason}`);
        return both(inServer, narrator, signal);
      }
      narrator.print('Extension host: the desktop build, by @vscode/test-electron');
      const run = launcher === 'electron' ? onDesktop : onDesktopOr(inServer);
      return both(oneByOne(run), narrator, signal);
    },
  };
}

/** Two windows of the desktop build would take the focus from each other. */
function oneByOne(run: Run): Run {
  let before: Promise<unknown> = Promise.resolve();
  return (version, narrator, signal) => {
    const mine = before.then(() => run(version, narrator, signal));
    before = mine.catch(ignore);
    return mine;
  };
}

const onDesktop: Run = (version, narrator) =>
  runIntegrationInElectron(version === currentServer ? 'stable' : version.vscode, narrator);

/** When the desktop build can't be fetched or started, which is not the extension's error, the server is used. */
function onDesktopOr(inServer: Run): Run {
  return async (version, narrator, signal) => {
    try {
      return await onDesktop(version, narrator, signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      narrator.print(
        `The desktop build does not work here (${why}); the VS Code server takes its place`,
      );
      return inServer(version, narrator, signal);
    }
  };
}

/** For a promise whose rejection is handled where it is awaited. */
function ignore(): void {
  return undefined;
}

/** Compiles the integration tests: a bundle per suite, so that the extension host needs no TypeScript. */
async function compileIntegrationSuites(): Promise<void> {
  await rm(integrationFolder, { recursive: true, force: true });
  await build({
    entryPoints: ['test/integration/index.ts', 'test/integration/**/*.test.ts'],
    outbase: 'test/integration',
    outdir: integrationFolder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    // As the extension is bundled (esbuild.mjs).
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

/** Compiles the example of an extension that uses the API. */
async function compileExample(): Promise<void> {
  await rm(exampleFolder, { recursive: true, force: true });
  await build({
    entryPoints: [path.join(exampleSource, 'extension.ts')],
    outdir: exampleFolder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    external: ['vscode'],
    logLevel: 'warning',
  });
  await cp(path.join(exampleSource, 'package.json'), path.join(exampleFolder, 'package.json'));
}

/** Why the desktop build can't be used here, as half a sentence; undefined when it can. */
async function whyNoElectron(): Promise<string | undefined> {
  try {
    const answer = await fetch(downloadSite, { signal: AbortSignal.timeout(msToAnswer) });
    await answer.body?.cancel();
    if (!answer.ok) return `its download site answered ${answer.status}`;
  } catch {
    return "its download site can't be reached";
  }
  const headless = process.platform === 'linux' && process.env['DISPLAY'] === undefined;
  return headless ? 'there is no display to open it on (`xvfb-run npm test` makes one)' : undefined;
}

/**
 * Runs the compiled suites in the desktop build of VS Code, fetched by test-electron. `version` is a
 * release ("1.99.3") or "stable". Throws when VS Code can't be fetched, or ends before the suites do.
 */
async function runIntegrationInElectron(version: string, narrator: Narrator): Promise<TestResults> {
  // The terminal of an editor sets this, and VS Code would start as plain Node.
  delete process.env['ELECTRON_RUN_AS_NODE'];
  const vscodeExecutablePath = await downloadAndUnzipVSCode({
    version,
    cachePath: path.resolve('.vscode-test'),
  });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-electron-'));
  const eventsFile = path.join(folder, 'events.jsonl');
  const collector = new ResultCollector(narrator, 'files');
  const events = followEvents(eventsFile, (event) => collector.add(event));
  try {
    const ended = await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: [unpackedFolder, exampleFolder],
      extensionTestsPath: path.join(integrationFolder, 'index.js'),
      extensionTestsEnv: { ...cleanEnvironment(folder), [eventsVariable]: eventsFile },
      launchArgs: [
        '--disable-extensions',
        '--disable-workspace-trust',
        `--user-data-dir=${path.join(folder, 'data')}`,
      ],
    }).catch((error: unknown) => error);
    events.stop();
    if (collector.isComplete) return collector.results();
    throw new Error('VS Code ended before the suites did.', { cause: ended });
  } finally {
    events.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Runs the compiled suites in the extension host of a VS Code server, the way VS Code runs its own integration tests in
 * a browser: the address of the page names the test module, and the page reports the exit code.
 */
async function runIntegrationInServer(
  version: ServerVersion,
  parts: EditorParts,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<TestResults> {
  const installed = await parts.server(version);
  const executablePath = await parts.chromium();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-integration-'));
  const folders = {
    dataDir: path.join(folder, 'data'),
    extensionsDir: path.join(folder, 'extensions'),
  };
  const eventsFile = path.join(folder, 'events.jsonl');
  const collector = new ResultCollector(narrator, 'files');
  const events = followEvents(eventsFile, (event) => collector.add(event));
  await writeMachineSettings(folders.dataDir, {});
  // The address of the page can name one extension under development; the first start takes in what lies here.
  await cp(exampleFolder, path.join(folders.extensionsDir, 'example.asr-api-example-1.0.0'), {
    recursive: true,
  });
  const server = await startServer(installed, {
    builtinExtensionsDir: await fewBuiltinExtensions(installed, { withJson: true }),
    ...folders,
    smokeTestDriver: true,
    env: { ...cleanEnvironment(folder), [eventsVariable]: eventsFile },
  });
  const browser = await chromium.launch({ executablePath, args: chromiumArguments });
  try {
    const { exited, log } = await listenToTests(
      await browser.newPage(),
      testPageAddress(server.address),
      signal,
    );
    const problem = await exited;
    events.stop();
    const results = collector.results();
    if (!collector.isComplete) {
      const lastLines = log.slice(-shownLogLines).join('\n');
      return addResults(results, failure(neverEnded, `${problem}\n${lastLines}`));
    }
    for (const line of figures(log)) narrator.print(line);
    if (results.failed.length > 0)
      narrator.print(await extensionLogs(path.join(folders.dataDir, 'data', 'logs')));
    return results;
  } finally {
    events.stop();
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The lines with measurements that the suites print, without their prefix. */
function figures(log: readonly string[]): readonly string[] {
  const lines = log.flatMap((text) => text.split('\n'));
  return lines.flatMap((line) => /^FIGURES (.*)/.exec(line)?.[1] ?? []);
}

/** `log` fills with what the workbench and the suites print; `exited` resolves when the suites are over, with how they ended. */
async function listenToTests(
  page: Page,
  pageAddress: string,
  signal: AbortSignal,
): Promise<{ readonly exited: Promise<string>; readonly log: readonly string[] }> {
  const log: string[] = [];
  const outcome = deferred<string>();
  const timer = setTimeout(
    () => outcome.resolve('The suites did not end in time.'),
    msForAllSuites,
  );
  const stop = (): void => outcome.resolve('The run was ended from outside.');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  page.on('crash', () => outcome.resolve('The page of the workbench crashed.'));
  // Before the page is opened: the workbench checks for these functions only once.
  await page.exposeFunction('codeAutomationLog', (_type: string, args: readonly unknown[]) => {
    log.push(format(...args));
  });
  await page.exposeFunction('codeAutomationExit', (code: number) =>
    outcome.resolve(`The extension host ended with code ${code} and without results.`),
  );
  await page.addInitScript(hidePage);
  await page.goto(pageAddress, { timeout: msToOpen });
  const exited = outcome.promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  });
  return { exited, log };
}

/** An empty window (`ew`) is trusted; a folder would ask first. */
function testPageAddress(address: string): string {
  const remote = `vscode-remote://${new URL(address).host}`;
  const payload = [
    ['extensionDevelopmentPath', remote + unpackedFolder],
    ['extensionTestsPath', remote + path.join(integrationFolder, 'index.js')],
    ['skipWelcome', 'true'],
  ];
  return `${address}/?ew=true&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}
