import { createHash } from 'node:crypto';
import {
  isModel,
  type ImportCandidate,
  type ImportRecognition,
  type ImportSource,
  type ImportTarget,
} from '../cache';
import {
  type CatalogFile,
  type CatalogModel,
  contentNames,
  type NamedFile,
  recogniseVariants,
} from '../catalog';
import { AsrError } from '../common/asrError';
import { readTextWhenFree } from '../common/fileInUse';
import { isObject, parseJson } from '../common/json';
import { localized } from '../common/localizedMessage';
import type { RepoFile } from '../common/repository';
import { defined } from '../protocol/defined';

/**
 * The files to import of those that a person chose: the ones that some model in there is made of, and the ones that may
 * be a model of the catalog. Other files next to them are left out. Rejects with `unsupported` when a model's weights
 * are not all there; the error names what is missing.
 */
export async function chooseSources(
  models: readonly CatalogModel[],
  sources: readonly ImportSource[],
): Promise<readonly ImportSource[]> {
  const missing = await missingFiles(sources);
  if (missing.length > 0) throw incomplete(missing);
  const parts = sources.some(({ header }) => isModel(header)) ? partsOf(sources) : new Set();
  const known = models.flatMap(({ files }) => files.filter(({ required }) => required));
  const sizes = new Set(known.map(({ sizeBytes }) => sizeBytes));
  const names = new Set(known.filter(({ sha256 }) => sha256 === undefined).map(baseName));
  const chosen = sources.filter(({ path, sizeBytes }) => parts.has(path) || sizes.has(sizeBytes));
  if (chosen.length === 0) return [];
  return sources.filter((source) => chosen.includes(source) || names.has(baseName(source)));
}

/** The files that the models in there consist of; where no kind of model is recognised, all but what never belongs to one. */
function partsOf(sources: readonly ImportSource[]): ReadonlySet<string> {
  const names = contentNames(sources);
  const variants = recogniseVariants(sources.map((source) => namedFile(source, names)));
  const paths = new Set(variants.flatMap(({ files }) => files.map(({ path }) => path)));
  // A whole model of one file, or one that no layout has, is imported as it is.
  const covered = sources.some((source) => isModel(source.header) && paths.has(source.path));
  if (covered) return paths;
  return new Set(sources.filter(({ path }) => !neverPart.test(path)).map(({ path }) => path));
}

/** Pages, pictures, recordings and programs that lie beside models. */
const neverPart =
  /(?:^|\/)(?:readme|licen[cs]e|copying|changelog|notice)[^/]*$|\.(?:md|rst|html?|pdf|png|jpe?g|gif|svg|webp|wav|mp3|flac|ogg|m4a|mp4|py|sh|bat|ipynb|log)$/i;

function namedFile(source: ImportSource, names: ReadonlyMap<string, string>): NamedFile {
  const knownAs = names.get(source.path);
  const { path, sizeBytes, facts } = source;
  return {
    path,
    sizeBytes,
    ...(knownAs === undefined ? {} : { knownAs }),
    ...(facts.tensorFiles === undefined ? {} : { tensorFiles: facts.tensorFiles }),
  };
}

/** Names of weights that others name and that are not there: shards, and the files of a graph's tensors. */
async function missingFiles(sources: readonly ImportSource[]): Promise<readonly string[]> {
  const there = new Set(sources.map(({ path }) => path));
  const wanted = new Set<string>();
  for (const source of sources) {
    const folder = source.path.slice(0, source.path.lastIndexOf('/') + 1);
    const named = [...(source.facts.tensorFiles ?? []), ...(await indexedFiles(source))];
    for (const name of named) wanted.add(folder + name);
    for (const name of shardsOf(source.path)) wanted.add(name);
  }
  return [...wanted].filter((path) => !there.has(path)).sort();
}

const largestIndexBytes = 20_000_000;

/** The list of an index of shards: every tensor's file. */
async function indexedFiles({ file, path, sizeBytes }: ImportSource): Promise<readonly string[]> {
  if (!/\.(?:safetensors|bin)\.index\.json$/.test(path) || sizeBytes > largestIndexBytes) return [];
  const index = parseJson(await readTextWhenFree(file));
  const map = isObject(index) ? index['weight_map'] : undefined;
  return isObject(map) ? Object.values(map).filter((name) => typeof name === 'string') : [];
}

