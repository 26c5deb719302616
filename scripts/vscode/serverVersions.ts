/** One release of the VS Code server as the npm package `code-server` carries it. */
export interface ServerVersion {
  /** Version of the npm package `code-server`. */
  readonly codeServer: string;
  /** Version of VS Code inside. */
  readonly vscode: string;
  /** Version (or range) of the npm packages `node-<platform>-<arch>`: the Node that this release needs. */
  readonly node: string;
  /** The native modules that it needs to start; the other ones aren't compiled. */
  readonly nativeModules: readonly string[];
}

/** A current release; `npm start` and the end-to-end tests use it. */
export const currentServer: ServerVersion = {
  codeServer: '4.139.1',
  vscode: '1.139.1',
  node: '24',
  nativeModules: ['@vscode/spdlog', '@vscode/native-watchdog'],
};

/** The oldest VS Code that `engines.vscode` in package.json admits. */
export const floorServer: ServerVersion = {
  codeServer: '4.99.4',
  vscode: '1.99.3',
  node: '20.19',
  nativeModules: ['@vscode/spdlog', 'native-watchdog'],
};
