import { unpackVsix } from '../package/unpackVsix';
import { packageExtension } from '../package/vsix';
import { currentServer, floorServer, type ServerVersion } from '../vscode/serverVersions';
import { runIntegrationInElectron, whyNoElectron } from './integrationInElectron';
import { runIntegrationInServer } from './integrationInServer';
import { compileIntegrationSuites, unpackedFolder } from './integrationSuites';
import type { Narrator } from './narrator';
import { addResults, noResults, type TestResults } from './testResults';
import type { Tier } from './tier';

/** What starts the extension host: the desktop build, the server, or the first of them that works here. */
export type Launcher = 'electron' | 'server' | 'either';

type Run = (version: ServerVersion, told: Narrator, signal: AbortSignal) => Promise<TestResults>;

/**
 * The suites in a real extension host, on the oldest VS Code that the manifest admits and on the current one, with
 * the extension as its VSIX holds it.
 */
export function createIntegrationTier(launcher: Launcher): Tier {
  return {
    name: 'integration',
    async run(told, signal) {
      await unpackVsix(await packageExtension(), unpackedFolder);
      await compileIntegrationSuites();
      const run = await chooseRun(launcher, told.print);
      let all = noResults;
      for (const version of [floorServer, currentServer]) {
        const label = `[VS Code ${version.vscode}] `;
        all = addResults(all, await run(version, told.labelled(label), signal), label);
      }
      return all;
    },
  };
}

async function chooseRun(launcher: Launcher, print: (line: string) => void): Promise<Run> {
  const obstacle = launcher === 'either' ? await whyNoElectron() : undefined;
  if (obstacle !== undefined) {
    print(`Extension host: the VS Code server from npm, not the desktop build: ${obstacle}`);
    return runIntegrationInServer;
  }
  if (launcher === 'server') {
    print('Extension host: the VS Code server from npm');
    return runIntegrationInServer;
  }
  print('Extension host: the desktop build, by @vscode/test-electron');
  return launcher === 'electron' ? runOnDesktop : runOnDesktopOrServer;
}

function runOnDesktop(version: ServerVersion, told: Narrator): Promise<TestResults> {
  const release = version === currentServer ? 'stable' : version.vscode;
  return runIntegrationInElectron(release, told);
}

/** A desktop build that can't be fetched or started says nothing about us: the server takes its place. */
async function runOnDesktopOrServer(
  version: ServerVersion,
  told: Narrator,
  signal: AbortSignal,
): Promise<TestResults> {
  try {
    return await runOnDesktop(version, told);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    told.print(`The desktop build does not work here (${why}); the VS Code server takes its place`);
    return runIntegrationInServer(version, told, signal);
  }
}

export const integrationTier = createIntegrationTier('either');
