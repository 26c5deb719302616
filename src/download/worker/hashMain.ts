import type { MessagePort } from 'node:worker_threads';
import type { HashSession } from '../files/hasher';
import { HashQueue } from '../files/hashQueue';
import type { FromHashThread, ToHashThread } from './hashThread';

/** The hash thread's program: one {@link HashQueue}, told by messages. */
export function serveHashing(port: MessagePort): void {
  const queue = new HashQueue();
  const sessions = new Map<number, HashSession>();
  const answer = (message: FromHashThread): void => {
    sessions.delete(message.id);
    port.postMessage(message);
  };
  const failed = (id: number, error: unknown): void =>
    answer({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });

  port.on('message', (message: ToHashThread) => {
    const { id } = message;
    switch (message.kind) {
      case 'open':
        try {
          const session = queue.open(message.filePath, message.algorithm, message.sizeBytes);
          sessions.set(id, session);
          session.digest().then(
            (hex) => answer({ kind: 'done', id, hex }),
            (error: unknown) => failed(id, error),
          );
        } catch (error) {
          failed(id, error);
        }
        break;
      case 'advance':
        sessions.get(id)?.advance(message.end);
        break;
      case 'dispose':
        sessions.get(id)?.dispose();
        break;
    }
  });
}
