import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { cleanEnvironment } from './cleanEnvironment';
import { integrationFolder, unpackedFolder } from './integrationSuites';
import { ResultCollector } from './collectResults';
import { followEvents } from './followEvents';
import type { Narrator } from './narrator';
import { eventsVariable } from './testEvents';
import type { TestResults } from './testResults';

const downloadSite = 'https://update.code.visualstudio.com/api/releases/stable';
const msToAnswer = 4_000;

/** Why the desktop build can't be used here, as half a sentence; undefined when nothing speaks against it. */
export async function whyNoElectron(): Promise<string | undefined> {
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
 * Runs the compiled integration suites in the desktop build of VS Code, fetched by test-electron. `version` is a
 * release ("1.99.3") or "stable". Throws when VS Code can't be fetched, or ends before the suites do.
 */
export async function runIntegrationInElectron(
  version: string,
  told: Narrator,
): Promise<TestResults> {
  // Its first process must not be told that it is Node, as it is when an editor's terminal runs this.
  delete process.env['ELECTRON_RUN_AS_NODE'];
  const vscodeExecutablePath = await downloadAndUnzipVSCode({
    version,
    cachePath: path.resolve('.vscode-test'),
  });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-electron-'));
  const eventsFile = path.join(folder, 'events.jsonl');
  const collector = new ResultCollector(told, 'files');
  const events = followEvents(eventsFile, (event) => collector.add(event));
  try {
    const ended = await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: unpackedFolder,
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
