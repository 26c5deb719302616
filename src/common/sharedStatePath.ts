import path from 'node:path';

/** The folder of the state in which windows share what they download. */
export const sharedStateFolderName = 'windows';

/** The same folder, below the one that the editor gives us (`globalStorageUri`). */
export function sharedStatePath(storagePath: string): string {
  return path.join(storagePath, 'state', sharedStateFolderName);
}
