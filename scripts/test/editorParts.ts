import { ensureChromium } from '../vscode/chromium';
import { installServer, type InstalledServer } from '../vscode/serverInstall';
import type { ServerVersion } from '../vscode/serverVersions';

/** The folder of the VS Code servers, which are kept between runs. */
const serverFolder = '.vscode-test';

/**
 * The VS Code servers and Chromium that the tests in an editor need. Each is fetched once, at the same time as the others
 * and while the tiers without an editor run. An error rejects only for the callers that wait for that part.
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

  /** The server; the first call fetches it. */
  server(version: ServerVersion): Promise<InstalledServer> {
    const known = this.servers.get(version);
    if (known !== undefined) return known;
    const fetched = this.announcing(`VS Code ${version.vscode}`, (print) =>
      this.fetchServer(version, serverFolder, print),
    );
    this.servers.set(version, fetched);
    return fetched;
  }

  /** The path of Chromium; the first call fetches it. */
  chromium(): Promise<string> {
    this.browser ??= this.announcing('Chromium', (print) => this.fetchChromium(print));
    return this.browser;
  }

  /** Prints when a part that had to be fetched is installed or failed: the tier that needs it may begin minutes later. */
  private announcing<T>(
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
