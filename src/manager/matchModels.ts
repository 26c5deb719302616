import { exactPattern, matchesPatterns, repoModels, type CatalogModel } from '../catalog';
import type { ScanReport, StoredFile, StoredRepo, StoredSnapshot } from '../store';
import type { DownloadedModel, ModelRecord } from './modelRecord';

/**
 * Says for every model on offer how much of it a scan found, and adds a model for what no catalog names (what another
 * tool put there). Pure: the folder is the truth, the catalogs only give names to it.
 */
export function matchModels(
  models: readonly CatalogModel[],
  scan: ScanReport,
): readonly ModelRecord[] {
  const repos = new Map(scan.repos.map((repo) => [repo.repo, repo]));
  const claimed = new Map<StoredSnapshot, Set<string>>();
  const records = models.map((model) => {
    const repo = repos.get(model.source.repo);
    if (repo === undefined) return absent(model);
    const snapshot = snapshotOf(model, repo);
    const record = snapshot === undefined ? absent(model) : recordOf(model, repo, snapshot);
    if (snapshot !== undefined) {
      const paths = claimed.get(snapshot) ?? new Set();
      claimed.set(snapshot, paths);
      for (const path of record.presentPaths) paths.add(path);
    }
    return record;
  });
  const strangers = scan.repos.flatMap((repo) =>
    currentSnapshots(repo).flatMap((snapshot) =>
      unclaimed(repo, snapshot, claimed.get(snapshot) ?? new Set()),
    ),
  );
  return [...records, ...strangers];
}

/** Snapshots that a ref names; an older revision is no model of its own. All of them where there are no refs at all. */
function currentSnapshots(repo: StoredRepo): readonly StoredSnapshot[] {
  const named = repo.snapshots.filter(({ refs }) => refs.length > 0);
  return named.length === 0 ? repo.snapshots : named;
}

function absent(model: CatalogModel): ModelRecord {
  return {
    model,
    state: 'notDownloaded',
    presentBytes: 0,
    ...(model.sizeBytes === undefined ? {} : { totalBytes: model.sizeBytes }),
    presentPaths: [],
    partialDigests: [],
  };
}

/** The snapshot that a model's revision means: its commit, its ref, else the newest. */
function snapshotOf(model: CatalogModel, repo: StoredRepo): StoredSnapshot | undefined {
  const revision = model.source.kind === 'hub' ? (model.source.revision ?? 'main') : 'main';
  const named = repo.snapshots.find(
    ({ commit, refs }) => commit === revision || refs.includes(revision),
  );
  if (named !== undefined) return named;
  return [...repo.snapshots].sort((a, b) => b.modifiedMs - a.modifiedMs)[0];
}

function recordOf(asked: CatalogModel, repo: StoredRepo, snapshot: StoredSnapshot): ModelRecord {
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
    ...(totalBytes === undefined ? {} : { totalBytes }),
    commit: snapshot.commit,
    presentPaths: present.map(({ path }) => path),
    partialDigests: partials.map(({ digest }) => digest.hex),
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
    files: files.map(({ path, sizeBytes, digest }) => ({
      path,
      size: sizeBytes,
      ...(digest === undefined ? {} : { digest: `${digest.algorithm}:${digest.hex}` }),
    })),
    verified: files.every(({ verified }) => verified),
  };
}

/** Names that weights have in the formats of catalog.md 2; what has none of them is not shown as a model. */
const weights = /\.(bin|gguf|onnx|ort|safetensors|nemo|pt|pth|ckpt|ggml)$/i;

/** Models made of the files that nobody asked for by name: each variant that is recognised, else the files as they are. */
function unclaimed(
  repo: StoredRepo,
  snapshot: StoredSnapshot,
  taken: ReadonlySet<string>,
): readonly ModelRecord[] {
  const files = snapshot.files.filter(({ path }) => !taken.has(path));
  if (!files.some(({ path }) => weights.test(path))) return [];
  const [revision = snapshot.commit] = snapshot.refs;
  const id = { repo: repo.repo, ...(revision === 'main' ? {} : { revision }) };
  const recognised = repoModels({ ...id, patterns: [] }, files).filter(
    ({ format }) => format !== 'unknown',
  );
  const models =
    recognised.length > 0
      ? recognised
      : repoModels({ ...id, patterns: files.map(({ path }) => exactPattern(path)) }, files);
  return models
    .map((model) => recordOf(model, repo, snapshot))
    .filter(({ state }) => state !== 'notDownloaded');
}

/** An `hf:` id says nothing of the format; the files that came do. */
function recognisedModel(model: CatalogModel, files: readonly StoredFile[]): CatalogModel {
  if (model.format !== 'unknown' || model.source.kind !== 'hub') return model;
  const { repo, revision } = model.source;
  const id = { repo, ...(revision === undefined ? {} : { revision }), patterns: [] };
  const [first, ...others] = repoModels(id, files);
  if (first === undefined || others.length > 0 || first.format === 'unknown') return model;
  return { ...first, id: model.id, name: model.name, source: model.source };
}
