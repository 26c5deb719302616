import path from 'node:path';

/** The folder, below what programs on one cache share, in which they tell each other of their downloads. */
export const sharedStateFolderName = 'windows';

/** How many folders lie between the cache's parent and the folder of that state. */
export const levelsInCache = 4;

/** The same folder, for a cache at `hubRoot`. */
export function sharedStatePath(hubRoot: string): string {
  return path.join(hubRoot, '.locks', 'asr', sharedStateFolderName);
}
