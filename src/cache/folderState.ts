import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { localized } from '../common/localizedMessage';
import { isTop } from '../common/paths';
import type { CacheContext } from './cacheContext';
import { findFolder } from './folderLedger';
import type { FolderState } from './modelStore';

/**
 * Whether the cache's folder can be used. One that was used before and is not there now is on a disk that was
 * unplugged or was deleted, which is a different thing from an empty one; `mustExist: false` takes any that can be
 * made.
 */
export async function folderState(
  context: CacheContext,
  { mustExist }: { readonly mustExist: boolean },
): Promise<FolderState> {
  const folder = context.hubRoot;
  const stats = await fs.stat(folder).catch(() => undefined);
  if (stats !== undefined && !stats.isDirectory()) {
    return {
      kind: 'notAFolder',
      localizedMessage: localized(
        '{0} is a file, not a folder. Choose another folder for the models.',
        folder,
      ),
    };
  }
  const isKnown = (await findFolder(context.folders.all(), folder)) !== undefined;
  if (stats !== undefined) {
    if (mustExist && isKnown && (await isEmpty(folder))) {
      return {
        kind: 'missing',
        localizedMessage: localized(
          '{0} is empty, although models were kept in it. Connect its disk, or choose another folder.',
          folder,
        ),
      };
    }
    if (await isWritable(folder)) return { kind: 'ready' };
    return {
      kind: 'readOnly',
      localizedMessage: localized(
        '{0} is read-only: models in it can be used, but none can be downloaded or deleted.',
        folder,
      ),
    };
  }
  if (mustExist && isKnown) {
    return {
      kind: 'missing',
      localizedMessage: localized(
        'The model folder {0} is not there. Connect its disk, or choose another folder.',
        folder,
      ),
    };
  }
  if (await isWritable(await nearestFolder(folder))) return { kind: 'ready' };
  return {
    kind: 'readOnly',
    localizedMessage: localized(
      'The model folder {0} can’t be made there. Choose another folder.',
      folder,
    ),
  };
}

/**
 * Whether a folder that was written to lies on a disk that is not connected: it is not there and neither is what was
 * around it, or it is the empty folder of a mount. One that is missing among other things was deleted.
 */
export async function isUnplugged(folder: string): Promise<boolean> {
  const stats = await fs.stat(folder).catch(() => undefined);
  return stats === undefined ? await isEmpty(path.dirname(folder)) : await isEmpty(folder);
}

/** No folder, or one without anything in it: a cache that was cleared still has its tag. */
async function isEmpty(folder: string): Promise<boolean> {
  return (await fs.readdir(folder).catch(() => [])).length === 0;
}

async function isWritable(folder: string): Promise<boolean> {
  return await fs.access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function nearestFolder(folder: string): Promise<string> {
  for (let current = folder; ; current = path.dirname(current)) {
    const stats = await fs.stat(current).catch(() => undefined);
    if (stats?.isDirectory() === true || isTop(current)) return current;
  }
}
