import { createHash } from 'node:crypto';
import type { ImportCandidate, ImportTarget } from '../cache';
import type { CatalogFile, CatalogModel } from '../catalog';

/**
 * Finds the catalog's model that local files are, by digest: every required file that the catalog has a sha256 of must
 * be among them, whatever they are called. Undefined when none matches.
 */
export function importTarget(
  models: readonly CatalogModel[],
  candidates: readonly ImportCandidate[],
): ImportTarget | undefined {
  const bySha256 = new Map(candidates.map((candidate) => [candidate.sha256, candidate]));
  for (const model of models) {
    const required = model.files.filter((file) => file.required);
    if (required.length === 0) continue;
    const files = required.flatMap((file) => matched(file, bySha256, candidates));
    if (files.length !== required.length) continue;
    const revision = model.source.kind === 'hub' ? (model.source.revision ?? 'main') : 'main';
    return { repo: model.source.repo, commit: commitOf(revision, files), revision, files };
  }
  return undefined;
}

function matched(
  file: CatalogFile,
  bySha256: ReadonlyMap<string, ImportCandidate>,
  candidates: readonly ImportCandidate[],
): { readonly candidate: ImportCandidate; readonly path: string }[] {
  // Small files have no sha256 in the catalog; their name stands for them beside weights that match by digest.
  const candidate =
    file.sha256 === undefined
      ? candidates.find(({ path }) => path === file.path || path.endsWith(`/${file.path}`))
      : bySha256.get(file.sha256);
  return candidate === undefined ? [] : [{ candidate, path: file.path }];
}

/** The pinned commit, or for a moving revision a name made of the contents. */
function commitOf(revision: string, files: ImportTarget['files']): string {
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  const hash = createHash('sha1');
  for (const { candidate, path } of files) hash.update(`${candidate.sha256}  ${path}\n`);
  return hash.digest('hex');
}
