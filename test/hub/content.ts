import { createCipheriv, createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { digestHasher } from '../../src/common/digest';

/** The bytes of a file on the test hub: readable at any offset, so that a 2 GB file needs no memory and no disk. */
export interface HubContent {
  readonly sizeBytes: number;
  /** Names the bytes without reading them: equal identities have equal bytes. */
  readonly identity: string;
  /** Bytes from `offset`, at least one and at most `maxBytes`; shorter at the content's inner borders. Not to be written to. */
  read(offset: number, maxBytes: number): Buffer;
  /** Lower-case hex, computed once, at the first question. */
  sha256(): Promise<string>;
  /** Git's blob SHA-1 of the bytes, lower-case hex. */
  gitSha1(): Promise<string>;
}

const hashStepBytes = 8 * 1024 * 1024;

/** Hashes a part of a content (by default all of it) without holding up the event loop for long. */
export async function hashContent(
  content: Pick<HubContent, 'sizeBytes' | 'read'>,
  algorithm: 'sha256' | 'git-sha1',
  endBytes: number = content.sizeBytes,
): Promise<string> {
  const hash = digestHasher(algorithm, endBytes);
  let offset = 0;
  let nextPause = hashStepBytes;
  while (offset < endBytes) {
    const part = content.read(offset, endBytes - offset);
    hash.update(part);
    offset += part.length;
    if (offset < nextPause) continue;
    nextPause = offset + hashStepBytes;
    await nextTurn();
  }
  return hash.digest('hex');
}

/** Text or bytes that are there as they are. */
export function bufferContent(data: Buffer | string): HubContent {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const gitSha1 = digestHasher('git-sha1', bytes.length).update(bytes).digest('hex');
  return {
    sizeBytes: bytes.length,
    identity: sha256,
    read: (offset, maxBytes) => bytes.subarray(offset, offset + maxBytes),
    sha256: () => Promise.resolve(sha256),
    gitSha1: () => Promise.resolve(gitSha1),
  };
}

const blockBytes = 1024 * 1024;

export interface GeneratedContentOptions {
  readonly sizeBytes: number;
  /** Another seed gives other bytes. */
  readonly seed?: string;
  /** The sha256 where it is known already, for sizes that take seconds to hash. */
  readonly knownSha256?: string;
}

/**
 * Made-up bytes that do not compress. Every 1 MiB block is the same key stream, rotated by a distance of its own: no
 * two blocks agree at the same offset, so that bytes in the wrong place change the digest, and reading copies nothing.
 */
export function generatedContent(options: GeneratedContentOptions): HubContent {
  const { sizeBytes, seed = 'asr', knownSha256 } = options;
  let twice: Buffer | undefined;
  let sha256 = knownSha256 === undefined ? undefined : Promise.resolve(knownSha256);
  let gitSha1: Promise<string> | undefined;

  function read(offset: number, maxBytes: number): Buffer {
    twice ??= keyStreamTwice(seed);
    const block = Math.floor(offset / blockBytes);
    const within = offset % blockBytes;
    const length = Math.min(maxBytes, blockBytes - within, sizeBytes - offset);
    // An odd factor visits every rotation once before it repeats: 2^20 blocks, 1 TiB.
    const rotation = (block * 40_503) % blockBytes;
    const start = (rotation + within) % blockBytes;
    return twice.subarray(start, start + length);
  }

  const content = { sizeBytes, identity: `generated:${seed}:${sizeBytes}`, read };
  return {
    ...content,
    sha256: () => (sha256 ??= hashContent(content, 'sha256')),
    gitSha1: () => (gitSha1 ??= hashContent(content, 'git-sha1')),
  };
}

function keyStreamTwice(seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const once = cipher.update(Buffer.alloc(blockBytes));
  return Buffer.concat([once, once]);
}

/** All bytes of a content in memory, for small ones. */
export function contentBytes(content: HubContent): Buffer {
  const parts: Buffer[] = [];
  for (let offset = 0; offset < content.sizeBytes;) {
    const part = content.read(offset, content.sizeBytes - offset);
    parts.push(part);
    offset += part.length;
  }
  return Buffer.concat(parts);
}
