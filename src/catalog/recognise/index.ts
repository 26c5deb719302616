import { modelFormats } from '../catalogModel';
import { type KnownFile, usualNames } from './contentNames';
import { onnxLayouts } from './onnxLayouts';
import { singleFiles } from './singleFiles';
import { pythonLayouts, transformersJs } from './transformersLayouts';
import { foldersOf, type NamedFile, type RecognisedVariant } from './variant';

export type { NamedFile, RecognisedVariant } from './variant';

function formatRank({ format }: RecognisedVariant): number {
  return modelFormats.indexOf(format);
}

/**
 * The models in a repository, recognised by file names alone, because nothing is downloaded yet
 * (docs/model-formats.md section 1). Each has exactly the files that its runtime needs. Formats that can run code when
 * loaded come last. The result is empty when nothing is recognised; the repository is then offered as a whole.
 */
export function recogniseVariants(files: readonly NamedFile[]): readonly RecognisedVariant[] {
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

/**
 * The name that each file would have in its format's usual layout, for those that names alone do not recognise: what a
 * model is, its bytes say. By path.
 */
export function contentNames(files: readonly KnownFile[]): ReadonlyMap<string, string> {
  const named = recogniseVariants(files).flatMap((variant) => variant.files);
  return usualNames(files, new Set(named.map(({ path }) => path)));
}
