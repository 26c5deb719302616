import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { cleanEnvironment } from './cleanEnvironment';
import { integrationFolder } from './integrationSuites';
import { failure, readResults, resultsVariable, type TestResults } from './testResults';

const downloadSite = 'https://update.code.visualstudio.com/api/releases/stable';
const msToAnswer = 4_000;

/** Why the desktop build can't be used here, as half a sentence; undefined when nothing speaks against it. */
export async function whyNoElectron(): Promise<string | undefined> {
  const headless = process.platform === 'linux' && process.env['DISPLAY'] === undefined;
  if (headless) return 'there is no display (no DISPLAY; `xvfb-run npm test` gives it one)';
  try {
    const answer = await fetch(downloadSite, { signal: AbortSignal.timeout(msToAnswer) });
    await answer.body?.cancel();
    return answer.ok ? undefined : `its download site answered ${answer.status}`;
  } catch {
    return 'its download site can’t be reached';
  }
}

/**
 * Runs the compiled integration suites in the desktop build of VS Code, fetched by test-electron. `version` is a
 * release ("1.99.3") or "stable".
 */
export async function runIntegrationInElectron(version: string): Promise<TestResults> {
  const vscodeExecutablePath = await downloadAndUnzipVSCode({
    version,
    cachePath: path.resolve('.vscode-test'),
  });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-electron-'));
  const resultsFile = path.join(folder, 'results.json');
  try {
    await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: path.resolve('.'),
      extensionTestsPath: path.join(integrationFolder, 'index.js'),
      extensionTestsEnv: { ...cleanEnvironment(folder), [resultsVariable]: resultsFile },
      launchArgs: [
        '--disable-extensions',
        '--disable-workspace-trust',
        `--user-data-dir=${path.join(folder, 'data')}`,
      ],
    }).catch(() => undefined);
    const results = await readResults(resultsFile);
    return results ?? failure('the suites run to their end', 'VS Code ended without results.');
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
