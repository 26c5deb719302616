import path from 'node:path';
import type { ModelOnDisk } from '../runtime';
import type { ModelRecord } from './modelRecord';

/** A downloaded model as the runtime takes it; undefined when it isn't whole. */
export function modelOnDisk({ model, downloaded, state }: ModelRecord): ModelOnDisk | undefined {
  if (downloaded === undefined || state !== 'downloaded') return undefined;
  const [only] = downloaded.files;
  const isOneFile = downloaded.files.length === 1 && only !== undefined;
  // The path of a one-file model is the file; its snapshot folder is as many levels up as the file's path has parts.
  const folder = isOneFile
    ? path.resolve(downloaded.path, ...only.path.split('/').map(() => '..'))
    : downloaded.path;
  // A graphics card's memory says nothing about the processor's.
  const published = model.memoryBytes;
  const roles = new Map(model.files.map((file) => [file.path, file.role]));
  return {
    modelId: model.id,
    name: model.name,
    format: model.format,
    folder,
    files: downloaded.files.map(({ path: inRepo, size }) => ({
      path: inRepo,
      role: roles.get(inRepo) ?? '',
      absolutePath: path.join(folder, ...inRepo.split('/')),
      sizeBytes: size,
    })),
    ...(published === undefined || published.kind.startsWith('VRAM')
      ? {}
      : { memoryBytes: published.bytes }),
  };
}
