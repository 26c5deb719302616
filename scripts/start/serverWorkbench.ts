import { createServer } from 'node:net';
import path from 'node:path';
import { packageExtension } from '../package/vsix';
import { installServer } from '../vscode/serverInstall';
import { installExtension, startServer, writePersonSettings } from '../vscode/serverProcess';
import { currentServer } from '../vscode/serverVersions';
import type { OpenedEditor } from './openedEditor';

export interface ServerWorkbenchOptions {
  /** For settings, extensions and models. */
  readonly folder: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Undefined: the usual one, or any free one when that is taken. */
  readonly port: number | undefined;
  readonly print: (line: string) => void;
}

const usualPort = 8100;

/** Opens the VS Code server with the packaged extension installed. What is done in it is kept for the next start. */
export async function openServer({
  folder,
  settings,
  port,
  print,
}: ServerWorkbenchOptions): Promise<OpenedEditor> {
  const folders = {
    dataDir: path.join(folder, 'data'),
    extensionsDir: path.join(folder, 'extensions'),
  };
  const freePort = await choosePort(port);
  print('Building the extension');
  const [installed, vsixPath] = await Promise.all([
    installServer(currentServer, '.vscode-test', print),
    packageExtension(),
  ]);
  await writePersonSettings(folders.dataDir, settings);
  await installExtension(installed, folders, vsixPath);
  const server = await startServer(installed, { ...folders, port: freePort });
  return {
    where: `${server.address}/?ew=true`,
    closed: server.process.exited,
    stop: () => server.stop(),
  };
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return (await isFree(usualPort)) ? usualPort : 0;
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535)
    throw new RangeError('--port takes a number from 0 to 65535.');
  if (await isFree(wanted)) return wanted;
  throw new Error(`Port ${wanted} is taken by another program. Choose another with --port.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => resolve(true));
    });
  });
}
