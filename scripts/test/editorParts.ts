import { ensureChromium } from '../vscode/chromium';
import { installServer, type InstalledServer } from '../vscode/serverInstall';
import type { ServerVersion } from '../vscode/serverVersions';

/** Where VS Code servers are kept between runs. */
const serverFolder = '.vscode-test';

/**
 * What the tests in an editor need: VS Code servers and Chromium, each fetched once, beside each other and beside the
 * tests that do without. What goes wrong is for those who wait for it, and for nobody else.
 */
export class EditorParts {
  private readonly servers = new Map<ServerVersion, Promise<InstalledServer>>();
  private browser: Promise<string> | undefined;

  /** The two functions that fetch are for tests. */
  constructor(
    private readonly print: (line: string) => void,
    private readonly fetchServer: typeof installServer = installServer,
    private readonly fetchChromium: typeof ensureChromium = ensureChromium,
  ) {}

  /** The server; fetched now when nobody asked before. */
  server(version: ServerVersion): Promise<InstalledServer> {
    const known = this.servers.get(version);
    if (known !== undefined) return known;
    const fetched = this.noting(`VS Code ${version.vscode}`, (print) =>
      this.fetchServer(version, serverFolder, print),
    );
    this.servers.set(version, fetched);
    return fetched;
  }

  /** The path of Chromium; fetched now when nobody asked before. */
  chromium(): Promise<string> {
    this.browser ??= this.noting('Chromium', (print) => this.fetchChromium(print));
    return this.browser;
  }

  /** Says when something that had to be fetched is there, and when it failed: the tier that needs it may be minutes away. */
  private noting<T>(
    name: string,
    fetch: (print: (line: string) => void) => Promise<T>,
  ): Promise<T> {
    const startMs = performance.now();
    let wasFetched = false;
    const fetched = fetch((line) => {
      wasFetched = true;
      this.print(line);
    });
    const after = (): string => `after ${((performance.now() - startMs) / 1000).toFixed(0)} s`;
    fetched.then(
      () => {
        if (wasFetched) this.print(`${name} is installed ${after()}`);
      },
      () =>
        this.print(
          `${name} could not be installed ${after()}; the tests that need it will say why`,
        ),
    );
    return fetched;
  }
}
