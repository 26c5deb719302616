import type { PreparedSnapshot } from '../cache';
import type { TransferOutcome, TransferProgress } from '../download';
import type { ManagerDependencies } from './managerDependencies';
import type { ResolvedModel } from './resolveModel';

/** Who wants to know. */
export interface MissingObserver {
  progress(progress: TransferProgress): void;
  published(path: string): void;
}

/** A transfer whose files are published as they are verified. */
export interface RunningTransfer {
  /** Settles when every verified file is published; rejects when one could not be. */
  readonly finished: Promise<TransferOutcome>;
  readonly cancel: () => void;
  readonly pause: () => void;
}

/**
 * Fetches every `missing` file of a preparation and publishes each one as soon as it is verified. `queuedBytes`: what
 * waiting downloads will need on the same disk.
 */
export async function transferMissing(
  ports: Pick<ManagerDependencies, 'engine' | 'settings' | 'userAgent'>,
  prepared: PreparedSnapshot,
  resolved: Pick<ResolvedModel, 'sources'>,
  observer: MissingObserver,
  queuedBytes = 0,
): Promise<RunningTransfer> {
  const missing = prepared.files.filter(({ state }) => state === 'missing');
  const files = await Promise.all(
    missing.map(async ({ entry, partialPath, journalPath }) => ({
      path: entry.path,
      sizeBytes: entry.sizeBytes,
      digest: entry.digest,
      partialPath,
      journalPath,
      sources: await resolved.sources(entry.path),
    })),
  );
  const publishing: Promise<void>[] = [];
  // Read last: a setting that changes after this reaches the engine as a change (ModelManager.applySettings).
  const { transfer: rules, network } = await ports.settings();
  const transfer = ports.engine.start(
    { files, settings: rules, network, userAgent: ports.userAgent, queuedBytes },
    {
      progress: (progress) => observer.progress(progress),
      verified: ({ path }) => {
        const published = prepared.publish(path).then(() => observer.published(path));
        // Awaited below; until then a rejection must not count as unhandled.
        published.catch(() => undefined);
        publishing.push(published);
      },
    },
  );
  return {
    finished: transfer.finished.then(async (outcome) => {
      await Promise.all(publishing);
      return outcome;
    }),
    cancel: () => transfer.cancel(),
    pause: () => transfer.pause(),
  };
}
