import { createHash } from 'node:crypto';
import type { ModelSource } from './catalogModel';

/**
 * A commit's name for a model of plain files, which have no repository: 40 hex digits that follow from their paths,
 * sizes and digests, so that other content has another name.
 */
export function plainFilesCommit(source: Extract<ModelSource, { kind: 'files' }>): string {
  const hash = createHash('sha1');
  const lines = source.files.map(
    ({ path, sizeBytes, sha256 }) => `${sha256} ${String(sizeBytes)} ${path}\n`,
  );
  for (const line of lines.sort()) hash.update(line);
  return hash.digest('hex');
}
