import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError } from '../common/asrError';
import { openWhenFree } from '../common/fileInUse';
import { type LocalizedMessage, localized } from '../common/localizedMessage';
import { readModelFacts } from '../common/modelFacts';
import { isWeightsFile } from '../common/repository';
import { isCutOff } from './cutOff';
import {
  headerBytes,
  isModel,
  type ModelHeader,
  type NotModelReason,
  readHeader,
} from './modelHeader';
import type { ImportSource } from './modelStore';
import { pathProblem } from './safePath';

/** More than this is a home folder chosen by mistake, not a model. */
const maxFiles = 5_000;
/** Files that tools leave in a model's folder. */
const passedOver = /^(\..*|__pycache__|__MACOSX|Thumbs\.db|desktop\.ini)$/i;
/** The endings that programs add to the name of a file that they are still fetching. */
const partEnding =
  /\.(?:part|partial|crdownload|download|opdownload|incomplete|filepart|unfinished|tmp|!qb|!ut|bc!|td)$/i;
/** aria2 keeps this beside a file that is not finished, under the file's own name. */
const controlEnding = '.aria2';

/**
 * The files of what a person chose: one file, or a folder with all that is in it (links to files are read through,
 * as in a hub cache's snapshots; links to folders are not entered). A file with a part-file's ending counts, without the
 * ending, when its content says that it is whole. Rejects with `unsupported` when one of them is certainly not what it
 * should be, with `notFound` when there is nothing.
 */
export async function importSources(source: string): Promise<readonly ImportSource[]> {
  const stats = await fs.stat(source).catch(() => undefined);
  if (stats === undefined) {
    throw new AsrError(
      'notFound',
      localized('{0} is not there. Choose another file or folder.', source),
    );
  }
  const name = path.basename(source);
  if (stats.isFile()) {
    const found = await describeFile(source, name);
    if (found.header.kind === 'notModel') throw refusal(name, found.header.reason);
    return [found];
  }
  if (!stats.isDirectory()) throw refusal(name, undefined);
  const sources: ImportSource[] = [];
  await walk(source, '', sources);
  for (const { path: inFolder, header } of sources) {
    if (header.kind === 'notModel' && !isHarmless(inFolder, header.reason)) {
      throw refusal(inFolder, header.reason);
    }
  }
  return sources;
}

async function walk(folder: string, prefix: string, sources: ImportSource[]): Promise<void> {
  const items = await fs.readdir(folder, { withFileTypes: true });
  // In a hub cache's repository the snapshots are the files; what else is there is their bytes once more.
  const isHubRepo = ['blobs', 'snapshots'].every((name) =>
    items.some((item) => item.name === name),
  );
  for (const item of items) {
    if (isHubRepo && item.name !== 'snapshots') continue;
    if (passedOver.test(item.name) || item.name.endsWith(controlEnding)) continue;
    const file = path.join(folder, item.name);
    const name = prefix + item.name;
    if (item.isDirectory()) await walk(file, `${name}/`, sources);
    else if (item.isFile() || (await isFile(file))) sources.push(await describeFile(file, name));
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

async function isFile(file: string): Promise<boolean> {
  return await fs.stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

async function describeFile(file: string, wholeName: string): Promise<ImportSource> {
  const name = wholeName.replace(partEnding, '');
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
  const { size, start } = await readStart(file);
  const facts = await readModelFacts(file);
  const byHeader = readHeader(name, start, size);
  const header: ModelHeader =
    byHeader.kind === 'unknown' && facts.kind === 'onnx' ? { kind: 'onnx' } : byHeader;
  const isCut = isModel(header) ? await isCutOff(file, facts, size) : undefined;
  // Where the content does not say that it is whole, the ending says that it is not.
  const isUnfinished =
    name === wholeName ? await isFile(file + controlEnding) : isCut !== false || !isModel(header);
  const reason = isUnfinished ? 'unfinished' : isCut === true ? 'truncated' : undefined;
  return {
    file,
    path: reason === 'unfinished' ? wholeName : name,
    sizeBytes: size,
    header: reason === undefined ? header : { kind: 'notModel', reason },
    facts,
  };
}

async function readStart(file: string): Promise<{ size: number; start: Uint8Array }> {
  const handle = await openWhenFree(file);
  try {
    const { size } = await handle.stat();
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    return { size, start: buffer.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
}

/** A web page, an empty file or an archive in a model's folder is left out, unless it has the name of the weights. */
function isHarmless(name: string, reason: NotModelReason): boolean {
  if (reason === 'unfinished') return !isWeightsFile(name);
  return reason !== 'lfsPointer' && reason !== 'truncated' && !isWeightsFile(name);
}

/** The error for a file or folder without a model: what is in it instead, when that explains it. */
export function noModel(source: string, sources: readonly ImportSource[]): AsrError {
  for (const wanted of ['unfinished', 'archive'] as const) {
    const found = sources.find(
      ({ header }) => header.kind === 'notModel' && header.reason === wanted,
    );
    if (found !== undefined) return refusal(found.path, wanted);
  }
  return refusal(path.basename(source), undefined);
}

/** The error for a file or folder that is not a model. */
function refusal(name: string, reason: NotModelReason | undefined): AsrError {
  return new AsrError('unsupported', refusalText(name, reason));
}

function refusalText(name: string, reason: NotModelReason | undefined): LocalizedMessage {
  switch (reason) {
    case 'empty':
      return localized('{0} is empty. Download the model again, then import it.', name);
    case 'html':
      return localized(
        '{0} is a web page, not a model: the download link led to a page. Download the file itself.',
        name,
      );
    case 'json':
      return localized(
        '{0} is a server’s answer in JSON, not a model. Download the file itself.',
        name,
      );
    case 'lfsPointer':
      return localized(
        '{0} is a Git LFS pointer, not the model it points to. Run “git lfs pull” there, then import it.',
        name,
      );
    case 'truncated':
      return localized('{0} is cut off. Download the model again, then import it.', name);
    case 'archive':
      return localized('{0} is a packed archive. Unpack it, then import the folder.', name);
    case 'unfinished':
      return localized(
        '{0} is a download that has not finished. Let it finish in the program that began it, then import it.',
        name,
      );
    case undefined:
      return localized(
        '{0} is not a model that can be recognised. Choose a GGML, GGUF, ONNX, safetensors or NeMo file, or a folder with one.',
        name,
      );
  }
}

/** The error for a file that another program is writing. */
export function changedWhileRead(name: string): AsrError {
  return new AsrError(
    'integrity',
    localized(
      '{0} changed while it was being read. Import it again when nothing writes to it.',
      name,
    ),
  );
}
