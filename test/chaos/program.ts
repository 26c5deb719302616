/**
 * One of the processes of the chaos run: a whole core that does what persons do, at random, until it is killed or
 * receives `close`. Arguments: a {@link CorePlace} as JSON, a seed, and the ids of the models.
 */
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { AsrError, isCancellation } from '../../src/common/asrError';
import type { ModelManager } from '../../src/models';
import { type CorePlace, testCore } from '../unit/models/support/testCore';
import { seededNumbers } from '../unit/download/support/seeded';

const [place = '', seed = '0', ...modelIds] = process.argv.slice(2);
const random = seededNumbers(Number(seed));
const upTo = (below: number): number => Math.floor(random() * below);
const longestMs = 20_000;

/** Only errors that a person would see; any other ends the process, which the run counts as a failure. */
function isTold(error: unknown): boolean {
  return error instanceof AsrError || isCancellation(error);
}

async function act(manager: ModelManager): Promise<void> {
  const modelId = modelIds[upTo(modelIds.length)] ?? '';
  const signal = AbortSignal.timeout(longestMs);
  const running = manager.downloads()[0];
  const dice = random();
  if (dice < 0.5) {
    const { finished } = await manager.download(modelId);
    const end = finished.then(
      () => undefined,
      (error: unknown) => {
        if (!isTold(error)) throw error;
      },
    );
    await Promise.race([end, wait(upTo(4_000))]);
  } else if (dice < 0.58) await running?.pause();
  else if (dice < 0.64) running?.resume();
  else if (dice < 0.7) await running?.cancel();
  else if (dice < 0.76) await manager.deleteModel(modelId);
  else if (dice < 0.88) await manager.library.verify('all', { repair: random() < 0.6, signal });
  else if (dice < 0.96) await manager.library.checkForUpdates(undefined, signal);
  else if (dice < 0.98) await manager.takeOver(modelId);
  else manager.refresh();
}

async function main(): Promise<void> {
  const manager = testCore(JSON.parse(place) as CorePlace);
  const closing = new AbortController();
  const close = (): void => {
    if (closing.signal.aborted) return;
    closing.abort();
    void manager.shutDown().then(() => process.exit(0));
  };
  // The input also ends when the run itself is killed: no process is left then.
  createInterface({ input: process.stdin }).once('line', close).once('close', close);
  for (;;) {
    try {
      await act(manager);
    } catch (error) {
      if (closing.signal.aborted) return;
      if (!isTold(error)) throw error;
    }
    await wait(upTo(200));
  }
}

void main();
