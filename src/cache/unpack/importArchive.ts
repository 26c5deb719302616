import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { freeSpace } from '../../common/fileErrors';
import { openWhenFree } from '../../common/fileInUse';
import { defined } from '../../protocol/defined';
import type { CacheContext } from '../cacheContext';
import { importModel } from '../importModel';
import { headerBytes, readHeader } from '../modelHeader';
import type { ImportOptions } from '../modelStore';
import { archiveKind, type ArchiveKind } from './archiveKind';
import { unpackArchive } from './unpackArchive';

/**
 * Imports what a person chose; an archive is unpacked first, into a staging folder that is removed afterwards, whose
 * contents are then imported as a folder. Killed at any moment it leaves no half model, and the next start removes the
 * folder.
 */
export async function importArchive(
  context: CacheContext,
  source: string,
  options: ImportOptions = {},
): ReturnType<typeof importModel> {
  const { unpackWorkerPath: workerPath } = context;
  const kind = workerPath === undefined ? undefined : await archiveOf(source);
  if (workerPath === undefined || kind === undefined) {
    return await importModel(context, source, options);
  }
  await context.makeRoot();
  return await context.withStaging(async (staging) => {
    const name = path.basename(source).replace(/\.(tgz|tbz2?|tar|tar\.(gz|bz2))$/i, '');
    const folder = path.join(staging, name);
    const { size } = await stat(source);
    const { signal, onProgress } = options;
    await context.disk.makeFolder(staging);
    await mkdir(folder);
    await unpackArchive(source, kind, folder, {
      workerPath,
      archiveBytes: size,
      freeBytes: (await freeSpace(context.hubRoot))?.bytes ?? Number.POSITIVE_INFINITY,
      onBytes: (doneBytes) =>
        onProgress?.({
          step: 'copy',
          doneBytes,
          totalBytes: size,
          currentFile: path.basename(source),
        }),
      ...defined({ signal }),
    });
    return await importModel(context, await modelFolder(folder), options);
  });
}

/** The archive that a file is; undefined for a folder, and for NeMo's models, which are archives as they are. */
async function archiveOf(source: string): Promise<ArchiveKind | undefined> {
  const stats = await stat(source).catch(() => undefined);
  if (stats?.isFile() !== true || /\.nemo$/i.test(source)) return undefined;
  const kind = await archiveKind(source);
  if (kind !== 'tar') return kind;
  const file = await openWhenFree(source);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    const header = readHeader(path.basename(source), buffer.subarray(0, bytesRead), stats.size);
    return header.kind === 'nemo' ? undefined : kind;
  } finally {
    await file.close();
  }
}

/** Most archives have one folder at their top, which is the model's. */
async function modelFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() === true
    ? path.join(folder, only.name)
    : folder;
}
