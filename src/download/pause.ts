import { Cancelled } from '../base/asrError';
import type { Clock } from '../base/clock';

/** Resolves after `delayMs`; rejects with `Cancelled` as soon as the signal is aborted. */
export function pause(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Cancelled());
      return;
    }
    const timer = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort(): void {
      timer.dispose();
      reject(new Cancelled());
    }
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
