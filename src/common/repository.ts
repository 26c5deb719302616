import type { Digest } from './digest';

/** One file of a commit of a repository, as the Hub lists it (docs/hub-protocol.md section 1.3). */
export interface RepoFile {
  /** Slash-separated path inside the repository, as the Hub sent it: not yet safe to write to. */
  readonly path: string;
  readonly sizeBytes: number;
  /** sha256 for large files, git-sha1 for small ones. */
  readonly digest: Digest;
  /** Git's object id of the entry (of the pointer, for large files); goes into `trees/<commit>.json`. */
  readonly gitOid: string;
  /** The Xet content id, kept only to be written down. */
  readonly xetHash?: string;
}

const part = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;
const localPart = /^[\p{L}\p{M}\p{N}_](?:[\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_])?$/u;

/**
 * Whether a text is a repository id that the Hub accepts: `name` or `namespace/name`, each part at most 96 ASCII
 * letters, digits, `_`, `-` and `.`, no `--`, no `..`, no `-` or `.` at its ends, not ending in `.git`
 * (docs/hub-protocol.md section 1.1). The name of an imported model may have letters of any script.
 */
export function isRepoId(text: string): boolean {
  const parts = text.split('/');
  if (parts.length > 2 || /--|\.\.|\.git$/.test(text)) return false;
  const legal = parts[0] === importedNamespace ? localPart : part;
  return parts.every((name) => name.length <= 96 && legal.test(name));
}

/**
 * The namespace of the cache in which imported models lie. Names in it may have letters of any script, for they are
 * those of a person's own files.
 */
export const importedNamespace = 'local';

/** Whether a repository of the cache is on no hub: imported models, and plain files at addresses of their own. */
export function isLocalRepo(repo: string): boolean {
  return /^(?:local|plain-files)\//i.test(repo);
}

const weightsExtension = /\.(?:bin|gguf|ggml|onnx|ort|safetensors|nemo|pt|pth|ckpt)$/i;

/** Whether a file holds a model's weights, by its extension (docs/model-formats.md section 1.1). */
export function isWeightsFile(path: string): boolean {
  return weightsExtension.test(path);
}

/** A file's name without the extension of weights. */
export function withoutWeightsExtension(name: string): string {
  return name.replace(weightsExtension, '');
}
