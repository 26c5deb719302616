import type { ModelFiles } from '../cache';
import type { ModelRecord } from './modelRecord';

/** A record as the store names a model's files; undefined when nothing of it is here. */
export function modelFilesOf(record: ModelRecord): ModelFiles | undefined {
  const { commit, presentPaths, model } = record;
  if (commit === undefined) return undefined;
  return { repo: model.source.repo, commit, paths: presentPaths };
}
