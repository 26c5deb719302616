import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import { toPlainError, type Transport } from '../../http';
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
  const server = new TransferServer(port, hasher);
  port.on('message', (message: ToWorker) => server.handle(message));
}

class TransferServer {
  readonly #port: MessagePort;
  readonly #hasher: Hasher;
  readonly #logger: Logger;
  readonly #memory = new MemoryPool();
  readonly #transfers = new Map<number, Transfer>();

  constructor(port: MessagePort, hasher: Hasher) {
    this.#port = port;
    this.#hasher = hasher;
    this.#logger = {
      debug: (line) => this.#post({ kind: 'log', level: 'debug', line }),
      info: (line) => this.#post({ kind: 'log', level: 'info', line }),
      warn: (line) => this.#post({ kind: 'log', level: 'warn', line }),
      error: (line) => this.#post({ kind: 'log', level: 'error', line }),
    };
  }

  handle(message: ToWorker): void {
    switch (message.kind) {
      case 'start':
        this.#start(message);
        break;
      case 'pause':
        this.#transfers.get(message.id)?.pause();
        break;
      case 'cancel':
        this.#transfers.get(message.id)?.cancel();
        break;
      case 'abandon':
        this.#transfers.get(message.id)?.abandon();
        break;
      case 'cap':
        this.#transfers.get(message.id)?.setMaxBytesPerSecond(message.bytesPerSecond);
        break;
    }
  }

  #start(order: Extract<ToWorker, { kind: 'start' }>): void {
    const { id, request, verified, reported, tuning, fallback } = order;
    const sockets = createSocketTransport(request.network);
    const transport =
      fallback === undefined
        ? sockets
        : createFallbackTransport(sockets, createPortTransport(fallback), this.#logger);
    const transfer = runTransfer(
      request,
      {
        progress: (progress) => this.#post({ kind: 'progress', id, progress }),
        verified: (file) =>
          this.#post({ kind: 'verified', id, fileIndex: request.files.indexOf(file) }),
      },
      {
        transport,
        disk: realPartialFiles,
        hasher: this.#hasher,
        clock: systemClock,
        logger: this.#logger,
        tuning,
        memory: this.#memory,
        random: Math.random,
      },
      new Set(request.files.filter((_, index) => verified.includes(index))),
      reported,
    );
    this.#transfers.set(id, transfer);
    void this.#reportEnd(id, transfer, transport);
  }

  async #reportEnd(id: number, transfer: Transfer, transport: Transport): Promise<void> {
    const outcome = await transfer.finished;
    this.#transfers.delete(id);
    await transport.close();
    if (outcome.kind !== 'failed') this.#post({ kind: 'finished', id, outcome });
    else this.#post({ ...outcome, id, error: toPlainError(outcome.error) });
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message);
  }
}
