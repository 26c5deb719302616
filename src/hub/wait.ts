import { Cancelled } from '../common/asrError';
import type { Clock } from '../common/clock';

/** Waits `delayMs`; rejects with `Cancelled` at once when the signal is aborted. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Cancelled());
      return;
    }
    const timer = clock.after(delayMs, () => {
      signal.removeEventListener('abort', cancel);
      resolve();
    });
    function cancel(): void {
      timer.dispose();
      reject(new Cancelled());
    }
    signal.addEventListener('abort', cancel, { once: true });
  });
}
