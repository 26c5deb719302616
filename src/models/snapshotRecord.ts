import type { StoredFile, StoredRepo, StoredSnapshot } from '../cache';
import { matchesPatterns, repoModels, type CatalogModel } from '../catalog';
import { defined } from '../protocol/defined';
import type { DownloadedFile, DownloadedModel } from '../protocol/downloadedModel';
import type { ModelRecord } from './modelRecord';

/** The record of a model of which nothing is here. */
export function absent(model: CatalogModel): ModelRecord {
  return {
    model,
    state: 'notDownloaded',
    presentBytes: 0,
    ...defined({ totalBytes: model.sizeBytes }),
    presentPaths: [],
    partialDigests: [],
    otherRevisions: [],
  };
}

/** How much of a model lies in one snapshot, the other revisions of it left aside. */
export function recordOf(
  asked: CatalogModel,
  repo: StoredRepo,
  snapshot: StoredSnapshot,
): ModelRecord {
  const wanted = wantedFiles(asked, snapshot);
  const present = snapshot.files.filter(({ path }) => wanted.has(path));
  const model = recognisedModel(asked, present);
  const digests = new Set(wanted.values());
  const partials = repo.partials.filter(({ digest }) => digests.has(digest.hex));
  const partialBytes = partials.reduce((sum, { downloadedBytes }) => sum + downloadedBytes, 0);
  const presentBytes = present.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) + partialBytes;
  if (present.length === 0 && partials.length === 0) return absent(model);

  const totalBytes = totalOf(model, snapshot, wanted) ?? model.sizeBytes;
  const whole = wanted.size > 0 && present.length === wanted.size;
  const damaged = present.some((file) => file.damaged === true);
  return {
    model,
    state: whole ? (damaged ? 'damaged' : 'downloaded') : 'incomplete',
    ...(whole ? { downloaded: downloadedOf(model, repo, snapshot, present) } : {}),
    presentBytes,
    ...defined({ totalBytes }),
    commit: snapshot.commit,
    presentPaths: present.map(({ path }) => path),
    partialDigests: partials.map(({ digest }) => digest.hex),
    otherRevisions: [],
    modifiedMs: snapshot.modifiedMs,
  };
}

/** Path -> digest's hex (empty when unknown) of every file that belongs to the model in this snapshot. */
function wantedFiles(model: CatalogModel, snapshot: StoredSnapshot): ReadonlyMap<string, string> {
  const patterns = model.source.kind === 'hub' ? model.source.patterns : [];
  if (snapshot.tree !== undefined) {
    const entries = snapshot.tree.filter(({ path }) => matchesPatterns(path, patterns));
    return new Map(entries.map(({ path, digest }) => [path, digest.hex]));
  }
  const required = model.files.filter(({ required }) => required);
  if (required.length > 0) return new Map(required.map(({ path, sha256 }) => [path, sha256 ?? '']));
  const lying = snapshot.files.filter(({ path }) => matchesPatterns(path, patterns));
  return new Map(lying.map(({ path, digest }) => [path, digest?.hex ?? '']));
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
  if (model.format !== 'unknown' || model.source.kind !== 'hub') return model;
  const { repo, revision } = model.source;
  const id = { repo, ...defined({ revision }), patterns: [] };
  const [first, ...others] = repoModels(id, files);
  if (first === undefined || others.length > 0 || first.format === 'unknown') return model;
  return { ...first, id: model.id, name: model.name, source: model.source };
}

/** A stored file as other extensions get it. */
export function downloadedFile({ path, sizeBytes, digest }: StoredFile): DownloadedFile {
  return {
    path,
    size: sizeBytes,
    ...(digest === undefined ? {} : { digest: `${digest.algorithm}:${digest.hex}` }),
  };
}
