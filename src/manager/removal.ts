import type { ModelRecord } from './modelRecord';

/** What deleting a model takes away: only paths that no other model of the same commit has. */
export interface RemovalPlan {
  readonly repo: string;
  readonly commit: string;
  readonly paths: readonly string[];
}

/**
 * Plans the deletion of one model, leaving every other model as it is: files that several variants share (a
 * tokenizer, a list of tokens) stay until their last user goes. Undefined when nothing of the model is there.
 */
export function removalPlan(
  record: ModelRecord,
  all: readonly ModelRecord[],
): RemovalPlan | undefined {
  if (record.commit === undefined) return undefined;
  const { repo } = record.model.source;
  const usedByOthers = new Set(
    all
      .filter(
        (other) =>
          other.model.id !== record.model.id &&
          other.model.source.repo === repo &&
          other.commit === record.commit &&
          other.state === 'downloaded',
      )
      .flatMap(({ presentPaths }) => presentPaths),
  );
  const paths = record.presentPaths.filter((path) => !usedByOthers.has(path));
  return { repo, commit: record.commit, paths };
}

/** Bytes that the removal is expected to give back, for the question beforehand. */
export function removableBytes(record: ModelRecord, plan: RemovalPlan): number {
  const files = record.downloaded?.files ?? [];
  if (files.length === 0) return record.presentBytes;
  return files
    .filter(({ path }) => plan.paths.includes(path))
    .reduce((sum, { size }) => sum + size, 0);
}
