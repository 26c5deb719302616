import { createHash } from 'node:crypto';
import { defined } from '../protocol/defined';
import type { JsonObject } from '../common/json';
import { isRepoId } from '../common/repository';
import type { CatalogFile, ModelSource } from './catalogModel';
import { exactPattern } from './filePatterns';
import type { SharedFacts } from './sharedFacts';
import { decoded } from './modelAddress';
import { numberField, objectField, objectsField, textField, textsField } from './jsonFields';

/** The source of a variant; `problem` in English when the entry does not name it completely. */
type ReadSource =
  { readonly source: ModelSource; readonly packed?: JsonObject } | { readonly problem: string };

type Plain = Extract<ModelSource, { kind: 'files' }>['files'][number];

/** The name that plain files are stored under: no repository of the Hub is meant by it. */
function plainRepo(id: string): string {
  return `plain-files/${id
    .replace(/\.{2,}/g, '.')
    .replace(/-{2,}/g, '-')
    .replace(/[-.]+$|\.git$/g, '')}`;
}

function isComplete(file: {
  readonly sizeBytes?: number | undefined;
  readonly sha256?: string | undefined;
}): file is { readonly sizeBytes: number; readonly sha256: string } {
  return file.sizeBytes !== undefined && file.sha256 !== undefined;
}

function below(base: string, path: string): string {
  return `${base.replace(/\/*$/, '/')}${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** Every address of a file, its own before those made of the variant's. */
function addressesOf(entry: JsonObject, path: string, variant: JsonObject): readonly string[] {
  const own = textField(entry, 'url');
  const base = textField(variant, 'baseUrl');
  return [
    ...(own === undefined ? [] : [own]),
    ...(textsField(entry, 'mirrors') ?? []),
    ...(base === undefined ? [] : [below(base, path)]),
    ...(textsField(variant, 'baseMirrors') ?? []).map((mirror) => below(mirror, path)),
  ];
}

function fromAddresses(
  id: string,
  variant: JsonObject,
  files: readonly CatalogFile[],
): ReadSource | undefined {
  const entries = objectsField(variant, 'files');
  const hasBase = textField(variant, 'baseUrl') !== undefined;
  const isPlain = hasBase || entries.some((entry) => textField(entry, 'url') !== undefined);
  if (!isPlain) return undefined;
  const plain: Plain[] = [];
  for (const [index, file] of files.entries()) {
    const { path, sizeBytes, sha256 } = file;
    const urls = addressesOf(entries[index] ?? {}, path, variant);
    if (urls.length === 0) return { problem: `the file ${path} has no "url"` };
    const facts = { sizeBytes, sha256 };
    if (!isComplete(facts)) {
      return {
        problem: `the file ${path} needs "sizeBytes" and "sha256", for it lies at an address of its own`,
      };
    }
    plain.push({ path, urls, ...facts });
  }
  return { source: { kind: 'files', repo: plainRepo(id), files: plain } };
}

function fromArchive(id: string, variant: JsonObject): ReadSource | undefined {
  const archive = objectField(variant, 'archive');
  const url = archive && textField(archive, 'url');
  if (archive === undefined || url === undefined) return undefined;
  const facts = {
    sizeBytes: numberField(archive, 'sizeBytes'),
    sha256: textField(archive, 'sha256'),
  };
  if (!isComplete(facts)) return { problem: 'its archive needs "sizeBytes" and "sha256"' };
  const name = new URL(url).pathname.split('/').at(-1) ?? '';
  const path = (decoded(name) ?? name) || `${id}.archive`;
  const { sizeBytes, sha256 } = facts;
  return {
    source: {
      kind: 'files',
      repo: plainRepo(id),
      files: [{ path, urls: [url], sizeBytes, sha256 }],
    },
    packed: archive,
  };
}

/** Looks for addresses of the files first, then for a repository, then for an archive of the files. */
export function readSource(
  id: string,
  variant: JsonObject,
  facts: SharedFacts,
  files: readonly CatalogFile[],
): ReadSource {
  const plain = fromAddresses(id, variant, files);
  if (plain !== undefined) return plain;

  const { repo, revision, endpoint, mirrors = [] } = facts;
  if (repo === undefined) {
    const archive = fromArchive(id, variant);
    if (archive !== undefined) return archive;
    if (textField(variant, 'unavailable') !== undefined) {
      return { source: { kind: 'files', repo: plainRepo(id), files: [] } };
    }
    return { problem: 'it names no "repo", no "url" of its files and no "archive"' };
  }
  if (!isRepoId(repo)) return { problem: `"${repo}" is not the name of a repository (org/name)` };
  return {
    source: {
      kind: 'hub',
      repo,
      patterns: textsField(variant, 'patterns') ?? files.map((file) => exactPattern(file.path)),
      ...defined({ revision, endpoint }),
      ...(mirrors.length === 0 ? {} : { mirrors }),
    },
  };
}

/**
 * A commit's name for a model of plain files, which have no repository: 40 hex digits that follow from their paths,
 * sizes and digests, so that other content has another name.
 */
export function plainFilesCommit(source: Extract<ModelSource, { kind: 'files' }>): string {
  const hash = createHash('sha1');
  const lines = source.files.map(
    ({ path, sizeBytes, sha256 }) => `${sha256} ${String(sizeBytes)} ${path}\n`,
  );
  for (const line of lines.sort()) hash.update(line);
  return hash.digest('hex');
}
