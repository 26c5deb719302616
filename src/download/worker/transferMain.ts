import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import { toPlainError } from '../../http';
import {
  createPortTransport,
  createSocketTransport,
  createFallbackTransport,
} from '../../http/sockets';
import type { Transfer } from '../downloadEngine';
import type { FromWorker, ToWorker } from '../engine/workerMessages';
import { realPartialFiles } from '../files/partialFiles';
import type { Hasher } from '../files/hashQueue';
import { MemoryPool } from '../files/bufferPool';
import { runTransfer } from '../schedule/transferRun';

/** The transfer thread's program: starts and steers transfers as the main thread says, and reports back. */
export function serveTransfers(port: MessagePort, hasher: Hasher): void {
  const transfers = new Map<number, Transfer>();
  const memory = new MemoryPool();
  const post = (message: FromWorker): void => port.postMessage(message);
  const log =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (line: string): void =>
      post({ kind: 'log', level, line });
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  };

  function start({
    id,
    request,
    verified,
    reported,
    tuning,
    fallback,
  }: Extract<ToWorker, { kind: 'start' }>): void {
    const sockets = createSocketTransport(request.network);
    const transport =
      fallback === undefined
        ? sockets
        : createFallbackTransport(sockets, createPortTransport(fallback), logger);
    const transfer = runTransfer(
      request,
      {
        progress: (progress) => post({ kind: 'progress', id, progress }),
        verified: (file) => post({ kind: 'verified', id, fileIndex: request.files.indexOf(file) }),
      },
      {
        transport,
        disk: realPartialFiles,
        hasher,
        clock: systemClock,
        logger,
        tuning,
        memory,
        random: Math.random,
      },
      new Set(request.files.filter((_, index) => verified.includes(index))),
      reported,
    );
    transfers.set(id, transfer);
    void transfer.finished.then(async (outcome) => {
      transfers.delete(id);
      await transport.close();
      if (outcome.kind !== 'failed') post({ kind: 'finished', id, outcome });
      else post({ ...outcome, id, error: toPlainError(outcome.error) });
    });
  }

  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        start(message);
        break;
      case 'pause':
        transfers.get(message.id)?.pause();
        break;
      case 'cancel':
        transfers.get(message.id)?.cancel();
        break;
      case 'abandon':
        transfers.get(message.id)?.abandon();
        break;
      case 'cap':
        transfers.get(message.id)?.setMaxBytesPerSecond(message.bytesPerSecond);
        break;
    }
  });
}
