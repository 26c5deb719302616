import { createHash, type Hash } from 'node:crypto';

/**
 * The digest that names a file's content: sha256 for large files, git's blob SHA-1 for small ones
 * (docs/hub-protocol.md section 1.3).
 */
export interface Digest {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Lower-case hex: 64 characters for sha256, 40 for git-sha1. */
  readonly hex: string;
}

/** Reads a digest from its hex form by its length; undefined when it is neither. */
export function parseDigest(hex: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: 'sha256', hex };
  if (/^[0-9a-f]{40}$/.test(hex)) return { algorithm: 'git-sha1', hex };
  return undefined;
}

/** Whether two digests name the same content. */
export function sameDigest(a: Digest, b: Digest): boolean {
  return a.algorithm === b.algorithm && a.hex === b.hex;
}

/** A running hash of the given kind. `sizeBytes` goes into git's header and is needed before the first byte. */
export function digestHasher(algorithm: Digest['algorithm'], sizeBytes: number): Hash {
  if (algorithm === 'sha256') return createHash('sha256');
  return createHash('sha1').update(`blob ${String(sizeBytes)}\0`);
}
