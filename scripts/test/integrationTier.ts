import { unpackVsix } from '../package/unpackVsix';
import { packageExtension } from '../package/vsix';
import { currentServer, floorServer, type ServerVersion } from '../vscode/serverVersions';
import type { EditorParts } from './editorParts';
import { runIntegrationInElectron, whyNoElectron } from './integrationInElectron';
import { neverEnded, runIntegrationInServer } from './integrationInServer';
import { compileIntegrationSuites, unpackedFolder } from './integrationSuites';
import type { Narrator } from './narrator';
import { addResults, noResults, type TestResults } from './testResults';
import type { Tier } from './tier';

/** What starts the extension host: the desktop build, the server, or the first of them that works here. */
export type Launcher = 'electron' | 'server' | 'either';

type Run = (version: ServerVersion, told: Narrator, signal: AbortSignal) => Promise<TestResults>;

/**
 * The suites in a real extension host, on the oldest VS Code that the manifest admits and on the current one, with
 * the extension as its VSIX holds it. Two servers run side by side: each waits for a part of its time.
 */
export function createIntegrationTier(launcher: Launcher, parts: EditorParts): Tier {
  let obstacle: Promise<string | undefined> | undefined;
  const whyNotDesktop = (): Promise<string | undefined> => (obstacle ??= whyNoElectron());
  const inServer: Run = async (version, told, signal) => {
    const results = await runIntegrationInServer(version, parts, told, signal);
    const [first] = results.failed;
    const began = results.passed.length > 0 || first?.title !== neverEnded;
    if (began || signal.aborted) return results;
    // The workbench gives its extension host 60 s to start, which a very busy machine may need.
    told.print(`No suite began (${first.message.split('\n', 1).join()}) Once more`);
    return runIntegrationInServer(version, parts, told, signal);
  };
  const both = async (run: Run, told: Narrator, signal: AbortSignal): Promise<TestResults> => {
    const runs = [floorServer, currentServer].map(async (version) => {
      const label = `[VS Code ${version.vscode}] `;
      return addResults(noResults, await run(version, told.labelled(label), signal), label);
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
    async run(told, signal) {
      await unpackVsix(await packageExtension(), unpackedFolder);
      await compileIntegrationSuites();
      const why = launcher === 'either' ? await whyNotDesktop() : undefined;
      if (launcher === 'server' || why !== undefined) {
        const reason = why === undefined ? '' : `, not the desktop build: ${why}`;
        told.print(`Extension host: the VS Code server from npm${reason}`);
        return both(inServer, told, signal);
      }
      told.print('Extension host: the desktop build, by @vscode/test-electron');
      const run = launcher === 'electron' ? onDesktop : onDesktopOr(inServer);
      return both(oneByOne(run), told, signal);
    },
  };
}

/** Two windows of the desktop would take the keyboard from each other. */
function oneByOne(run: Run): Run {
  let before: Promise<unknown> = Promise.resolve();
  return (version, told, signal) => {
    const mine = before.then(() => run(version, told, signal));
    before = mine.catch(ignore);
    return mine;
  };
}

const onDesktop: Run = (version, told) =>
  runIntegrationInElectron(version === currentServer ? 'stable' : version.vscode, told);

/** A desktop build that can't be fetched or started says nothing about us: the server takes its place. */
function onDesktopOr(inServer: Run): Run {
  return async (version, told, signal) => {
    try {
      return await onDesktop(version, told, signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      told.print(
        `The desktop build does not work here (${why}); the VS Code server takes its place`,
      );
      return inServer(version, told, signal);
    }
  };
}

/** Who waits for it hears of it. */
function ignore(): void {
  return undefined;
}
