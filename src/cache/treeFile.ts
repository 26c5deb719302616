import { createHash } from 'node:crypto';
import type { RepoFile } from '../common/repository';
import { defined } from '../protocol/defined';
import { parseDigest } from '../common/digest';
import { isByteCount, isObject, parseJson } from '../common/json';

/**
 * The version of `trees/<commit>.json`, a commit's whole file list. Other clients ignore any other version
 * (docs/hub-protocol.md section 5.1).
 */
const formatVersion = 1;

/** The file's text: sorted by path, the last three keys only when known. */
export function treeText(tree: readonly RepoFile[]): string {
  const sorted = [...tree].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const lines = sorted.map(
    (entry) => `${JSON.stringify(entry.path)}:${JSON.stringify(fields(entry))}`,
  );
  return `{"format_version":${String(formatVersion)},"files":{${lines.join(',')}}}`;
}

function fields(entry: RepoFile): Record<string, unknown> {
  const large = entry.digest.algorithm === 'sha256';
  return {
    size: entry.sizeBytes,
    blob_id: entry.gitOid,
    ...(large ? { lfs_sha256: entry.digest.hex, lfs_size: entry.sizeBytes } : {}),
    ...defined({ xet_hash: entry.xetHash }),
  };
}

/** Reads the file's text; undefined when it is not one, is another version, or any entry of it can't be believed. */
export function parseTree(text: string): readonly RepoFile[] | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['format_version'] !== formatVersion) return undefined;
  const files = json['files'];
  if (!isObject(files)) return undefined;
  const tree: RepoFile[] = [];
  for (const [path, value] of Object.entries(files)) {
    const entry = parseEntry(path, value);
    if (entry === undefined) return undefined;
    tree.push(entry);
  }
  return tree;
}

function parseEntry(path: string, value: unknown): RepoFile | undefined {
  if (!isObject(value)) return undefined;
  const { size, blob_id: gitOid, lfs_sha256: sha256, lfs_size: lfsSize, xet_hash: xetHash } = value;
  if (typeof gitOid !== 'string') return undefined;
  const digest = parseDigest(typeof sha256 === 'string' ? sha256 : gitOid);
  const sizeBytes = isByteCount(lfsSize) ? lfsSize : size;
  if (digest === undefined || !isByteCount(sizeBytes)) return undefined;
  return {
    path,
    sizeBytes,
    digest,
    gitOid,
    ...(typeof xetHash === 'string' ? { xetHash } : {}),
  };
}

/** The commit of files that no hub has: it is made of their names and contents (sha256). */
export function contentCommit(tree: readonly RepoFile[]): string {
  const lines = tree.map(({ path, digest }) => `${path}\n${digest.hex}\n`).sort();
  return createHash('sha1').update(lines.join('')).digest('hex');
}
