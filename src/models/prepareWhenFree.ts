import type { ModelStore, PreparedSnapshot, SnapshotSpec } from '../cache';
import { abortable } from '../common/abortable';
import { isAsrError } from '../common/asrError';
import type { Clock } from '../common/clock';

const askAgainMs = 1_000;

/**
 * Prepares a snapshot as soon as no other window is filling one of its files (another model may share a file with it).
 * While it waits it holds nothing, so that two windows can't wait for each other. `waiting` is called once.
 */
export async function prepareWhenFree(
  { store, clock }: { readonly store: ModelStore; readonly clock: Clock },
  spec: SnapshotSpec,
  signal: AbortSignal,
  waiting: () => void,
): Promise<PreparedSnapshot> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.prepare(spec, { signal });
    } catch (error) {
      if (!isAsrError(error) || error.details.isBusyElsewhere !== true) throw error;
      if (attempt === 1) waiting();
    }
    await abortable(pause(clock), signal);
  }
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.after(askAgainMs, resolve);
  });
}
