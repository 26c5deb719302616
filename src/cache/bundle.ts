import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError, Cancelled } from '../common/asrError';
import { systemClock } from '../common/clock';
import { digestHasher } from '../common/digest';
import { errnoOf } from '../common/fileErrors';
import { openWhenFree, renameWhenFree, retryInUse } from '../common/fileInUse';
import { localized } from '../common/localizedMessage';
import { below } from '../common/paths';
import {
  type BundleBlob,
  blobHeader,
  bundleLayout,
  type BundleModel,
  padding,
  readAt,
  readBundle,
} from './bundleFile';
import type { CacheContext } from './cacheContext';
import type { WorkOptions } from './hashFile';
import type { ExportModel, ExportReport, ImportBundleOptions, ImportedBundle } from './modelStore';
import { prepareSnapshot } from './prepareSnapshot';
import type { PreparedSnapshot } from './preparedSnapshot';

const chunkBytes = 1 << 20;

/**
 * See {@link StoreMaintenance.exportBundle}. The bundle grows beside its name and is renamed when it is whole; the next
 * try continues after the last whole file.
 */
export async function exportBundle(
  context: CacheContext,
  models: readonly ExportModel[],
  target: string,
  options: WorkOptions = {},
): Promise<ExportReport> {
  const { head, blobs, sizeBytes } = bundleLayout(
    models.map((model) => bundleModel(context, model)),
  );
  const sources = sourcesOf(context, models);
  const unfinished = `${target}.part`;
  const file = await openUnfinished(unfinished, head);
  try {
    const { size } = await file.stat();
    let doneBytes = head.length;
    for (const blob of blobs.values()) if (blob.end <= size) doneBytes = blob.end;
    await file.truncate(doneBytes);
    for (const blob of blobs.values()) {
      if (blob.end <= doneBytes) continue;
      if (options.signal?.aborted === true) throw new Cancelled();
      const source = sources.get(blob.digest.hex);
      if (source === undefined) throw notWhole(blob.digest.hex);
      await writeAll(file, blobHeader(blob), blob.headerAt);
      await addBlob(file, blob, source, options, (bytes) => {
        doneBytes += bytes;
        options.onProgress?.({
          step: 'copy',
          doneBytes,
          totalBytes: sizeBytes,
          currentFile: source.name,
        });
      });
      doneBytes = blob.end;
    }
    await file.truncate(sizeBytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await renameWhenFree(unfinished, target);
  return { files: blobs.size, sizeBytes };
}

function bundleModel(context: CacheContext, model: ExportModel): BundleModel {
  const snapshot = context.find(model.repo).snapshots.find((one) => one.commit === model.commit);
  if (snapshot?.tree === undefined) throw notWhole(model.name);
  const { tree } = snapshot;
  return { ...model, revision: model.revision ?? model.commit, tree };
}

interface Source {
  readonly file: string;
  readonly name: string;
}

/** The file of each digest, on the disk. */
function sourcesOf(
  context: CacheContext,
  models: readonly ExportModel[],
): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>();
  for (const { repo, commit } of models) {
    const snapshot = context.find(repo).snapshots.find((one) => one.commit === commit);
    const digests = new Map(snapshot?.tree?.map((entry) => [entry.path, entry.digest.hex]));
    for (const { path: name, content } of snapshot?.entries ?? []) {
      const hex = digests.get(name);
      if (hex === undefined || content === undefined) continue;
      sources.set(hex, { file: below(context.hubRoot, content.key), name });
    }
  }
  return sources;
}

/** Opens what an earlier export left, if it began with the same manifest, else starts over. */
async function openUnfinished(file: string, head: Buffer): Promise<fs.FileHandle> {
  try {
    const there = await retryInUse(systemClock, [file], () => fs.open(file, 'r+'));
    if ((await readAt(there, 0, head.length)).equals(head)) return there;
    await there.close();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const fresh = await retryInUse(systemClock, [file], () => fs.open(file, 'w+'));
  await writeAll(fresh, head, 0);
  return fresh;
}

/** Adds a file to the bundle, hashed on the way: what is damaged here is not carried to another machine. */
async function addBlob(
  file: fs.FileHandle,
  { digest, sizeBytes, contentAt }: BundleBlob,
  source: Source,
  { signal }: WorkOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const from = await openWhenFree(source.file);
  try {
    const hasher = digestHasher(digest.algorithm, sizeBytes);
    await eachPart(from, 0, sizeBytes, signal, async (part, at) => {
      hasher.update(part);
      await writeAll(file, part, contentAt + at);
      onBytes(part.length);
    });
    if (hasher.digest('hex') !== digest.hex) throw notWhole(source.name);
    await writeAll(file, Buffer.alloc(padding(sizeBytes)), contentAt + sizeBytes);
  } finally {
    await from.close();
  }
}

/** Whether a file is a bundle, by its beginning. */
export async function isBundle(source: string): Promise<boolean> {
  const stats = await fs.stat(source).catch(() => undefined);
  if (stats?.isFile() !== true) return false;
  const file = await openWhenFree(source);
  try {
    return (await readBundle(file)) !== undefined;
  } finally {
    await file.close();
  }
}

/**
 * See {@link StoreMaintenance.importBundle}. Every file is hashed while it is copied and published like a download;
 * files that are there already are skipped, so that an interrupted import is resumed.
 */
export async function importBundle(
  context: CacheContext,
  source: string,
  options: ImportBundleOptions = {},
): Promise<ImportedBundle> {
  const file = await openWhenFree(source);
  try {
    const bundle = await readBundle(file);
    if (bundle === undefined) throw noBundle(source);
    await options.check?.(bundle.models);
    const { size } = await file.stat();
    const work = { file, source, size, blobs: bundle.blobs, doneBytes: 0 };
    const total = new Set<string>();
    let addedFiles = 0;
    for (const model of bundle.models) {
      addedFiles += await importModel(context, model, work, options, total);
    }
    return { models: bundle.models, addedFiles };
  } finally {
    await file.close();
  }
}

interface ImportWork {
  readonly file: fs.FileHandle;
  readonly source: string;
  readonly size: number;
  readonly blobs: ReadonlyMap<string, BundleBlob>;
  doneBytes: number;
}

async function importModel(
  context: CacheContext,
  model: BundleModel,
  work: ImportWork,
  options: ImportBundleOptions,
  counted: Set<string>,
): Promise<number> {
  const { repo, commit, revision, tree, paths } = model;
  const prepared = await prepareSnapshot(context, { repo, commit, revision, tree, paths }, options);
  let added = 0;
  try {
    for (const { entry, partialPath } of prepared.files) {
      const blob = work.blobs.get(entry.digest.hex);
      if (isMissing(prepared, entry.path)) {
        if (blob === undefined) throw noBundle(work.source);
        await takeBlob(context, work, blob, partialPath, entry.path, options);
        await prepared.publish(entry.path);
        added++;
      } else if (blob !== undefined && !counted.has(entry.digest.hex)) {
        work.doneBytes += blob.sizeBytes;
      }
      counted.add(entry.digest.hex);
    }
    await prepared.complete();
  } finally {
    await prepared.release();
  }
  return added;
}

function isMissing(prepared: PreparedSnapshot, filePath: string): boolean {
  return prepared.files.some(({ entry, state }) => entry.path === filePath && state === 'missing');
}

async function takeBlob(
  context: CacheContext,
  work: ImportWork,
  { digest, sizeBytes, contentAt }: BundleBlob,
  partialPath: string,
  name: string,
  { signal, onProgress }: ImportBundleOptions,
): Promise<void> {
  if (work.size < contentAt + sizeBytes) throw cutOff(work.source);
  const temporary = path.join(path.dirname(partialPath), `${randomUUID()}.tmp`);
  const totalBytes = [...work.blobs.values()].reduce((sum, blob) => sum + blob.sizeBytes, 0);
  try {
    const hasher = digestHasher(digest.algorithm, sizeBytes);
    await context.disk.fill(temporary, (write) =>
      eachPart(work.file, contentAt, sizeBytes, signal, async (part) => {
        hasher.update(part);
        await write(part);
        work.doneBytes += part.length;
        onProgress?.({ step: 'copy', doneBytes: work.doneBytes, totalBytes, currentFile: name });
      }),
    );
    if (hasher.digest('hex') !== digest.hex) throw cutOff(work.source);
    await context.disk.rename(temporary, partialPath);
  } finally {
    await context.disk.remove(temporary);
  }
}

/** A run of a file's bytes in parts of a megabyte. Rejects with `Cancelled`, or when the file ends before. */
async function eachPart(
  file: fs.FileHandle,
  start: number,
  bytes: number,
  signal: AbortSignal | undefined,
  take: (part: Buffer, at: number) => Promise<void>,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, bytes)));
  for (let at = 0; at < bytes;) {
    if (signal?.aborted === true) throw new Cancelled();
    const { bytesRead } = await file.read(
      buffer,
      0,
      Math.min(buffer.length, bytes - at),
      start + at,
    );
    if (bytesRead === 0) return;
    await take(buffer.subarray(0, bytesRead), at);
    at += bytesRead;
  }
}

async function writeAll(file: fs.FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

function notWhole(name: string): AsrError {
  return new AsrError(
    'integrity',
    localized('{0} is not whole, so it was not exported. Verify the model to repair it.', name),
  );
}

function noBundle(source: string): AsrError {
  return new AsrError(
    'unsupported',
    localized('{0} is not a bundle of models. Choose a file that Export Models has made.', source),
  );
}

function cutOff(source: string): AsrError {
  return new AsrError(
    'integrity',
    localized('{0} is damaged or cut off. Copy it again from where it was exported.', source),
  );
}
