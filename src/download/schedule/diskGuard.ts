import path from 'node:path';
import type { AsrError } from '../../common/asrError';
import type { PartialFiles } from '../files/partialFiles';
import { diskFull } from '../files/diskFault';
import type { FileJob } from './fileJob';

interface Need {
  bytes: number;
  readonly folder: string;
  readonly freeBytes: number;
}

/** The bytes that are still to be written, per file system. File systems whose free space is unknown are left out. */
async function needs(jobs: readonly FileJob[], disk: PartialFiles): Promise<Map<number, Need>> {
  const folders = new Map<string, number>();
  for (const { file, plan } of jobs) {
    const folder = path.dirname(file.partialPath);
    folders.set(folder, (folders.get(folder) ?? 0) + file.sizeBytes - plan.writtenBytes);
  }
  const byDevice = new Map<number, Need>();
  for (const [folder, bytes] of folders) {
    const space = await disk.freeSpace(folder);
    if (space === undefined) continue;
    const need = byDevice.get(space.device);
    if (need === undefined) byDevice.set(space.device, { bytes, folder, freeBytes: space.bytes });
    else need.bytes += bytes;
  }
  return byDevice;
}

/**
 * Checks whether the missing bytes fit: those of this transfer, those of the queue behind it (on the file system of the
 * first file) and a margin. Undefined when they do; otherwise the `diskSpace` error that says what is missing.
 */
export async function spaceProblem(
  jobs: readonly FileJob[],
  disk: PartialFiles,
  queuedBytes: number,
  marginBytes: number,
): Promise<AsrError | undefined> {
  let extraBytes = queuedBytes;
  for (const need of (await needs(jobs, disk)).values()) {
    const wanted = need.bytes + extraBytes;
    extraBytes = 0;
    if (wanted > 0 && need.freeBytes < wanted + marginBytes) {
      return diskFull(need.folder, wanted, need.freeBytes, marginBytes);
    }
  }
  return undefined;
}
