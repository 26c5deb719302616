/**
 * The runtime's process: loads one model and transcribes with it. It is separate from the extension host because the
 * engines abort, exit and hang on bad files (docs/model-formats.md section 5). It communicates by messages, ends when
 * its channel closes, and is killed by a watch thread when its parent dies while the engine is stuck.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import { isObject } from '../../common/json';
import { createModuleLoader } from './moduleLoader';
import { startParentWatch, watchParent } from './parentWatch';
import { serve } from './serve';

const entryPath = process.argv[1] ?? __filename;

if (isMainThread) {
  process.on('disconnect', () => process.exit(0));
  startParentWatch(entryPath);
  serve(process, createModuleLoader(entryPath));
} else {
  const data: unknown = workerData;
  if (isObject(data) && typeof data['parentPid'] === 'number') watchParent(data['parentPid']);
}
