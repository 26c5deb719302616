import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { deferred } from '../../src/common/deferred';
import { chromiumArguments } from '../vscode/chromium';
import { extensionLogs } from '../vscode/extensionLogs';
import { fewBuiltinExtensions } from '../vscode/builtinExtensions';
import { startServer, writeMachineSettings } from '../vscode/serverProcess';
import type { ServerVersion } from '../vscode/serverVersions';
import { cleanEnvironment } from './cleanEnvironment';
import { ResultCollector } from './collectResults';
import type { EditorParts } from './editorParts';
import { followEvents } from './followEvents';
import { integrationFolder, unpackedFolder } from './integrationSuites';
import type { Narrator } from './narrator';
import { eventsVariable } from './testEvents';
import { addResults, failure, type TestResults } from './testResults';

/** The title of the failure that stands for the suites that did not run. */
export const neverEnded = 'the suites run to their end';

/** Only a hang takes as long. */
const msForAllSuites = 40 * 60_000;
const msToOpen = 180_000;
const shownLogLines = 60;

/**
 * Runs the compiled integration suites in the extension host of a VS Code server, the way VS Code runs its own
 * integration tests in a browser: a page hands the test module over and hears the exit code.
 */
export async function runIntegrationInServer(
  version: ServerVersion,
  parts: EditorParts,
  told: Narrator,
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
  const collector = new ResultCollector(told, 'files');
  const events = followEvents(eventsFile, (event) => collector.add(event));
  await writeMachineSettings(folders.dataDir, {});
  const server = await startServer(installed, {
    builtinExtensionsDir: await fewBuiltinExtensions(installed),
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
    for (const line of figures(log)) told.print(line);
    if (results.failed.length > 0)
      told.print(await extensionLogs(path.join(folders.dataDir, 'data', 'logs')));
    return results;
  } finally {
    events.stop();
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What the suites measured and want to be read, without the mark that they put before each line. */
function figures(log: readonly string[]): readonly string[] {
  const lines = log.flatMap((text) => text.split('\n'));
  return lines.flatMap((line) => /^FIGURES (.*)/.exec(line)?.[1] ?? []);
}

/** `log` fills with what the workbench and the suites print; `exited` says, when all is over, how it ended. */
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
  // Before the page is opened: the workbench looks for these functions only once.
  await page.exposeFunction('codeAutomationLog', (_type: string, args: readonly unknown[]) => {
    log.push(format(...args));
  });
  await page.exposeFunction('codeAutomationExit', (code: number) =>
    outcome.resolve(`The extension host ended with code ${code} and without results.`),
  );
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
