import type { ModelStore } from '../cache';
import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { RepoFile } from '../common/repository';
import type { DownloadedModel } from '../protocol/downloadedModel';
import type { Inventory } from './inventory';
import type { ModelRecord } from './modelRecord';
import { changedPaths, followedRevision } from './snapshotRecord';

/** The changes that an update of a downloaded model would make. Plain data: other extensions get it as it is. */
export interface ModelUpdate {
  readonly modelId: string;
  readonly modelName: string;
  /** Commits, 40 hex digits. */
  readonly currentRevision: string;
  readonly newRevision: string;
  /** Paths whose content would be another, that would come or go. */
  readonly changedFiles: readonly string[];
  /** Bytes that would be downloaded: what another revision already has here is not. */
  readonly downloadBytes: number;
}

/**
 * Compares a downloaded model with what the hub has now: its own files by digest, not the commit, since a change of the
 * repository's README is no update of a model. Undefined when nothing of the model would change.
 */
export function compareWithHub(
  record: ModelRecord,
  newRevision: string,
  wanted: readonly RepoFile[],
): ModelUpdate | undefined {
  const { downloaded, model } = record;
  if (downloaded === undefined || downloaded.revision === newRevision) return undefined;
  const here = new Map(downloaded.files.map(({ path, digest }) => [path, digest]));
  const digestText = ({ digest }: RepoFile): string => `${digest.algorithm}:${digest.hex}`;
  const changed = wanted.filter((entry) => here.get(entry.path) !== digestText(entry));
  const stays = new Set(wanted.map(({ path }) => path));
  const gone = [...here.keys()].filter((path) => !stays.has(path));
  if (changed.length === 0 && gone.length === 0) return undefined;
  const olderFiles = record.otherRevisions.flatMap((other) => other.files);
  const digestsHere = new Set([...downloaded.files, ...olderFiles].map(({ digest }) => digest));
  return {
    modelId: model.id,
    modelName: model.name,
    currentRevision: downloaded.revision,
    newRevision,
    changedFiles: [...changed.map(({ path }) => path), ...gone],
    downloadBytes: changed
      .filter((entry) => !digestsHere.has(digestText(entry)))
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** An earlier revision of a model that is still here, whole. */
export interface RestoreOffer {
  /** 40 hex digits. */
  readonly commit: string;
  /** When it came to the disk, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Names of other models that change with it, because a revision is one for all models of a repository. */
  readonly alsoRestored: readonly string[];
}

/** The revisions that a model can be taken back to, the newest first. */
export function restoreOffers(
  record: ModelRecord,
  all: readonly ModelRecord[],
): readonly RestoreOffer[] {
  const { model } = record;
  const neighbours = all.filter(
    (other) =>
      other.model.id !== model.id &&
      other.model.source.repo === model.source.repo &&
      followedRevision(other.model) === followedRevision(model),
  );
  return record.otherRevisions
    .filter(({ canBeRestored }) => canBeRestored)
    .map(({ commit, modifiedMs }) => ({
      commit,
      modifiedMs,
      alsoRestored: neighbours
        .filter(({ otherRevisions }) =>
          otherRevisions.some((other) => other.commit === commit && other.canBeRestored),
        )
        .map((other) => other.model.name),
    }));
}

/**
 * Takes a model back, and says what is an update again because of that, of its neighbours in the repository too.
 * Rejects with `notFound` when the revision is not here, or is no longer whole.
 */
export async function rollback(
  store: ModelStore,
  inventory: Inventory,
  modelId: string,
  commit: string,
): Promise<{ readonly model: DownloadedModel; readonly updates: readonly ModelUpdate[] }> {
  inventory.invalidate();
  const before = new Map((await inventory.records()).map((record) => [record.model.id, record]));
  const record = before.get(modelId);
  const revision = record === undefined ? undefined : followedRevision(record.model);
  const canGo = record?.otherRevisions.some((one) => one.commit === commit && one.canBeRestored);
  if (record === undefined || revision === undefined || canGo !== true) throw noEarlierRevision();
  await store.restoreRevision(record.model.source.repo, revision, commit);
  inventory.invalidate();
  const after = await inventory.records();
  const model = after.find((now) => now.model.id === modelId)?.downloaded;
  if (model?.revision !== commit) throw noEarlierRevision();
  const updates = after.flatMap((now) => {
    const old = before.get(now.model.id);
    return (old === undefined ? undefined : updateBack(old, now)) ?? [];
  });
  return { model, updates };
}

/** The update that a rollback makes available: the revision that the model had before, whose bytes are here. */
function updateBack(before: ModelRecord, after: ModelRecord): ModelUpdate | undefined {
  if (before.downloaded === undefined || after.downloaded === undefined) return undefined;
  if (before.commit === after.commit) return undefined;
  const { revision: newRevision, files } = before.downloaded;
  const changedFiles = changedPaths(after.downloaded.files, files);
  if (changedFiles.length === 0) return undefined;
  return {
    modelId: after.model.id,
    modelName: after.model.name,
    currentRevision: after.downloaded.revision,
    newRevision,
    changedFiles,
    downloadBytes: 0,
  };
}

function noEarlierRevision(): AsrError {
  return new AsrError(
    'notFound',
    localized(
      'No earlier version of this model is on the disk any more. Check for updates to get the newest one.',
    ),
  );
}
