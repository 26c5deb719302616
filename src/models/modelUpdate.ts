import type { TreeEntry } from '../cache';
import type { ModelRecord } from './modelRecord';

/** What an update of a downloaded model would change. Plain data: it is what other extensions get. */
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
  wanted: readonly TreeEntry[],
): ModelUpdate | undefined {
  const { downloaded, model } = record;
  if (downloaded === undefined || downloaded.revision === newRevision) return undefined;
  const here = new Map(downloaded.files.map(({ path, digest }) => [path, digest]));
  const digestText = ({ digest }: TreeEntry): string => `${digest.algorithm}:${digest.hex}`;
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
