import { access, constants, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startLeashed } from '../process/leashedProcess';
import { runCommand } from '../process/runCommand';
import type { OpenedEditor } from './openedEditor';

export interface DesktopOptions {
  /** For settings and models. */
  readonly folder: string;
  readonly program: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly print: (line: string) => void;
}

/** The desktop's `code` on PATH, when it can open a window here. */
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

/** Opens the desktop build on the sources' bundles, with a user folder of its own that is kept for the next start. */
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
 * The program `code` starts the editor outside its own process group; the editor notes its process id in a lock file.
 * One that is older than our start is left over, and its number may be another program's by now.
 */
async function endMainProcess(lockFile: string, startedAtMs: number): Promise<void> {
  try {
    if ((await stat(lockFile)).mtimeMs < startedAtMs) return;
    const pid = Number((await readFile(lockFile, 'utf8')).trim());
    if (Number.isInteger(pid) && pid > 1) process.kill(pid, 'SIGTERM');
  } catch {
    // It was closed already.
  }
}
