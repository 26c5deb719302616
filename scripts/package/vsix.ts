import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../process/runCommand';

const vsixPath = path.join('out', 'asr-model-manager.vsix');
const vsce = path.join('node_modules', '@vscode', 'vsce', 'vsce');

/** Builds the production bundles and packs them as a VSIX. Gives back its absolute path. */
export async function packageExtension(): Promise<string> {
  await runCommand(process.execPath, ['esbuild.mjs', '--production']);
  await mkdir(path.dirname(vsixPath), { recursive: true });
  await runCommand(process.execPath, [
    vsce,
    'package',
    // Everything is bundled.
    '--no-dependencies',
    '--allow-missing-repository',
    ...['--out', vsixPath],
  ]);
  return path.resolve(vsixPath);
}
