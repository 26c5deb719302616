import { createHash } from 'node:crypto';
import { digestHasher } from '../../src/common/digest';
import { bufferContent, type HubContent } from './content';

/** A file of a test repository. Plain data is kept in git or in LFS by its name and size; `lfs` overrides that. */
export type TestFile =
  Buffer | string | HubContent | { readonly content: HubContent; readonly lfs: boolean };

/** A repository as plain data. */
export interface TestRepoOptions {
  /** `org/name` or `name`. */
  readonly name: string;
  readonly files: Readonly<Record<string, TestFile>>;
  /** Terms must be accepted: only tokens with access get file bytes; the listing stays public. */
  readonly gated?: 'auto' | 'manual';
  /** Visible only with a token that has access. */
  readonly private?: boolean;
  /** Taken down by the Hub: 403 with its own message. */
  readonly disabled?: boolean;
  readonly licence?: string;
  readonly tags?: Readonly<Record<string, 'head'>>;
  /** The tags of its card, which the Hub's search filters by: languages, formats, libraries. */
  readonly cardTags?: readonly string[];
  /** In the last 30 days. */
  readonly downloads?: number;
  /** Absent: speech recognition. */
  readonly pipelineTag?: string;
  readonly lastModified?: string;
  /** Former names; a request for one is answered with a 307 to the current one. */
  readonly formerNames?: readonly string[];
}

/** A file as the Hub keeps it. */
export interface StoredFile {
  readonly path: string;
  readonly content: HubContent;
  readonly lfs: boolean;
}

interface Commit {
  readonly id: string;
  readonly files: ReadonlyMap<string, StoredFile>;
}

const lfsExtensions = /\.(bin|onnx|ort|safetensors|pt|nemo|gguf|ckpt|wav|weights|onnx_data|tar)$/;

/** A repository with its commits and refs. */
export class TestRepo {
  readonly name: string;
  readonly options: TestRepoOptions;
  readonly branches = new Map<string, string>();
  readonly tags = new Map<string, string>();
  readonly #commits = new Map<string, Commit>();

  constructor(options: TestRepoOptions) {
    this.name = options.name;
    this.options = options;
    const commit = this.push(options.files);
    for (const tag of Object.keys(options.tags ?? {})) this.tags.set(tag, commit);
  }

  /** Makes a commit of exactly these files, points the branch to it, and returns its id. */
  push(files: Readonly<Record<string, TestFile>>, branch = 'main'): string {
    const stored = new Map<string, StoredFile>();
    const hash = createHash('sha1').update(`${this.name}\n${this.#commits.size}\n`);
    for (const path of Object.keys(files).sort()) {
      const file = files[path];
      if (file === undefined) continue;
      const entry = storedFile(path, file);
      stored.set(path, entry);
      hash.update(`${path}\n${entry.content.identity}\n`);
    }
    const id = hash.digest('hex');
    this.#commits.set(id, { id, files: stored });
    this.branches.set(branch, id);
    return id;
  }

  /** The commit of a branch, a tag, a full ref or a commit id. */
  commit(revision: string): Commit | undefined {
    const short = revision.replace(/^refs\/(heads|tags)\//, '');
    const id = this.branches.get(short) ?? this.tags.get(short) ?? revision;
    return this.#commits.get(id);
  }

  /** The commit of `main`. */
  get headCommit(): string {
    return this.branches.get('main') ?? '';
  }
}

function storedFile(path: string, file: TestFile): StoredFile {
  if (typeof file === 'string') return { path, content: bufferContent(file), lfs: false };
  if (Buffer.isBuffer(file)) {
    const lfs = lfsExtensions.test(path) || file.length > 1024 * 1024;
    return { path, content: bufferContent(file), lfs };
  }
  if ('content' in file) return { path, content: file.content, lfs: file.lfs };
  return { path, content: file, lfs: true };
}

/**
 * The pointer that git keeps instead of a large file; its blob id is the entry's `oid`
 * (docs/hub-protocol.md section 1.3).
 */
export function lfsPointer(
  sha256: string,
  sizeBytes: number,
): { oid: string; pointerSize: number } {
  const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${sizeBytes}\n`;
  const oid = digestHasher('git-sha1', Buffer.byteLength(text)).update(text).digest('hex');
  return { oid, pointerSize: Buffer.byteLength(text) };
}

/** The Xet content id the hub makes up: 64 hex digits that are *not* the sha256. */
export function xetHash(content: HubContent): string {
  return createHash('sha256').update(`xet ${content.identity}`).digest('hex');
}
