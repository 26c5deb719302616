import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isProcessRunning } from '../../src/common/process';
import { runCommand } from '../process/runCommand';
import type { ServerVersion } from './serverVersions';

/** A VS Code server on this disk, ready to run. */
export interface InstalledServer {
  readonly version: ServerVersion;
  /** The Node executable to run it with. */
  readonly nodePath: string;
  /** The server's program, an argument for that Node. */
  readonly mainPath: string;
}

/** Written last, so a folder that has it is complete. */
const markerName = 'installed.json';

/**
 * Returns the VS Code server in `folder`/server-<version>, installed now when it is missing. Fetching it from the npm
 * registry takes about a minute and 600 MB. It is made in a temporary folder and renamed at the end, so a run that is
 * killed leaves no incomplete server, and two runs at once don't disturb each other.
 */
export async function installServer(
  version: ServerVersion,
  folder: string,
  print: (line: string) => void,
  npm = 'npm',
): Promise<InstalledServer> {
  // Absolute: npm and node-gyp work in other folders.
  const finalFolder = path.resolve(folder, `server-${version.codeServer}`);
  if (!(await isComplete(finalFolder, version))) {
    await mkdir(folder, { recursive: true });
    await removeAbandoned(folder);
    const temporary = await mkdtemp(path.resolve(folder, `tmp-${process.pid}-`));
    try {
      await fetchServer(version, temporary, print, npm);
      await writeFile(path.join(temporary, markerName), JSON.stringify(version));
      await moveIntoPlace(temporary, finalFolder, version);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  return {
    version,
    nodePath: nodeExecutable(finalFolder),
    mainPath: path.join(serverFolder(finalFolder), 'out', 'server-main.js'),
  };
}

async function fetchServer(
  version: ServerVersion,
  folder: string,
  print: (line: string) => void,
  npm: string,
): Promise<void> {
  const { codeServer, vscode, node } = version;
  print(`Getting VS Code ${vscode} from npm (600 MB, about a minute, only this once)`);
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
  // `npm run` sets this to the folder of this project; it would override the working folder.
  const ownPrefix = { npm_config_local_prefix: undefined, npm_config_prefix: undefined };
  const install = ['install', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];

  print(`  VS Code ${vscode}: 1/4 Node ${node}`);
  await runCommand(npm, [...install, `${nodePackage}@${node}`], {
    cwd: folder,
    env: ownPrefix,
    givesWay: true,
  });
  const env = {
    ...ownPrefix,
    PATH: path.dirname(nodeExecutable(folder)) + path.delimiter + (process.env['PATH'] ?? ''),
    // The headers to compile against: they come with the Node package, so nothing else is downloaded.
    npm_config_nodedir: path.join(folder, 'node_modules', nodePackage),
  };
  print(`  VS Code ${vscode}: 2/4 the server (code-server ${codeServer})`);
  await runCommand(
    npm,
    [...install, `${nodePackage}@${node}`, `code-server@${codeServer}`, '--ignore-scripts'],
    { cwd: folder, env, givesWay: true },
  );
  print(`  VS Code ${vscode}: 3/4 the packages that it uses`);
  const cwd = serverFolder(folder);
  await runCommand(npm, [...install, '--omit=dev', '--ignore-scripts'], {
    cwd,
    env,
    givesWay: true,
  });
  print(
    `  VS Code ${vscode}: 4/4 its two native modules (python3, make and a C++ compiler are needed)`,
  );
  await runCommand(npm, ['rebuild', '--ignore-scripts=false', ...version.nativeModules], {
    cwd,
    env,
    givesWay: true,
  });
}

const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

function nodeExecutable(folder: string): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(folder, 'node_modules', nodePackage, 'bin', name);
}

function serverFolder(folder: string): string {
  return path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
}

/** Whether the folder has the whole of this version. */
async function isComplete(folder: string, version: ServerVersion): Promise<boolean> {
  const marker = await readFile(path.join(folder, markerName), 'utf8').catch(() => undefined);
  return marker === JSON.stringify(version);
}

async function moveIntoPlace(
  temporary: string,
  finalFolder: string,
  version: ServerVersion,
): Promise<void> {
  // A folder without the marker is incomplete; one with it was made by another run meanwhile and is as good.
  if (!(await isComplete(finalFolder, version)))
    await rm(finalFolder, { recursive: true, force: true });
  try {
    await rename(temporary, finalFolder);
  } catch (error) {
    if (!(await isComplete(finalFolder, version))) throw error;
  }
}

/** Removes the temporary folders of runs that were killed: their process, named in the folder's name, is gone. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^tmp-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isProcessRunning(Number(pid))) continue;
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
