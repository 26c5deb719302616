import type { ScanReport, StoredRepo, StoredSnapshot } from '../cache';
import { exactPattern, repoModels, type CatalogModel } from '../catalog';
import type { ModelRecord } from './modelRecord';
import { currentRecord, withOtherRevisions } from './modelRevisions';
import { absent, recordOf } from './snapshotRecord';

/**
 * Says for every model on offer how much of it a scan found, and adds a model for what no catalog names (what another
 * tool put there). Pure: the folder is the truth, the catalogs only give names to it.
 */
export function matchModels(
  models: readonly CatalogModel[],
  scan: ScanReport,
): readonly ModelRecord[] {
  const repos = new Map(scan.repos.map((repo) => [repo.repo, repo]));
  const claimed = new Map<string, Set<string>>();
  const claim = (commit: string, paths: readonly string[]): void => {
    claimed.set(commit, new Set([...(claimed.get(commit) ?? []), ...paths]));
  };
  const records = models.map((model) => {
    const repo = repos.get(model.source.repo);
    if (repo === undefined) return absent(model);
    const record = currentRecord(model, repo);
    if (record.commit !== undefined) claim(placeOf(repo, record.commit), record.presentPaths);
    for (const { commit, files } of record.otherRevisions) {
      const paths = files.map(({ path }) => path);
      if (isNamed(repo, commit)) claim(placeOf(repo, commit), paths);
    }
    return record;
  });
  const strangers = scan.repos.flatMap((repo) =>
    currentSnapshots(repo).flatMap((snapshot) =>
      unclaimed(repo, snapshot, claimed.get(placeOf(repo, snapshot.commit)) ?? new Set()),
    ),
  );
  return [...records, ...strangers];
}

function placeOf({ repo }: StoredRepo, commit: string): string {
  return `${repo}@${commit}`;
}

function isNamed({ snapshots }: StoredRepo, commit: string): boolean {
  return snapshots.some((snapshot) => snapshot.commit === commit && snapshot.refs.length > 0);
}

/** Snapshots that a ref names; an older revision is no model of its own. All of them where there are no refs at all. */
function currentSnapshots(repo: StoredRepo): readonly StoredSnapshot[] {
  const named = repo.snapshots.filter(({ refs }) => refs.length > 0);
  return named.length === 0 ? repo.snapshots : named;
}

/**
 * File extensions of weights. Files without one of them are not shown as a model (docs/model-formats.md section 1.1).
 */
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
    .map((model) => withOtherRevisions(recordOf(model, repo, snapshot), repo))
    .filter(({ state }) => state !== 'notDownloaded');
}
