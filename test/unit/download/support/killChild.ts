/** A program that downloads with the engine and its worker until it is done or killed. Its argument: {@link ChildTask}. */
import { systemClock } from '../../../../src/common/clock';
import { silentLogger } from '../../../../src/common/logger';
import {
  createDownloadEngine,
  type TransferOutcome,
  type TransferRequest,
} from '../../../../src/download';
import type { Tuning } from '../../../../src/download/tuning';

/** As JSON text. */
export interface ChildTask {
  readonly workerPath: string;
  /** Transfers that run side by side. */
  readonly requests: readonly TransferRequest[];
  readonly tuning: Tuning;
}

/** The outcome of one transfer, which the program prints as a line of JSON. */
export interface ChildWord {
  readonly place: number;
  readonly outcome: TransferOutcome;
}

const { workerPath, requests, tuning } = JSON.parse(process.argv[2] ?? '') as ChildTask;
const engine = createDownloadEngine({
  workerPath,
  clock: systemClock,
  logger: silentLogger,
  tuning,
});
const ends = requests.map(async (request, place) => {
  const transfer = engine.start(request, {
    progress: () => undefined,
    verified: () => undefined,
  });
  const word: ChildWord = { place, outcome: await transfer.finished };
  await new Promise((resolve) => process.stdout.write(`${JSON.stringify(word)}\n`, resolve));
});
void Promise.all(ends).then(() => process.exit(0));
