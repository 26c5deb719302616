import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../process/runCommand';
import { startLeashed, type LeashedProcess } from '../process/leashedProcess';
import type { InstalledServer } from './serverInstall';

/** The folders of one VS Code server: what a person would call their VS Code. */
export interface ServerFolders {
  /** `--server-data-dir`: settings, global storage, logs. */
  readonly dataDir: string;
  readonly extensionsDir: string;
}

export interface ServerOptions extends ServerFolders {
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Where the editor's own extensions lie. Default: the server's. */
  readonly builtinExtensionsDir?: string;
  /** Lets a page hand over a test module; with it notification toasts never show. */
  readonly smokeTestDriver?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface RunningServer {
  /** Where a browser finds the workbench, without a slash at the end. */
  readonly address: string;
  readonly port: number;
  readonly process: LeashedProcess;
  stop(): Promise<void>;
}

/** Only a hang takes as long. */
const msToStart = 180_000;

/** Starts a VS Code server on loopback and waits until it listens. */
export async function startServer(
  server: InstalledServer,
  options: ServerOptions,
): Promise<RunningServer> {
  const { dataDir, extensionsDir, port = 0, builtinExtensionsDir, env = {} } = options;
  await mkdir(extensionsDir, { recursive: true });
  const process = startLeashed(
    server.nodePath,
    [
      server.mainPath,
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...['--accept-server-license-terms', '--telemetry-level', 'off'],
      ...['--server-data-dir', dataDir, '--extensions-dir', extensionsDir],
      ...(builtinExtensionsDir === undefined
        ? []
        : ['--builtin-extensions-dir', builtinExtensionsDir]),
      ...(options.smokeTestDriver === true ? ['--enable-smoke-test-driver'] : []),
    ],
    { env: { ...quietEnvironment, ...env } },
  );
  try {
    const listening = /Extension host agent listening on (\d+)/;
    const [, listeningPort] = await process.waitForLine(listening, msToStart);
    return {
      address: `http://127.0.0.1:${String(listeningPort)}`,
      port: Number(listeningPort),
      process,
      stop: () => process.stop(),
    };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

/** Installs a VSIX into the folders of a server. */
export async function installExtension(
  server: InstalledServer,
  { dataDir, extensionsDir }: ServerFolders,
  vsixPath: string,
): Promise<void> {
  await runCommand(
    server.nodePath,
    [
      server.mainPath,
      ...['--install-extension', vsixPath, '--force', '--accept-server-license-terms'],
      ...['--server-data-dir', dataDir, '--extensions-dir', extensionsDir],
    ],
    { env: quietEnvironment },
  );
}

/** Writes the machine settings of a server that tests use, over those that are the same for every test. */
export async function writeMachineSettings(
  dataDir: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  await writePersonSettings(dataDir, { ...sparingSettings, ...settings });
}

/** Writes the machine settings of a server that a person uses: none but the calm ones go before `settings`. */
export async function writePersonSettings(
  dataDir: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const folder = path.join(dataDir, 'data', 'Machine');
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'settings.json'),
    JSON.stringify({ ...calmSettings, ...settings }, undefined, 2),
  );
}

/** A chat side bar would take the keyboard focus; the rest keeps the window as a person leaves it. */
const calmSettings = {
  'chat.disableAIFeatures': true,
  'workbench.startupEditor': 'none',
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
};

/** Spares the work of the editor that no test looks at. */
const sparingSettings = {
  'extensions.autoCheckUpdates': false,
  'git.enabled': false,
  'npm.autoDetect': 'off',
  // The watch of new ports looks at every process of the machine, every few seconds.
  'remote.autoForwardPorts': false,
  // A caret that blinks is drawn twice a second, in each window.
  'editor.cursorBlinking': 'solid',
};

/**
 * Variables that an editor which runs this command in its own terminal would pass on, and that would change the
 * outcome.
 */
const quietEnvironment: Readonly<Record<string, undefined>> = {
  ELECTRON_RUN_AS_NODE: undefined,
  NODE_OPTIONS: undefined,
  VSCODE_IPC_HOOK_CLI: undefined,
  VSCODE_AGENT_FOLDER: undefined,
};
