/** A program that downloads until it is done or killed. Its argument is a JSON text: see {@link ChildTask}. */
import { systemClock } from '../../../../src/base/clock';
import { silentLogger } from '../../../../src/base/logger';
import {
  createDownloadEngine,
  type Transfer,
  type TransferObserver,
  type TransferRequest,
} from '../../../../src/download';
import { realDisk } from '../../../../src/download/disk';
import { HashQueue } from '../../../../src/download/hashQueue';
import { runTransfer } from '../../../../src/download/transferRun';
import type { Tuning } from '../../../../src/download/tuning';
import { createSocketTransport } from '../../../../src/transport/sockets';

export interface ChildTask {
  /** With a path the engine and its worker are used; without one the same transfer runs on the main thread. */
  readonly workerPath?: string;
  readonly request: TransferRequest;
  readonly tuning: Tuning;
}

function start({ workerPath, request, tuning }: ChildTask, observer: TransferObserver): Transfer {
  const clock = systemClock;
  const logger = silentLogger;
  if (workerPath !== undefined) {
    return createDownloadEngine({ workerPath, clock, logger, tuning }).start(request, observer);
  }
  return runTransfer(request, observer, {
    transport: createSocketTransport(request.network),
    disk: realDisk,
    hasher: new HashQueue(),
    clock,
    logger,
    tuning,
    random: Math.random,
  });
}

let begun = false;
const transfer = start(JSON.parse(process.argv[2] ?? '') as ChildTask, {
  progress() {
    if (!begun) process.stdout.write('begun\n');
    begun = true;
  },
  verified: () => undefined,
});
void transfer.finished.then((outcome) => {
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
});
