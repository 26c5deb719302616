import { Cancelled } from '../common/asrError';
import { headTimeout } from './failure';

/**
 * The reasons for which one request may be cut off, behind one signal: the caller's abort, the head's time limit, and
 * an answer that is thrown away. Which of them it was decides how the platform's `AbortError` is reported.
 */
export interface RequestAbort {
  readonly signal: AbortSignal;
  /**
   * Starts the head's time limit, again when it runs already. `sent`: the request is known to have left; otherwise the
   * time includes that of connecting.
   */
  expectHead(how: 'asked' | 'sent'): void;
  /** The head has come: its time limit ends. */
  headArrived(): void;
  /** Closes the socket and releases everything. False when the response had ended already: its socket is reused. */
  discard(): boolean;
  /** The response has ended: releases the timer and the caller's signal. */
  release(): void;
  /** The error to reject with instead of the one that this abort caused; undefined when nothing was aborted here. */
  reason(): Error | undefined;
}

/** Watches the caller's `signal`. Throws `Cancelled` when the signal is aborted already. */
export function requestAbort(
  signal: AbortSignal,
  host: string,
  headTimeoutMs: number,
): RequestAbort {
  if (signal.aborted) throw new Cancelled();
  const controller = new AbortController();
  let reason: Error | undefined;
  const stop = (why: Error): void => {
    reason ??= why;
    controller.abort();
  };
  const onAbort = (): void => stop(new Cancelled());
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', onAbort, { once: true });
  let released = false;
  const release = (): void => {
    released = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return {
    signal: controller.signal,
    expectHead(how) {
      clearTimeout(timer);
      const onTime = (): void => stop(headTimeout(host, headTimeoutMs, how === 'sent'));
      timer = setTimeout(onTime, headTimeoutMs);
    },
    headArrived() {
      clearTimeout(timer);
    },
    discard() {
      if (released) return false;
      stop(new Cancelled());
      release();
      return true;
    },
    release,
    reason: () => reason,
  };
}
