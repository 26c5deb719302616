import type { StoredFile, StoredRepo, StoredSnapshot } from '../cache';
import { matchesPatterns, plainFilesCommit, repoModels, type CatalogModel } from '../catalog';
import { defined } from '../protocol/defined';
import type { DownloadedFile, DownloadedModel } from '../protocol/downloadedModel';
import type { ModelRecord, OtherRevision } from './modelRecord';

/** The record of a model of which nothing is here. */
export function absent(model: CatalogModel): ModelRecord {
  return {
    model,
    state: 'notDownloaded',
    presentBytes: 0,
    ...defined({ totalBytes: model.sizeBytes }),
    paths: [],
    presentPaths: [],
    partialDigests: [],
    otherRevisions: [],
  };
}

/** How much of a model one snapshot has. Other revisions of the model are not looked for. */
export function recordOf(
  asked: CatalogModel,
  repo: StoredRepo,
  snapshot: StoredSnapshot,
): ModelRecord {
  const { wanted, isList } = wantedFiles(asked, snapshot);
  const present = snapshot.files.filter(({ path }) => wanted.has(path));
  const model = recognisedModel(asked, present);
  const digests = new Set(wanted.values());
  const partials = repo.partials.filter(({ digest }) => digests.has(digest.hex));
  const partialBytes = partials.reduce((sum, { downloadedBytes }) => sum + downloadedBytes, 0);
  const presentBytes = present.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) + partialBytes;
  const isBroken = snapshot.brokenPaths?.some((path) => wanted.has(path)) ?? false;
  if (present.length === 0 && partials.length === 0 && !isBroken) return absent(model);

  const totalBytes = totalOf(model, snapshot, wanted) ?? model.sizeBytes;
  const whole = isList && wanted.size > 0 && present.length === wanted.size;
  const damaged = present.some((file) => file.damaged === true);
  return {
    model,
    state: whole ? (damaged ? 'damaged' : 'downloaded') : 'incomplete',
    ...(whole ? { downloaded: downloadedOf(model, repo, snapshot, present) } : {}),
    presentBytes,
    ...defined({ totalBytes }),
    commit: snapshot.commit,
    paths: [...wanted.keys()],
    presentPaths: present.map(({ path }) => path),
    partialDigests: partials.map(({ digest }) => digest.hex),
    otherRevisions: [],
    modifiedMs: snapshot.modifiedMs,
  };
}

/**
 * Path -> digest's hex (empty when unknown) of every file that belongs to the model in this snapshot. Only a list says
 * which these are: the commit's own, or the catalog's for that very commit. Without one, what lies there is all that is
 * known, and whether the model is whole is not (`isList` false).
 */
function wantedFiles(
  model: CatalogModel,
  snapshot: StoredSnapshot,
): { readonly wanted: ReadonlyMap<string, string>; readonly isList: boolean } {
  const patterns = model.source.kind === 'files' ? [] : model.source.patterns;
  if (snapshot.tree !== undefined) {
    const entries = snapshot.tree.filter(({ path }) => matchesPatterns(path, patterns));
    return { wanted: new Map(entries.map(({ path, digest }) => [path, digest.hex])), isList: true };
  }
  const required = model.files.filter(({ required }) => required);
  if (required.length > 0) {
    return {
      wanted: new Map(required.map(({ path, sha256 }) => [path, sha256 ?? ''])),
      isList: model.catalog.id !== 'hf' && describedCommit(model) === snapshot.commit,
    };
  }
  const lying = snapshot.files.filter(({ path }) => matchesPatterns(path, patterns));
  return {
    wanted: new Map(lying.map(({ path, digest }) => [path, digest?.hex ?? ''])),
    isList: false,
  };
}

/** The commit that the catalog's facts are of. */
function describedCommit({ source }: CatalogModel): string | undefined {
  return source.kind === 'files' ? plainFilesCommit(source) : source.revision;
}

