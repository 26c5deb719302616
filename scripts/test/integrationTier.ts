import { runCommand } from '../process/runCommand';
import { currentServer, floorServer } from '../vscode/serverVersions';
import { runIntegrationInElectron, whyNoElectron } from './integrationInElectron';
import { runIntegrationInServer } from './integrationInServer';
import { compileIntegrationSuites } from './integrationSuites';
import { addResults, noResults } from './testResults';
import type { Tier } from './tier';

/** Which launcher starts the extension host: the desktop build, the server, or the first of them that works here. */
export type Launcher = 'electron' | 'server' | 'either';

/**
 * The suites in a real extension host, on the oldest VS Code that the manifest admits and on the current one. A
 * desktop build that can't even be fetched or started says nothing about us; then the server takes its place.
 */
export function createIntegrationTier(launcher: Launcher): Tier {
  return {
    name: 'integration',
    async run(print) {
      await runCommand(process.execPath, ['esbuild.mjs', '--production']);
      await compileIntegrationSuites();
      const obstacle = launcher === 'either' ? await whyNoElectron() : undefined;
      const inServer = launcher === 'server' || obstacle !== undefined;
      print(
        inServer
          ? `Extension host: the VS Code server from npm${obstacle === undefined ? '' : `, not the desktop build: ${obstacle}`}`
          : 'Extension host: the desktop build, by @vscode/test-electron',
      );
      let all = noResults;
      for (const version of [floorServer, currentServer]) {
        const { vscode } = version;
        const results = inServer
          ? await runIntegrationInServer(version, print)
          : await runIntegrationInElectron(version === currentServer ? 'stable' : vscode);
        all = addResults(all, results, `[VS Code ${vscode}] `);
      }
      return all;
    },
  };
}

export const integrationTier = createIntegrationTier('either');
