import type { ModelFiles } from '../cache';
import type { ModelRecord } from './modelRecord';

/**
 * Plans the deletion of one model in every revision on the disk without a change to another model: files that several
 * variants share (a tokenizer, a list of tokens) stay until the last of them is deleted. The current revision comes last,
 * so that it is still whole when the process is killed in between.
 */
export function removalPlans(
  record: ModelRecord,
  staying: readonly ModelRecord[],
): readonly ModelFiles[] {
  const { repo } = record.model.source;
  const neighbours = staying.filter(
    ({ model }) => model.id !== record.model.id && model.source.repo === repo,
  );
  const older = record.otherRevisions.map(({ commit, paths }) => ({ commit, paths }));
  const current =
    record.commit === undefined ? [] : [{ commit: record.commit, paths: record.paths }];
  return [...older, ...current].map(({ commit, paths }) => {
    const used = new Set(neighbours.flatMap((other) => pathsAt(other, commit)));
    return { repo, commit, paths: paths.filter((path) => !used.has(path)) };
  });
}

/** The files of a commit that a model needs: where it is the current one or can be restored. */
function pathsAt(record: ModelRecord, commit: string): readonly string[] {
  if (record.commit === commit) return record.downloaded === undefined ? [] : record.presentPaths;
  return record.otherRevisions
    .filter((other) => other.commit === commit && other.isWhole)
    .flatMap(({ files }) => files.map(({ path }) => path));
}
