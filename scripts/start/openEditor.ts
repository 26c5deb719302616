import { access, constants, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { packageExtension } from '../package/vsix';
import { startLeashed } from '../process/leashedProcess';
import { runCommand } from '../process/runCommand';
import { installServer } from '../vscode/serverInstall';
import { installExtension, startServer, writePersonSettings } from '../vscode/serverProcess';
import { currentServer } from '../vscode/serverVersions';

/** A VS Code that `npm start` opened. */
interface OpenedEditor {
  /** Where it is: an address or a program. */
  readonly where: string;
  /** Settles when it has ended without {@link stop}, as when its window was closed. */
  readonly closed: Promise<unknown>;
  stop(): Promise<void>;
}

interface DesktopOptions {
  /** For settings and models. */
  readonly folder: string;
  readonly program: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly print: (line: string) => void;
}

interface ServerOptions {
  /** For settings, extensions and models. */
  readonly folder: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Undefined: the usual port, or any free one when that is taken. */
  readonly port: number | undefined;
  readonly print: (line: string) => void;
}

/** The port when no other was asked for. */
const usualPort = 8100;

/** The desktop build's `code` on PATH; undefined when there is none or it can't open a window here. */
export async function findDesktop(): Promise<string | undefined> {
  const { env, platform } = process;
  const hasDisplay = env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined;
  if (platform === 'linux' && !hasDisplay) return undefined;
  const name = platform === 'win32' ? 'code.cmd' : 'code';
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    const program = path.join(folder, name);
    if (folder !== '' && (await isDesktop(program))) return program;
  }
  return undefined;
}

/** The `code` of a remote window's terminal, and the one of Windows seen from WSL, open a window elsewhere. */
async function isDesktop(program: string): Promise<boolean> {
  try {
    await access(program, constants.X_OK);
    const real = await realpath(program);
    return !/remote-cli|\.vscode-server|^\/mnt\/[a-z]\//.test(real);
  } catch {
    return false;
  }
}

/** Opens the desktop build with the bundles of the source tree, and a user folder that is kept for the next start. */
export async function openDesktop({
  folder,
  program,
  settings,
  print,
}: DesktopOptions): Promise<OpenedEditor> {
  await runCommand(process.execPath, ['esbuild.mjs']);
  const userFolder = path.join(folder, 'desktop', 'User');
  await mkdir(userFolder, { recursive: true });
  await writeFile(
    path.join(userFolder, 'settings.json'),
    JSON.stringify(
      { 'chat.disableAIFeatures': true, 'workbench.startupEditor': 'none', ...settings },
      undefined,
      2,
    ),
  );
  const startedAtMs = Date.now();
  const isRoot = process.getuid?.() === 0;
  const running = startLeashed(
    program,
    [
      ...['--new-window', '--wait', '--disable-workspace-trust'],
      ...['--user-data-dir', path.join(folder, 'desktop')],
      ...['--extensions-dir', path.join(folder, 'extensions')],
      `--extensionDevelopmentPath=${path.resolve('.')}`,
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
    {
      onOutput: (text) => print(text.trimEnd()),
    },
  );
  return {
    where: `the desktop build (${program})`,
    closed: running.exited,
    async stop() {
      await endMainProcess(path.join(folder, 'desktop', 'code.lock'), startedAtMs);
      await running.stop();
    },
  };
}

/**
 * The program `code` starts the editor outside its own process group; the editor writes its process id to a lock file.
 * A lock file older than this start is stale, and its id may be another program's by now.
 */
async function endMainProcess(lockFile: string, startedAtMs: number): Promise<void> {
  try {
    if ((await stat(lockFile)).mtimeMs < startedAtMs) return;
    const pid = Number((await readFile(lockFile, 'utf8')).trim());
    if (Number.isInteger(pid) && pid > 1) process.kill(pid, 'SIGTERM');
  } catch {
    // The window was closed already.
  }
}

/** Opens the VS Code server with the packaged extension installed. Its settings and state are kept for the next start. */
export async function openServer({
  folder,
  settings,
  port,
  print,
}: ServerOptions): Promise<OpenedEditor> {
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
