import type { TransferProgress } from '../downloadEngine';

/**
 * Keeps a transfer's figures from running backwards when another worker takes it over after a crash: that one counts
 * from the journal, and what was not flushed yet is fetched again. A file that starts over says so, and may.
 */
export function forwardProgress(
  before: TransferProgress | undefined,
  now: TransferProgress,
): TransferProgress {
  const isRestarted =
    now.startedOver !== undefined && now.startedOver.path !== before?.startedOver?.path;
  if (before === undefined || isRestarted) return now;
  const told = new Map(before.files.map(({ path, downloadedBytes }) => [path, downloadedBytes]));
  const files = now.files.map((file) => ({
    ...file,
    downloadedBytes: Math.max(file.downloadedBytes, told.get(file.path) ?? 0),
  }));
  const downloadedBytes = files.reduce((sum, file) => sum + file.downloadedBytes, 0);
  return { ...now, files, downloadedBytes };
}
