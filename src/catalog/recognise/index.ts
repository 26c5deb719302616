import { modelFormats } from '../catalogModel';
import { foldersOf, type RepoFile } from './folders';
import { onnxLayouts } from './onnxLayouts';
import { pythonLayouts } from './pythonLayouts';
import { singleFiles } from './singleFiles';
import { transformersJs } from './transformersJs';
import type { RecognisedVariant } from './variant';

export type { RepoFile } from './folders';
export type { RecognisedVariant } from './variant';

function formatRank({ format }: RecognisedVariant): number {
  return modelFormats.indexOf(format);
}

/**
 * The models that a repository holds, told by the names of its files alone (catalog.md 2): each with exactly the files
 * that its runtime needs. Formats that can run code when loaded come last. Empty when nothing is known: the
 * repository is then taken as a whole.
 */
export function recogniseVariants(files: readonly RepoFile[]): readonly RecognisedVariant[] {
  const folders = foldersOf(files);
  const byPrefix = new Map(folders.map((folder) => [folder.prefix, folder]));
  const found = folders.flatMap((folder) => {
    const onnx = byPrefix.get(`${folder.prefix}onnx/`);
    const tokenizer = [...(byPrefix.get(`${folder.prefix}tokenizer/`)?.names.values() ?? [])];
    return [
      ...singleFiles(folder),
      ...pythonLayouts(folder),
      ...(onnx === undefined ? [] : transformersJs(folder, onnx)),
      ...(folder.prefix.endsWith('onnx/') ? [] : onnxLayouts(folder, tokenizer)),
    ];
  });
  return found.sort(
    (a, b) => Number(a.runsCode) - Number(b.runsCode) || formatRank(a) - formatRank(b),
  );
}