function totalOf(
  model: CatalogModel,
  snapshot: StoredSnapshot,
  wanted: ReadonlyMap<string, string>,
): number | undefined {
  if (snapshot.tree === undefined) return model.sizeBytes;
  return snapshot.tree
    .filter(({ path }) => wanted.has(path))
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function downloadedOf(
  model: CatalogModel,
  repo: StoredRepo,
  snapshot: StoredSnapshot,
  files: readonly StoredFile[],
): DownloadedModel {
  const [only] = files;
  return {
    modelId: model.id,
    name: model.name,
    repo: repo.repo,
    revision: snapshot.commit,
    sizeOnDisk: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    path:
      files.length === 1 && only !== undefined ? `${snapshot.path}/${only.path}` : snapshot.path,
    files: files.map(downloadedFile),
    verified: files.every(({ verified }) => verified),
  };
}

/** An `hf:` id says nothing of the format; the files that came do. */
function recognisedModel(model: CatalogModel, files: readonly StoredFile[]): CatalogModel {
  if (model.format !== 'unknown' || model.source.kind === 'files') return model;
  const { repo, revision } = model.source;
  const id = { repo, ...defined({ revision }), patterns: [] };
  const [first, ...others] = repoModels(id, files);
  if (first === undefined || others.length > 0 || first.format === 'unknown') return model;
  return { ...first, id: model.id, name: model.name, source: model.source };
}

/** A stored file as other extensions get it. */
function downloadedFile({ path, sizeBytes, digest }: StoredFile): DownloadedFile {
  return {
    path,
    size: sizeBytes,
    ...(digest === undefined ? {} : { digest: `${digest.algorithm}:${digest.hex}` }),
  };
}

/** The ref that a model follows; undefined for one that is pinned to a commit, which never has another revision. */
export function followedRevision({ source }: CatalogModel): string | undefined {
  const revision = revisionOf(source);
  return /^[0-9a-f]{40}$/.test(revision) ? undefined : revision;
}

/**
 * How much of a model is here, by the snapshot that its revision means: its commit, its ref, else the newest. A ref
 * names one commit for all models of a repository, so one that is not whole there is still what it was at the newest
 * commit where it is: an update of its neighbour must not take it away.
 */
export function currentRecord(model: CatalogModel, repo: StoredRepo): ModelRecord {
  const [meant, ...others] = candidates(model, repo);
  if (meant === undefined) return absent(model);
  const record = recordOf(model, repo, meant);
  const isElsewhere = record.downloaded !== undefined || meant.refs.length > 0;
  if (isElsewhere && isOtherThanAsked(model, meant)) return absent(model);
  if (record.downloaded !== undefined) return withOtherRevisions(record, repo);
  for (const snapshot of others) {
    const other = recordOf(model, repo, snapshot);
    if (other.state === 'downloaded') return withOtherRevisions(other, repo);
  }
  return withOtherRevisions(record, repo);
}

/**
 * Whether a person has asked for another revision than a snapshot's. What is whole or has a name is that other one; what has
 * no name yet may be the beginning of the one that was asked for, whose ref is written last.
 */
function isOtherThanAsked({ catalog, source }: CatalogModel, snapshot: StoredSnapshot): boolean {
  if (catalog.id !== 'hf' || source.kind === 'files' || source.revision === undefined) return false;
  return snapshot.commit !== source.revision && !snapshot.refs.includes(source.revision);
}

/** Adds the other revisions of the model in the cache. */
export function withOtherRevisions(record: ModelRecord, repo: StoredRepo): ModelRecord {
  const { model, commit } = record;
  const revision = followedRevision(model);
  if (commit === undefined || revision === undefined) return record;
  const current = contentOf(
    repo.snapshots.find((one) => one.commit === commit),
    record,
  );
  const others = repo.snapshots.flatMap((snapshot): OtherRevision[] => {
    // A commit that another ref names is a model of its own.
    if (snapshot.commit === commit || snapshot.refs.some((ref) => ref !== revision)) return [];
    const other = recordOf(model, repo, snapshot);
    if (other.state === 'notDownloaded') return [];
    const files = contentOf(snapshot, other);
    const whole = other.state === 'downloaded';
    return [
      {
        commit: snapshot.commit,
        paths: other.paths,
        files,
        partialDigests: other.partialDigests,
        isWhole: whole,
        canBeRestored:
          whole &&
          snapshot.modifiedMs < (record.modifiedMs ?? 0) &&
          changedPaths(current, files).length > 0,
        modifiedMs: snapshot.modifiedMs,
      },
    ];
  });
  return { ...record, otherRevisions: others.sort((a, b) => b.modifiedMs - a.modifiedMs) };
}

/** Paths whose content is another, that came or went. */
export function changedPaths(
  before: readonly DownloadedFile[],
  after: readonly DownloadedFile[],
): readonly string[] {
  const digests = (files: readonly DownloadedFile[]): ReadonlyMap<string, string> =>
    new Map(files.map(({ path, size, digest }) => [path, digest ?? String(size)]));
  const [old, now] = [digests(before), digests(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (path) => old.get(path) !== now.get(path),
  );
}

/** Snapshots that may hold the model, the one that its revision means first. */
function candidates(model: CatalogModel, repo: StoredRepo): readonly StoredSnapshot[] {
  const revision = revisionOf(model.source);
  const newestFirst = [...repo.snapshots].sort((a, b) => b.modifiedMs - a.modifiedMs);
  const named = repo.snapshots.find(
    ({ commit, refs }) => commit === revision || refs.includes(revision),
  );
  if (named === undefined) return newestFirst.slice(0, 1);
  if (followedRevision(model) === undefined) return [named];
  return [named, ...newestFirst.filter(({ refs }) => refs.length === 0)];
}

function contentOf(
  snapshot: StoredSnapshot | undefined,
  { presentPaths }: ModelRecord,
): readonly DownloadedFile[] {
  const paths = new Set(presentPaths);
  return (snapshot?.files ?? []).filter(({ path }) => paths.has(path)).map(downloadedFile);
}

function revisionOf(source: CatalogModel['source']): string {
  return source.kind === 'files' ? 'main' : (source.revision ?? 'main');
}
