import path from 'node:path';
import { AsrError } from '../common/asrError';
import { errnoOf } from '../common/fileErrors';
import { localized } from '../common/localizedMessage';
import { below } from '../common/paths';
import { type CacheContext, systemNames } from './cacheContext';
import type { SnapshotSpec } from './preparedSnapshot';
import { collidingPaths, portabilityProblem } from './safePath';

/** Files that a model does without: pages, pictures and recordings next to it. Any other file may be a part of it. */
const dispensable =
  /(?:^|\/)(?:readme|license|licence|notice|changelog|citation|contributing)[^/]*$|\.(?:md|rst|html?|pdf|ipynb|png|jpe?g|gif|svg|webp|ico|wav|mp3|flac|ogg|m4a|mp4|gitattributes|gitignore)$/i;

/**
 * The same without the files that this disk can't hold, each of which is named in the log. Rejects with `unsupported` when
 * one of them may be a part of the model. The cache's root must be there.
 */
export async function withoutUnheld(
  context: CacheContext,
  spec: SnapshotSpec,
): Promise<SnapshotSpec> {
  const unheld = await unheldPaths(context, spec.paths);
  if (unheld.size === 0) return spec;
  for (const [name, problem] of unheld) {
    if (!dispensable.test(name)) throw notHeld(name, problem);
    context.logger.warn(`${spec.repo}: ${name} is left out, this disk can’t hold it: ${problem}`);
  }
  return {
    ...spec,
    tree: spec.tree.filter((entry) => !unheld.has(entry.path)),
    paths: spec.paths.filter((name) => !unheld.has(name)),
  };
}

async function unheldPaths(
  context: CacheContext,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  // Of two names that differ in case only, the one that the model needs comes first and stays.
  const needed = [...paths].sort(
    (a, b) => Number(dispensable.test(a)) - Number(dispensable.test(b)),
  );
  const unheld = new Map(collidingPaths(needed, context.ignoresCase));
  for (const name of paths) {
    const problem = portabilityProblem(name);
    if (problem !== undefined && !(await canHold(context, name))) unheld.set(name, problem);
  }
  return unheld;
}

/** Tried out where a try says so: Windows makes something else of some names without an error. */
async function canHold(context: CacheContext, name: string): Promise<boolean> {
  if ((context.ports.names ?? systemNames) === 'windows') return false;
  return await context.withStaging(async (staging) => {
    const file = below(staging, name);
    try {
      await context.disk.makeFolder(path.dirname(file));
      await context.disk.createFile(file, '', { retry: false });
      return true;
    } catch (error) {
      if (!noNameErrors.has(errnoOf(error) ?? '')) throw error;
      return false;
    }
  });
}

/** How systems say that they have no such names. */
const noNameErrors = new Set(['EINVAL', 'ENAMETOOLONG', 'EILSEQ', 'ENOENT', 'EPERM', 'EIO']);

function notHeld(name: string, problem: string): AsrError {
  return new AsrError(
    'unsupported',
    localized(
      'This disk can’t hold a file of the model: {0} ({1}). Choose a model folder on another disk.',
      name,
      problem,
    ),
  );
}
