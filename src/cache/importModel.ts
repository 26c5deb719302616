import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { defined } from '../protocol/defined';
import { AsrError } from '../common/asrError';
import { digestHasher } from '../common/digest';
import { localized } from '../common/localizedMessage';
import type { CacheContext } from './cacheContext';
import { copyInto, type CopyOptions } from './copySparse';
import {
  headerBytes,
  isModel,
  type ModelHeader,
  type NotModelReason,
  readHeader,
} from './modelHeader';
import type { ImportCandidate, ImportedModel, ImportOptions, ImportTarget } from './modelStore';
import { prepareSnapshot } from './prepareSnapshot';
import type { PreparedSnapshot, TreeEntry } from './preparedSnapshot';
import { pathProblem } from './safePath';
import { contentCommit } from './treeFile';

interface Copied {
  readonly candidate: ImportCandidate;
  readonly file: string;
}

/**
 * See {@link StoreMaintenance.importModel}. Each file is copied into a staging folder while it is hashed (or
 * shares its blocks and is hashed), then the copies are published like a download. The origin is only read.
 */
export async function importModel(
  context: CacheContext,
  source: string,
  options: ImportOptions = {},
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
    await copyInto(context.disk, source.file, file, work);
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

/** A model that is not recognised is listed under its own name, at a commit made of its content. */
function ownTarget(name: string, candidates: readonly ImportCandidate[]): ImportTarget {
  const tree = candidates.map(entryOf);
  return {
    repo: `local/${localName(name)}`,
    commit: contentCommit(tree),
    revision: 'main',
    tree,
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
  const entries = target.files.map(({ candidate, path: entryPath }) => {
    const entry = listed.get(entryPath);
    const matches =
      entry === undefined ||
      entry.digest.hex === candidate.sha256 ||
      entry.digest.hex === candidate.gitSha1;
    if (!matches) throw changed(candidate.path);
    return { candidate, entry: entry ?? { ...entryOf(candidate), path: entryPath } };
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
  entryPath: string,
  file: string,
): Promise<void> {
  const wanted = prepared.files.find((one) => one.entry.path === entryPath);
  if (wanted?.state !== 'missing') return;
  const isThere = await fs.lstat(file).catch(() => undefined);
  if (isThere !== undefined) await context.disk.rename(file, wanted.partialPath);
  await prepared.publish(entryPath);
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

/** A local file that may be a part of a model. */
interface ImportSource {
  readonly file: string;
  /** Slash-separated, below what was chosen. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly header: ModelHeader;
}

/** More than this is a home folder chosen by mistake, not a model. */
const maxFiles = 5_000;
/** Files that tools leave in a model's folder. */
const passedOver = /^(\..*|__pycache__|Thumbs\.db|desktop\.ini)$/i;

/**
 * The files of what a person chose: one file, or a folder with all that is in it (links to files are read through,
 * as in a hub cache's snapshots; links to folders are not entered). Rejects with `unsupported` when one of them is
 * certainly not what it should be, with `notFound` when there is nothing.
 */
async function importSources(source: string): Promise<readonly ImportSource[]> {
  const stats = await fs.stat(source).catch(() => undefined);
  if (stats === undefined) {
    throw new AsrError(
      'notFound',
      localized('{0} is not there. Choose another file or folder.', source),
    );
  }
  if (stats.isFile()) return [await describeFile(source, path.basename(source), true)];
  if (!stats.isDirectory()) throw refusal(path.basename(source), undefined);
  const sources: ImportSource[] = [];
  await walk(source, '', sources);
  if (sources.length === 0) throw refusal(path.basename(source), undefined);
  return sources;
}

async function walk(folder: string, prefix: string, sources: ImportSource[]): Promise<void> {
  for (const item of await fs.readdir(folder, { withFileTypes: true })) {
    if (passedOver.test(item.name)) continue;
    const file = path.join(folder, item.name);
    const name = prefix + item.name;
    if (item.isDirectory()) await walk(file, `${name}/`, sources);
    else if (item.isFile() || (await isLinkToFile(file))) {
      sources.push(await describeFile(file, name, false));
    }
    if (sources.length > maxFiles) {
      throw new AsrError(
        'unsupported',
        localized(
          '{0} holds more than {1} files, which is more than any model has. Choose the folder of one model.',
          folder,
          maxFiles,
        ),
      );
    }
  }
}

async function isLinkToFile(file: string): Promise<boolean> {
  return await fs.stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

async function describeFile(file: string, name: string, isAlone: boolean): Promise<ImportSource> {
  const problem = pathProblem(name);
  if (problem !== undefined) {
    throw new AsrError(
      'unsupported',
      localized(
        'The name {0} can’t be used in the model folder ({1}). Rename it, then import it again.',
        name,
        problem,
      ),
    );
  }
  const handle = await fs.open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    const header = readHeader(name, buffer.subarray(0, bytesRead), size);
    if (header.kind === 'notModel' && !isHarmless(name, header.reason, isAlone)) {
      throw refusal(name, header.reason);
    }
    return { file, path: name, sizeBytes: size, header };
  } finally {
    await handle.close();
  }
}

const weightsName = /\.(bin|gguf|ggml|onnx|ort|safetensors|nemo|pt|pth|ckpt)$/i;

/** A web page or an empty file in a model's folder is accepted, unless it has the name of the weights. */
function isHarmless(name: string, reason: NotModelReason, isAlone: boolean): boolean {
  return !isAlone && reason !== 'lfsPointer' && !weightsName.test(name);
}

/** The error for a file or folder that is not a model. */
function refusal(name: string, reason: NotModelReason | undefined): AsrError {
  switch (reason) {
    case 'empty':
      return refuse(localized('{0} is empty. Download the model again, then import it.', name));
    case 'html':
      return refuse(
        localized(
          '{0} is a web page, not a model: the download link led to a page. Download the file itself.',
          name,
        ),
      );
    case 'json':
      return refuse(
        localized('{0} is a server’s answer in JSON, not a model. Download the file itself.', name),
      );
    case 'lfsPointer':
      return refuse(
        localized(
          '{0} is a Git LFS pointer, not the model it points to. Run “git lfs pull” there, then import it.',
          name,
        ),
      );
    case 'truncated':
      return refuse(localized('{0} is cut off. Download the model again, then import it.', name));
    case undefined:
      return refuse(
        localized(
          '{0} is not a model that can be recognised. Choose a GGML, GGUF, ONNX, safetensors or NeMo file, or a folder with one.',
          name,
        ),
      );
  }
}

function refuse(text: ReturnType<typeof localized>): AsrError {
  return new AsrError('unsupported', text);
}
