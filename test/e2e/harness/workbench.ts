import { rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { cleanEnvironment } from '../../../scripts/test/cleanEnvironment';
import { fewBuiltinExtensions } from '../../../scripts/vscode/builtinExtensions';
import { installServer, type InstalledServer } from '../../../scripts/vscode/serverInstall';
import {
  installExtension,
  startServer,
  writeMachineSettings,
  type RunningServer,
  type ServerFolders,
  type ServerOptions,
} from '../../../scripts/vscode/serverProcess';
import { currentServer } from '../../../scripts/vscode/serverVersions';
import { openBrowser, type BrowserOptions, type WorkbenchBrowser } from './browser';

export interface WorkbenchOptions extends BrowserOptions {
  /** The packaged extension. Default: the one that the test run packaged (`ASR_TEST_VSIX`). */
  readonly vsixPath?: string;
  /** More packaged extensions to install. */
  readonly otherVsixPaths?: readonly string[];
  /** Machine settings, as the extension's own `asr.…` ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The folder that the first window shows, which the person has not trusted yet. Default: an empty window. */
  readonly openFolder?: string;
  /** Changes the installed extensions, below the folder that it is given, before the editor starts. */
  readonly prepareExtensions?: (extensionsDir: string) => Promise<void>;
  /** Added to the environment of the server, and so of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A real VS Code with the packaged extension installed, and a browser that looks at it. */
export class Workbench {
  #server: RunningServer;
  #page: Page;

  private constructor(
    private readonly installed: InstalledServer,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly browser: WorkbenchBrowser,
    server: RunningServer,
    page: Page,
  ) {
    this.#server = server;
    this.#page = page;
  }

  /** Starts everything on free ports and in temporary folders. Call {@link dispose} at the end. */
  static async start(options: WorkbenchOptions = {}): Promise<Workbench> {
    const installed = await installServer(currentServer, '.vscode-test', quiet);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-workbench-'));
    const env = { ...cleanEnvironment(folder), ...options.env };
    const folders = foldersIn(folder);
    await writeMachineSettings(folders.dataDir, options.settings ?? {});
    await cp(await extensionsWith(installed, options), folders.extensionsDir, { recursive: true });
    await options.prepareExtensions?.(folders.extensionsDir);
    const server = await startForTests(installed, { ...folders, env });
    const browser = await openBrowser(options);
    const { openFolder } = options;
    const page = await browser.openWindow(
      openFolder === undefined ? emptyWindow(server) : folderWindow(server, openFolder),
    );
    return new Workbench(installed, folder, env, browser, server, page);
  }

  /** The first window. Another one after {@link restart}. */
  get page(): Page {
    return this.#page;
  }

  get address(): string {
    return this.#server.address;
  }

  /** The extension's `globalStorageUri`. */
  get globalStorage(): string {
    return path.join(this.userData, 'User', 'globalStorage', 'asr-tools.asr-model-manager');
  }

  /** Where the logs of the windows are kept. */
  get logs(): string {
    return path.join(this.userData, 'logs');
  }

  /** Opens another window of the same VS Code: an extension host of its own, the same global storage. */
  openWindow(): Promise<Page> {
    return this.browser.openWindow(emptyWindow(this.#server));
  }

  /**
   * Ends the server and all extension hosts, then starts it again on the same data and opens the first window again.
   * `whileClosed` runs meanwhile.
   */
  async restart(whileClosed?: () => Promise<void>): Promise<void> {
    await this.browser.closeWindows();
    const { port } = this.#server;
    await this.#server.stop();
    await whileClosed?.();
    // The same port, so that the browser's own storage (which belongs to the origin) is still there.
    const folders = foldersIn(this.folder);
    this.#server = await startForTests(this.installed, { ...folders, env: this.env, port });
    this.#page = await this.browser.openWindow(emptyWindow(this.#server));
  }

  /** Writes the machine settings again; the running server notices. */
  async writeSettings(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await writeMachineSettings(foldersIn(this.folder).dataDir, settings);
  }

  /** The person's own settings as they are on the disk; empty when none was ever changed. */
  async userSettings(): Promise<string> {
    return await readFile(path.join(this.userData, 'User', 'settings.json'), 'utf8').catch(
      () => '',
    );
  }

  async dispose(): Promise<void> {
    await this.browser.close();
    await this.#server.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private get userData(): string {
    return path.join(foldersIn(this.folder).dataDir, 'data');
  }
}

/** Folders in which extensions are installed, by the packages that they were installed from. */
const installedExtensions = new Map<string, Promise<string>>();

/** The folder in which the packaged extensions of a workbench are installed; to be copied. Made once in a process. */
async function extensionsWith(
  server: InstalledServer,
  { vsixPath = packagedExtension(), otherVsixPaths = [] }: WorkbenchOptions,
): Promise<string> {
  const packages = [vsixPath, ...otherVsixPaths];
  const key = packages.join('\n');
  const made = installedExtensions.get(key) ?? installInto(server, packages);
  installedExtensions.set(key, made);
  return await made;
}

async function installInto(server: InstalledServer, packages: readonly string[]): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-extensions-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const folders = foldersIn(folder);
  for (const vsix of packages) await installExtension(server, folders, vsix);
  return folders.extensionsDir;
}

async function startForTests(
  server: InstalledServer,
  options: ServerOptions,
): Promise<RunningServer> {
  const builtinExtensionsDir = await fewBuiltinExtensions(server);
  return await startServer(server, { ...options, builtinExtensionsDir });
}

/** An empty window is trusted; a folder would open in Restricted Mode first. */
function emptyWindow(server: RunningServer): string {
  return `${server.address}/?ew=true`;
}

function folderWindow(server: RunningServer, folder: string): string {
  return `${server.address}/?folder=${encodeURIComponent(folder)}`;
}

function packagedExtension(): string {
  const given = process.env['ASR_TEST_VSIX'];
  if (given === undefined) throw new Error('ASR_TEST_VSIX does not name the packaged extension.');
  return given;
}

function foldersIn(folder: string): ServerFolders {
  return { dataDir: path.join(folder, 'data'), extensionsDir: path.join(folder, 'extensions') };
}

function quiet(): void {
  // The test run has fetched everything already, and said so.
}
