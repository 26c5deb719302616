import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { defined } from '../protocol/defined';
import { AsrError } from '../common/asrError';
import { digestHasher } from '../common/digest';
import { localized } from '../common/localizedMessage';
import type { CacheContext } from './cacheContext';
import { type CopyOptions, readChunks } from './copySparse';
import { importSources, type ImportSource, refusal } from './importSource';
import type { ImportCandidate, ImportedModel, ImportOptions, ImportTarget } from './maintenance';
import { isModel } from './modelHeader';
import { prepareSnapshot } from './prepareSnapshot';
import type { PreparedSnapshot, TreeEntry } from './preparedSnapshot';

interface Copied {
  readonly candidate: ImportCandidate;
  readonly file: string;
}

/**
 * See {@link StoreMaintenance.importModel}. Each file is copied aside while it is hashed (or shares its blocks and is
 * hashed), then the copies are published like a download. The origin is only read.
 */
export async function importModel(
  context: CacheContext,
  source: string,
  options: ImportOptions,
): Promise<ImportedModel> {
  const sources = await importSources(source);
  await context.makeRoot();
  const staging = await context.stagingFolder();
  await context.disk.makeFolder(staging);
  try {
    const copied = await copyAll(context, sources, staging, options);
    const candidates = copied.map((one) => one.candidate);
    const recognised = await options.recognise?.(candidates);
    if (recognised === undefined && !candidates.some((one) => isModel(one.header))) {
      throw refusal(path.basename(source), undefined);
    }
    const target = recognised ?? ownTarget(path.basename(source), candidates);
    await publishAll(context, target, copied, options);
    const main = candidates.find((one) => isModel(one.header)) ?? candidates[0];
    return {
      repo: target.repo,
      commit: target.commit,
      paths: target.files.map((file) => file.path),
      recognised: recognised !== undefined,
      header: main?.header ?? { kind: 'unknown' },
    };
  } finally {
    await context.disk.removeTree(staging);
  }
}

async function copyAll(
  context: CacheContext,
  sources: readonly ImportSource[],
  staging: string,
  { signal, onProgress }: ImportOptions,
): Promise<readonly Copied[]> {
  const totalBytes = sources.reduce((sum, source) => sum + source.sizeBytes, 0);
  let doneBytes = 0;
  const copied: Copied[] = [];
  for (const [index, source] of sources.entries()) {
    const file = path.join(staging, String(index));
    const sha256 = createHash('sha256');
    const gitSha1 = digestHasher('git-sha1', source.sizeBytes);
    let bytes = 0;
    const work: CopyOptions = {
      ...defined({ signal }),
      onChunk: (chunk) => {
        sha256.update(chunk);
        gitSha1.update(chunk);
        bytes += chunk.length;
      },
      onBytes: (added) => {
        doneBytes += added;
        onProgress?.({ step: 'copy', doneBytes, totalBytes, currentFile: source.path });
      },
    };
    if (await context.disk.clone(source.file, file)) await readChunks(file, work);
    else await context.disk.copy(source.file, file, work);
    if (bytes !== source.sizeBytes) throw changed(source.path);
    const { path: name, sizeBytes, header } = source;
    copied.push({
      file,
      candidate: {
        path: name,
        sizeBytes,
        header,
        sha256: sha256.digest('hex'),
        gitSha1: gitSha1.digest('hex'),
      },
    });
  }
  return copied;
}

/** A model that nobody knows is listed under its own name, at a commit made of its content. */
function ownTarget(name: string, candidates: readonly ImportCandidate[]): ImportTarget {
  const listing = candidates.map((one) => `${one.path}\n${one.sha256}\n`).sort();
  return {
    repo: `local/${localName(name)}`,
    commit: createHash('sha1').update(listing.join('')).digest('hex'),
    revision: 'main',
    tree: candidates.map((candidate) => ({ ...entryOf(candidate), path: candidate.path })),
    files: candidates.map((candidate) => ({ candidate, path: candidate.path })),
  };
}

function localName(name: string): string {
  const plain = name
    .replace(/\.(bin|gguf|onnx|ort|safetensors|nemo|pt|pth)$/i, '')
    .replace(/[^A-Za-z0-9._]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) || plain === ''
    ? `model-${plain}`
    : plain;
}

function entryOf(candidate: ImportCandidate): TreeEntry {
  return {
    path: candidate.path,
    sizeBytes: candidate.sizeBytes,
    digest: { algorithm: 'sha256', hex: candidate.sha256 },
    gitOid: candidate.gitSha1,
  };
}

async function publishAll(
  context: CacheContext,
  target: ImportTarget,
  copied: readonly Copied[],
  options: ImportOptions,
): Promise<void> {
  const listed = new Map(target.tree?.map((entry) => [entry.path, entry]));
  const entries = target.files.map(({ candidate, path: place }) => {
    const entry = listed.get(place);
    const matches =
      entry === undefined ||
      entry.digest.hex === candidate.sha256 ||
      entry.digest.hex === candidate.gitSha1;
    if (!matches) throw changed(candidate.path);
    return { candidate, entry: entry ?? { ...entryOf(candidate), path: place } };
  });
  const prepared = await prepareSnapshot(
    context,
    {
      repo: target.repo,
      commit: target.commit,
      revision: target.revision,
      tree: target.tree ?? entries.map(({ entry }) => entry),
      paths: entries.map(({ entry }) => entry.path),
      ...(target.tree === undefined ? { treeIsIncomplete: true } : {}),
    },
    options,
  );
  try {
    for (const { candidate, entry } of entries) {
      const file = copied.find((one) => one.candidate === candidate)?.file;
      if (file !== undefined) await publishOne(context, prepared, entry.path, file);
    }
    await prepared.complete();
  } finally {
    await prepared.release();
  }
}

async function publishOne(
  context: CacheContext,
  prepared: PreparedSnapshot,
  place: string,
  file: string,
): Promise<void> {
  const wanted = prepared.files.find((one) => one.entry.path === place);
  if (wanted?.state !== 'missing') return;
  const isThere = await fs.lstat(file).catch(() => undefined);
  if (isThere !== undefined) await context.disk.rename(file, wanted.partialPath);
  await prepared.publish(place);
}

function changed(name: string): AsrError {
  return new AsrError(
    'integrity',
    localized(
      '{0} changed while it was being read. Import it again when nothing writes to it.',
      name,
    ),
  );
}
