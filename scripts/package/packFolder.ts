import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject, parseJson } from '../../src/common/json';
import { runCommand } from '../process/runCommand';
import { projectAddresses } from './addresses';

const vsce = path.resolve('node_modules', '@vscode', 'vsce', 'vsce');

/**
 * Packs a staged folder with vsce. It runs as a program, since the library prints the list of files; a warning of it is
 * an error here, because each names something that a store or a person would stumble over.
 */
export async function packFolder(
  folder: string,
  outPath: string,
  target: string | undefined,
): Promise<void> {
  const manifest = parseJson(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const { content, images } = projectAddresses(isObject(manifest) ? manifest : {});
  const args = [
    ...['package', '--out', outPath],
    ...['--baseContentUrl', content, '--baseImagesUrl', images],
    ...(target === undefined ? [] : ['--target', target]),
  ];
  const printed = await runCommand(process.execPath, [vsce, ...args], { cwd: folder });
  if (warning.test(printed)) throw new Error(`vsce warns:\n${printed}`);
}

/** How vsce begins a warning, with and without colours, and in GitHub's runners. */
const warning = /(^|\s)WARNING\s|::warning/;
