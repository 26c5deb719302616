import type { ScanReport } from '../cache';
import type { ModelRecord } from './modelRecord';

/** What the cache takes on the disk, in real blocks (bytes). */
export interface DiskUsage {
  /** Content that several models share counts once, for the family that comes first. The largest first. */
  readonly families: readonly { readonly name: string; readonly sizeOnDisk: number }[];
  /** Unfinished downloads; they are in their family's figure too when a model is known for them. */
  readonly partialBytes: number;
  readonly totalBytes: number;
}

/** Adds up a scan by family, each blob once. */
export function diskUsage(records: readonly ModelRecord[], scan: ScanReport): DiskUsage {
  const byFamily = new Map<string, number>();
  const counted = new Set<string>();
  const count = (family: string, id: string, bytes: number): void => {
    if (counted.has(id)) return;
    counted.add(id);
    byFamily.set(family, (byFamily.get(family) ?? 0) + bytes);
  };
  const repos = new Map(scan.repos.map((repo) => [repo.repo, repo]));
  for (const { model, commit, presentPaths, partialDigests } of records) {
    const repo = repos.get(model.source.repo);
    const snapshot = repo?.snapshots.find((candidate) => candidate.commit === commit);
    const paths = new Set(presentPaths);
    for (const file of snapshot?.files ?? []) {
      if (paths.has(file.path)) count(model.familyName, file.storageId, file.diskBytes);
    }
    for (const partial of repo?.partials ?? []) {
      const { hex } = partial.digest;
      if (partialDigests.includes(hex))
        count(model.familyName, `${model.source.repo} ${hex}`, partial.diskBytes);
    }
  }
  const families = [...byFamily].map(([name, sizeOnDisk]) => ({ name, sizeOnDisk }));
  const partials = scan.repos.flatMap((repo) => repo.partials);
  return {
    families: families.sort((a, b) => b.sizeOnDisk - a.sizeOnDisk),
    partialBytes: partials.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
    totalBytes: scan.sizeOnDisk,
  };
}
