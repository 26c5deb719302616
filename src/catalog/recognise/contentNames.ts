import type { ModelFacts } from '../../common/modelFacts';
import { withoutWeightsExtension } from '../../common/repository';
import { foldersOf, type NamedFile } from './variant';

/** A file whose content was looked into. */
export type KnownFile = Pick<NamedFile, 'path'> & { readonly facts: ModelFacts };

/**
 * The name that each file would have in its format's usual layout, for those whose own name hides what they are: what
 * a model is, its bytes say. By path; files that are `recognised` by their names keep those. Pure.
 */
export function usualNames(
  files: readonly KnownFile[],
  recognised: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const facts = new Map(files.map((file) => [file.path, file.facts]));
  const found = new Map<string, string>();
  for (const { prefix, names } of foldersOf(files)) {
    const taken = new Set(names.keys());
    const lists = [...names].filter(([, { path }]) => facts.get(path)?.kind === 'tokens');
    for (const [name, { path }] of names) {
      const known = recognised.has(path) ? undefined : facts.get(path);
      const usual = known && usualName(name, known, lists.length);
      if (usual === undefined || usual === name || taken.has(usual)) continue;
      taken.add(usual);
      found.set(prefix + name, usual);
    }
  }
  return found;
}

function usualName(
  name: string,
  { kind, part }: ModelFacts,
  tokenLists: number,
): string | undefined {
  const stem = withoutWeightsExtension(name);
  if (kind === 'ggml-whisper' || kind === 'ggml-parakeet')
    return /^ggml-.+\.bin$/.test(name) ? name : `ggml-${stem}.bin`;
  if (kind === 'ggml-vad')
    return stem.includes('silero') ? `ggml-${stem}.bin` : `ggml-silero-${stem}.bin`;
  if (kind === 'gguf') return `${stem}.gguf`;
  if (kind === 'nemo') return `${stem.replace(/\.tar$/, '')}.nemo`;
  if (kind === 'tokens')
    return tokenLists === 1 && !name.endsWith('tokens.txt') ? 'tokens.txt' : undefined;
  return kind === 'onnx' ? graphName(stem, part) : undefined;
}

function graphName(stem: string, part: ModelFacts['part']): string | undefined {
  const precision = /int8|q8|quant/i.test(stem) ? '.int8' : /fp16|half/i.test(stem) ? '.fp16' : '';
  if (part === undefined || part === 'optimum') return undefined;
  if (part === 'single') return `model-${stem}.onnx`;
  return `${part}${precision}.onnx`;
}