/** All shards of which this is one: `model-00002-of-00003.safetensors`. */
function shardsOf(path: string): readonly string[] {
  const [, stem = '', digits = '', extension = ''] =
    /^(.*-)\d{5}-of-(\d{5})(\.\w+)$/.exec(path) ?? [];
  return Array.from(
    { length: Math.min(Number(digits), 1000) },
    (_, index) => `${stem}${String(index + 1).padStart(5, '0')}-of-${digits}${extension}`,
  );
}

const shownNames = 5;

function incomplete(missing: readonly string[]): AsrError {
  const more = missing.length - shownNames;
  const names = missing.slice(0, shownNames).join(', ');
  return new AsrError(
    'unsupported',
    localized(
      'The model is not complete: {0} is missing. Put it beside the other files, then import the folder.',
      more > 0 ? `${names} (+${String(more)})` : names,
    ),
  );
}

function baseName({ path }: { readonly path: string }): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * Finds the catalog's models that local files are, by digest: every required file that the catalog has a sha256 of must
 * be among them, whatever they are called. Files of other models stay, with those that both share.
 */
export function recogniseImport(
  models: readonly CatalogModel[],
  sources: readonly ImportSource[],
  candidates: readonly ImportCandidate[],
): ImportRecognition {
  const bySha256 = new Map(candidates.map((candidate) => [candidate.sha256, candidate]));
  const known: ImportTarget[] = [];
  const matched = new Set<ImportCandidate>();
  for (const model of models) {
    const required = model.files.filter((file) => file.required);
    if (!required.some(({ sha256 }) => sha256 !== undefined)) continue;
    const files = required.flatMap((file) => matchedFile(file, bySha256, candidates));
    if (files.length !== required.length) continue;
    if (files.every(({ candidate }) => matched.has(candidate))) continue;
    const revision = model.source.kind === 'hub' ? (model.source.revision ?? 'main') : 'main';
    const commit = commitOf(revision, files);
    // A commit made of these contents has no other files; of a hub's commit the catalog knows a part.
    const tree = commit === revision ? undefined : files.map(treeEntry);
    known.push({ repo: model.source.repo, commit, revision, files, ...defined({ tree }) });
    for (const { candidate } of files) matched.add(candidate);
  }
  return { known, own: ownFiles(sources, candidates, matched) };
}

function treeEntry({ candidate, path }: ImportTarget['files'][number]): RepoFile {
  const { sizeBytes, sha256, gitSha1 } = candidate;
  return { path, sizeBytes, digest: { algorithm: 'sha256', hex: sha256 }, gitOid: gitSha1 };
}

/** The files of the models that are not wholly among the matched ones. */
function ownFiles(
  sources: readonly ImportSource[],
  candidates: readonly ImportCandidate[],
  matched: ReadonlySet<ImportCandidate>,
): readonly ImportCandidate[] {
  const paths = new Set([...matched].map(({ path }) => path));
  const isLeft = ({ path, header }: ImportSource): boolean => isModel(header) && !paths.has(path);
  if (!sources.some(isLeft)) return [];
  const names = contentNames(sources);
  const variants = recogniseVariants(sources.map((source) => namedFile(source, names)));
  const left = variants.filter(({ files }) => files.some(({ path }) => !paths.has(path)));
  const parts =
    left.length > 0
      ? new Set(left.flatMap(({ files }) => files.map(({ path }) => path)))
      : matched.size > 0
        ? new Set<string>()
        : partsOf(sources);
  return candidates.filter(({ path }) => parts.has(path));
}

function matchedFile(
  file: CatalogFile,
  bySha256: ReadonlyMap<string, ImportCandidate>,
  candidates: readonly ImportCandidate[],
): { readonly candidate: ImportCandidate; readonly path: string }[] {
  // Small files have no sha256 in the catalog; they match by name, next to weights that match by digest.
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
