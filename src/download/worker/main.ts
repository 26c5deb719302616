/**
 * The worker's bundle: two threads run from it. The transfer thread moves bytes from sockets to files; the hash thread,
 * which it starts from the same file, reads them back from the page cache and hashes them close behind.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { isObject } from '../../base/json';
import { HashThread, startHashThread } from '../hashThread';
import { serveHashing } from './hashMain';
import { serveTransfers } from './transferMain';

if (!isMainThread && parentPort !== null) {
  const role: unknown = isObject(workerData) ? workerData['role'] : undefined;
  if (role === 'hash') serveHashing(parentPort);
  else serveTransfers(parentPort, new HashThread(() => startHashThread(__filename)));
}
