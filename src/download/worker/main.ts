/**
 * The worker's bundle: two threads run from it. The transfer thread moves bytes from sockets to files; the hash thread,
 * which it starts from the same file, reads them back from the page cache and hashes them close behind.
 */
import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { isObject } from '../../common/json';
import { serveHashing, HashThread, startHashThread } from './hashThread';

/** Loaded by the thread that needs it: the hash thread does without undici, in time and in memory. */
async function transferThread(port: MessagePort): Promise<void> {
  const { serveTransfers } = await import('./transferMain');
  serveTransfers(port, new HashThread(() => startHashThread(__filename)));
}

if (!isMainThread && parentPort !== null) {
  const role: unknown = isObject(workerData) ? workerData['role'] : undefined;
  if (role === 'hash') serveHashing(parentPort);
  else void transferThread(parentPort);
}
