import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { headerBytes, type ModelHeader, type NotModelReason, readHeader } from './modelHeader';
import { pathProblem } from './safePath';

/** A local file that may be a part of a model. */
export interface ImportSource {
  readonly file: string;
  /** Slash-separated, below what was chosen. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly header: ModelHeader;
}

/** More than this is a home folder chosen by mistake, not a model. */
const maxFiles = 5_000;
/** What tools leave in a folder beside a model. */
const passedOver = /^(\..*|__pycache__|Thumbs\.db|desktop\.ini)$/i;

/**
 * The files of what a person chose: one file, or a folder with all that is in it (links to files are read through,
 * as in a hub cache's snapshots; links to folders are not entered). Rejects with `unsupported` when one of them is
 * certainly not what it should be, with `notFound` when there is nothing.
 */
export async function importSources(source: string): Promise<readonly ImportSource[]> {
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
    const place = path.join(folder, item.name);
    const name = prefix + item.name;
    if (item.isDirectory()) await walk(place, `${name}/`, sources);
    else if (item.isFile() || (await isLinkToFile(place))) {
      sources.push(await describeFile(place, name, false));
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

async function isLinkToFile(place: string): Promise<boolean> {
  return await fs.stat(place).then(
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

/** A web page or an empty file beside a model does not spoil it, unless it has the name of the weights. */
function isHarmless(name: string, reason: NotModelReason, isAlone: boolean): boolean {
  return !isAlone && reason !== 'lfsPointer' && !weightsName.test(name);
}

/** The sentence for something that is not a model. */
export function refusal(name: string, reason: NotModelReason | undefined): AsrError {
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
