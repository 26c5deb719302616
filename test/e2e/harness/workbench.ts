import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { cleanEnvironment } from '../../../scripts/test/cleanEnvironment';
import { chromiumArguments, ensureChromium } from '../../../scripts/vscode/chromium';
import { installServer, type InstalledServer } from '../../../scripts/vscode/serverInstall';
import {
  installExtension,
  startServer,
  writeMachineSettings,
  type RunningServer,
} from '../../../scripts/vscode/serverProcess';
import { currentServer } from '../../../scripts/vscode/serverVersions';

export interface WorkbenchOptions {
  /** The packaged extension. Default: the one that the test run packaged (`ASR_TEST_VSIX`). */
  readonly vsixPath?: string;
  /** Machine settings, as the extension's own `asr.…` ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server, and so of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: 1280 × 800. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** A real VS Code with the packaged extension installed, and a browser that looks at it. */
export class Workbench {
  #server: RunningServer;
  #page: Page;

  private constructor(
    private readonly installed: InstalledServer,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly browser: Browser,
    private readonly context: BrowserContext,
    server: RunningServer,
    page: Page,
  ) {
    this.#server = server;
    this.#page = page;
  }

  /** Starts everything on free ports and in temporary folders. Call {@link dispose} at the end. */
  static async start(options: WorkbenchOptions = {}): Promise<Workbench> {
    const installed = await installServer(currentServer, path.resolve('.vscode-test'), quiet);
    const executablePath = await ensureChromium(quiet);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-workbench-'));
    const env = { ...cleanEnvironment(folder), ...options.env };
    const folders = foldersIn(folder);
    await writeMachineSettings(folders.dataDir, options.settings ?? {});
    await installExtension(installed, folders, options.vsixPath ?? packagedExtension());
    const server = await startServer(installed, { ...folders, env });
    const browser = await chromium.launch({ executablePath, args: chromiumArguments });
    const context = await browser.newContext({
      reducedMotion: 'reduce',
      viewport: options.size ?? { width: 1280, height: 800 },
    });
    const page = await openWindow(context, server);
    return new Workbench(installed, folder, env, browser, context, server, page);
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
    return openWindow(this.context, this.#server);
  }

  /** Ends the server and all extension hosts, then starts it again on the same data and opens the first window anew. */
  async restart(): Promise<void> {
    for (const page of this.context.pages()) await page.close();
    const { port } = this.#server;
    await this.#server.stop();
    // The same port, so that the browser's own storage (which belongs to the origin) is still there.
    const folders = foldersIn(this.folder);
    this.#server = await startServer(this.installed, { ...folders, env: this.env, port });
    this.#page = await openWindow(this.context, this.#server);
  }

  /** Writes the machine settings again; the running server notices. */
  async writeSettings(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await writeMachineSettings(foldersIn(this.folder).dataDir, settings);
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

async function openWindow(context: BrowserContext, server: RunningServer): Promise<Page> {
  const page = await context.newPage();
  // An empty window is trusted; a folder would open in Restricted Mode first.
  await page.goto(`${server.address}/?ew=true`);
  await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: 60_000 });
  return page;
}

function packagedExtension(): string {
  const given = process.env['ASR_TEST_VSIX'];
  if (given === undefined) throw new Error('ASR_TEST_VSIX does not name the packaged extension.');
  return given;
}

function foldersIn(folder: string): { dataDir: string; extensionsDir: string } {
  return { dataDir: path.join(folder, 'data'), extensionsDir: path.join(folder, 'extensions') };
}

function quiet(): void {
  // The test run has fetched everything already, and said so.
}
