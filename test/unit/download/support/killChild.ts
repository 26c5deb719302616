/** A program that downloads with the engine and its worker until it is done or killed. Its argument: {@link ChildTask}. */
import { systemClock } from '../../../../src/base/clock';
import { silentLogger } from '../../../../src/base/logger';
import { createDownloadEngine, type TransferRequest } from '../../../../src/download';
import type { Tuning } from '../../../../src/download/tuning';

/** As JSON text. */
export interface ChildTask {
  readonly workerPath: string;
  readonly request: TransferRequest;
  readonly tuning: Tuning;
}

const { workerPath, request, tuning } = JSON.parse(process.argv[2] ?? '') as ChildTask;
const engine = createDownloadEngine({
  workerPath,
  clock: systemClock,
  logger: silentLogger,
  tuning,
});
let begun = false;
const transfer = engine.start(request, {
  progress() {
    if (!begun) process.stdout.write('begun\n');
    begun = true;
  },
  verified: () => undefined,
});
void transfer.finished.then((outcome) => {
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
});
