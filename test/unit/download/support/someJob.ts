import type { Clock } from '../../../../src/common/clock';
import { realPartialFiles } from '../../../../src/download/files/partialFiles';
import { HashQueue } from '../../../../src/download/files/hashQueue';
import { FileJob } from '../../../../src/download/schedule/fileJob';
import { defaultTuning } from '../../../../src/download/tuning';

/** A file of which nothing is there yet, for rules that only look at it. */
export function someJob(clock: Clock, sizeBytes = 1e12): Promise<FileJob> {
  const file = {
    path: 'a.bin',
    sizeBytes,
    digest: { algorithm: 'sha256' as const, hex: 'a'.repeat(64) },
    partialPath: '/nowhere/a',
    journalPath: '/nowhere/a.json',
    sources: [{ url: 'http://127.0.0.1/a.bin' }],
  };
  const ports = {
    disk: realPartialFiles,
    hasher: new HashQueue(),
    clock,
    tuning: defaultTuning,
    maxConnections: 16,
    onDiskError: () => undefined,
  };
  return FileJob.load([file], ports, new Set());
}
