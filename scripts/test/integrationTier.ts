import { unpackVsix } from '../package/unpackVsix';
import { packageExtension } from '../package/vsix';
import { currentServer, floorServer, type ServerVersion } from '../vscode/serverVersions';
import { runIntegrationInElectron, whyNoElectron } from './integrationInElectron';
import { runIntegrationInServer } from './integrationInServer';
import { compileIntegrationSuites, unpackedFolder } from './integrationSuites';
import { addResults, noResults, type TestResults } from './testResults';
import type { Tier } from './tier';

/** What starts the extension host: the desktop build, the server, or the first of them that works here. */
export type Launcher = 'electron' | 'server' | 'either';

type Print = (line: string) => void;
type Run = (version: ServerVersion, print: Print) => Promise<TestResults>;

/**
 * The suites in a real extension host, on the oldest VS Code that the manifest admits and on the current one, with
 * the extension as its VSIX holds it.
 */
export function createIntegrationTier(launcher: Launcher): Tier {
  return {
    name: 'integration',
    async run(print) {
      await unpackVsix(await packageExtension(), unpackedFolder);
      await compileIntegrationSuites();
      const run = await chooseRun(launcher, print);
      let all = noResults;
      for (const version of [floorServer, currentServer]) {
        all = addResults(all, await run(version, print), `[VS Code ${version.vscode}] `);
      }
      return all;
    },
  };
}

async function chooseRun(launcher: Launcher, print: Print): Promise<Run> {
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

function runOnDesktop(version: ServerVersion): Promise<TestResults> {
  const release = version === currentServer ? 'stable' : version.vscode;
  return runIntegrationInElectron(release);
}

/** A desktop build that can't be fetched or started says nothing about us: the server takes its place. */
async function runOnDesktopOrServer(version: ServerVersion, print: Print): Promise<TestResults> {
  try {
    return await runOnDesktop(version);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    print(`The desktop build does not work here (${why}); the VS Code server takes its place`);
    return runIntegrationInServer(version, print);
  }
}

export const integrationTier = createIntegrationTier('either');
