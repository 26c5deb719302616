import type { StoredRepo, StoredSnapshot } from '../cache';
import type { CatalogModel } from '../catalog';
import type { DownloadedFile } from '../protocol/downloadedModel';
import type { ModelRecord, OtherRevision } from './modelRecord';
import { absent, downloadedFile, recordOf } from './snapshotRecord';

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
  if (record.downloaded !== undefined) return withOtherRevisions(record, repo);
  for (const snapshot of others) {
    const other = recordOf(model, repo, snapshot);
    if (isWhole(other, snapshot)) return withOtherRevisions(other, repo);
  }
  return withOtherRevisions(record, repo);
}

/** Adds what lies beside the revision that counts. */
export function withOtherRevisions(record: ModelRecord, repo: StoredRepo): ModelRecord {
  const { model, commit } = record;
  const revision = followedRevision(model);
  if (commit === undefined || revision === undefined) return record;
  const current = contentOf(
    repo.snapshots.find((one) => one.commit === commit),
    record,
  );
  const others = repo.snapshots.flatMap((snapshot): OtherRevision[] => {
    // What another ref names is a model of its own.
    if (snapshot.commit === commit || snapshot.refs.some((ref) => ref !== revision)) return [];
    const other = recordOf(model, repo, snapshot);
    if (other.state === 'notDownloaded') return [];
    const files = contentOf(snapshot, other);
    const whole = isWhole(other, snapshot);
    return [
      {
        commit: snapshot.commit,
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

/** Whole by the commit's own list: without one, nobody can say what is missing. */
function isWhole({ state }: ModelRecord, { tree }: StoredSnapshot): boolean {
  return state === 'downloaded' && tree !== undefined;
}

function contentOf(
  snapshot: StoredSnapshot | undefined,
  { presentPaths }: ModelRecord,
): readonly DownloadedFile[] {
  const paths = new Set(presentPaths);
  return (snapshot?.files ?? []).filter(({ path }) => paths.has(path)).map(downloadedFile);
}

function revisionOf(source: CatalogModel['source']): string {
  return source.kind === 'hub' ? (source.revision ?? 'main') : 'main';
}
