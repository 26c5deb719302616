import type { ModelFiles } from '../cache';
import type { ModelRecord } from './modelRecord';

/**
 * Plans the deletion of one model in every revision that is here, leaving every other model as it is: files that
 * several variants share (a tokenizer, a list of tokens) stay until their last user goes. The revision that counts
 * comes last, so that a kill in between leaves it whole.
 */
export function removalPlans(
  record: ModelRecord,
  staying: readonly ModelRecord[],
): readonly ModelFiles[] {
  const { repo } = record.model.source;
  const neighbours = staying.filter(
    ({ model }) => model.id !== record.model.id && model.source.repo === repo,
  );
  const older = record.otherRevisions.map(({ commit, files }) => ({
    commit,
    paths: files.map(({ path }) => path),
  }));
  const current =
    record.commit === undefined ? [] : [{ commit: record.commit, paths: record.presentPaths }];
  return [...older, ...current].map(({ commit, paths }) => {
    const used = new Set(neighbours.flatMap((other) => pathsAt(other, commit)));
    return { repo, commit, paths: paths.filter((path) => !used.has(path)) };
  });
}

/** What a model needs of a commit: its files where it counts or can be restored. */
function pathsAt(record: ModelRecord, commit: string): readonly string[] {
  if (record.commit === commit) return record.downloaded === undefined ? [] : record.presentPaths;
  return record.otherRevisions
    .filter((other) => other.commit === commit && other.isWhole)
    .flatMap(({ files }) => files.map(({ path }) => path));
}
