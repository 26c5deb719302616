import type * as fs from 'node:fs/promises';
import type { Digest } from '../common/digest';
import { isObject, type JsonObject, parseJson } from '../common/json';
import type { RepoFile } from '../common/repository';
import type { ModelFiles } from './modelStore';
import { parseTree, treeText } from './treeFile';

/*
 * A bundle of models for machines without a network: a tar file (POSIX ustar), so that any program can open it.
 *
 *   manifest.json    the models, their licences, and the file list of each commit
 *   blobs/<digest>   the bytes of each file once
 *
 * Where each part lies follows from the manifest alone, so that an export and an import can be resumed where they
 * ended.
 */
const format = 'asr-models-bundle';
const version = 1;
const manifestName = 'manifest.json';
const blockBytes = 512;
/** A thousand models with a hundred files each are a third of this. */
const maxManifestBytes = 64 << 20;

/** A model in a bundle. */
export interface BundleModel extends ModelFiles {
  readonly name: string;
  readonly revision: string;
  /** SPDX identifier, as far as it is known. */
  readonly licence?: string;
  /** The commit's whole list. */
  readonly tree: readonly RepoFile[];
}

/** One part of the tar file. */
export interface BundleBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Where its header begins in the bundle, in bytes. Its content follows. */
  readonly headerAt: number;
  readonly contentAt: number;
  /** Where the next part begins. */
  readonly end: number;
}

interface BundleLayout {
  /** The bundle's beginning: the manifest with its header. */
  readonly head: Buffer;
  /** By digest, in the order in which they lie there. */
  readonly blobs: ReadonlyMap<string, BundleBlob>;
  readonly sizeBytes: number;
}

/** Works out a bundle of these models. Pure. */
export function bundleLayout(models: readonly BundleModel[]): BundleLayout {
  const manifest = Buffer.from(manifestText(models));
  const head = Buffer.concat([
    header(manifestName, manifest.length),
    manifest,
    Buffer.alloc(padding(manifest.length)),
  ]);
  const { blobs, end } = blobsAt(models, head.length);
  return { head, blobs, sizeBytes: end + 2 * blockBytes };
}

function blobsAt(
  models: readonly BundleModel[],
  start: number,
): { readonly blobs: ReadonlyMap<string, BundleBlob>; readonly end: number } {
  const blobs = new Map<string, BundleBlob>();
  let at = start;
  for (const { tree, paths } of models) {
    const wanted = new Set(paths);
    for (const { path, digest, sizeBytes } of tree) {
      if (!wanted.has(path) || blobs.has(digest.hex)) continue;
      const contentAt = at + blockBytes;
      const end = contentAt + sizeBytes + padding(sizeBytes);
      blobs.set(digest.hex, { digest, sizeBytes, headerAt: at, contentAt, end });
      at = end;
    }
  }
  return { blobs, end: at };
}

export function blobHeader({ digest, sizeBytes }: BundleBlob): Buffer {
  return header(`blobs/${digest.hex}`, sizeBytes);
}

/** Zeros up to the next block. */
export function padding(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/**
 * Reads the beginning of a bundle: its models, and where their bytes must lie. Undefined when the file is no bundle, or
 * one whose manifest can't be believed.
 */
export async function readBundle(
  file: fs.FileHandle,
): Promise<(BundleLayout & { readonly models: readonly BundleModel[] }) | undefined> {
  const first = await readAt(file, 0, blockBytes);
  const sizeBytes = Number.parseInt(first.toString('latin1', 124, 135), 8);
  if (!first.equals(header(manifestName, Number.isSafeInteger(sizeBytes) ? sizeBytes : 0))) {
    return undefined;
  }
  if (sizeBytes > maxManifestBytes) return undefined;
  const models = parseManifest((await readAt(file, blockBytes, sizeBytes)).toString('utf8'));
  if (models === undefined) return undefined;
  const layout = bundleLayout(models);
  return layout.head.length === blockBytes + sizeBytes + padding(sizeBytes)
    ? { ...layout, models }
    : undefined;
}

/** The bytes of a file; fewer where it ends. */
export async function readAt(file: fs.FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, at);
  return buffer.subarray(0, bytesRead);
}

function manifestText(models: readonly BundleModel[]): string {
  const entries = models.map(({ tree, ...model }) => ({
    ...model,
    tree: parseJson(treeText(tree)),
  }));
  return `${JSON.stringify({ format, version, models: entries }, undefined, 1)}\n`;
}

function parseManifest(text: string): readonly BundleModel[] | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['format'] !== format || json['version'] !== version) return undefined;
  const entries: unknown = json['models'];
  if (!Array.isArray(entries)) return undefined;
  const models = entries.map((entry: unknown) => (isObject(entry) ? parseModel(entry) : undefined));
  return models.every((model) => model !== undefined) ? models : undefined;
}

function parseModel(json: JsonObject): BundleModel | undefined {
  const { repo, commit, revision, name, licence, paths, tree: list } = json;
  if (typeof repo !== 'string' || typeof commit !== 'string' || typeof name !== 'string') {
    return undefined;
  }
  if (typeof revision !== 'string' || !Array.isArray(paths)) return undefined;
  const tree = parseTree(JSON.stringify(list));
  const names = paths.filter((path: unknown) => typeof path === 'string');
  if (tree === undefined || names.length !== paths.length) return undefined;
  return {
    name,
    repo,
    commit,
    revision,
    paths: names,
    tree,
    ...(typeof licence === 'string' ? { licence } : {}),
  };
}

/** A ustar header of a file that everybody may read, dated 1970: the same models make the same bundle. */
function header(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  writeSize(block, sizeBytes);
  block.write('00000000000\0', 136, 'latin1');
  block.write('        0', 148, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Eleven octal digits; from 8 GiB on in base 256, as GNU tar and bsdtar write and read it. */
function writeSize(block: Buffer, sizeBytes: number): void {
  if (sizeBytes < 8 ** 11) {
    block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    return;
  }
  block.writeUInt8(0x80, 124);
  block.writeBigUInt64BE(BigInt(sizeBytes), 128);
}
