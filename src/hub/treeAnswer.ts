import { parseDigest, type Digest } from '../common/digest';
import { isByteCount, isObject, type JsonObject } from '../common/json';
import type { HubFile } from './hubClient';

function digestOf(hex: unknown, algorithm: Digest['algorithm']): Digest | undefined {
  const digest = typeof hex === 'string' ? parseDigest(hex) : undefined;
  return digest?.algorithm === algorithm ? digest : undefined;
}

function readFile(entry: JsonObject): HubFile | undefined {
  const { path, oid, lfs, xetHash } = entry;
  const gitDigest = digestOf(oid, 'git-sha1');
  if (typeof path !== 'string' || path === '' || gitDigest === undefined) return undefined;
  const large = isObject(lfs) ? lfs : undefined;
  const digest = large === undefined ? gitDigest : digestOf(large['oid'], 'sha256');
  const sizeBytes = large?.['size'] ?? entry['size'];
  if (digest === undefined || !isByteCount(sizeBytes)) return undefined;
  const isXetHash = typeof xetHash === 'string' && /^[0-9a-f]{64}$/.test(xetHash);
  return { path, sizeBytes, digest, gitOid: gitDigest.hex, ...(isXetHash ? { xetHash } : {}) };
}

/**
 * Reads one page of a tree; folders and unknown kinds are left out (docs/hub-protocol.md section 1.3). A large file's
 * digest is the sha256 of its content, a small one's is git's blob id. The result is `bad` with the offending entry
 * when there is one: a file without a digest can't be verified, so a listing with one is refused whole.
 */
export function readTreePage(
  page: unknown,
): { readonly files: readonly HubFile[] } | { readonly bad: string } {
  if (!Array.isArray(page)) return { bad: 'not a list' };
  const files: HubFile[] = [];
  for (const entry of page as readonly unknown[]) {
    if (!isObject(entry)) return { bad: 'an entry that is not an object' };
    if (entry['type'] !== 'file') continue;
    const file = readFile(entry);
    if (file === undefined) {
      return { bad: typeof entry['path'] === 'string' ? entry['path'] : 'an entry without a path' };
    }
    files.push(file);
  }
  return { files };
}
