import type { MessagePort, ResourceLimits } from 'node:worker_threads';
import { fromPlainError, toPlainError, type PlainError } from '../../http';
import type { TransferOutcome, TransferProgress, TransferRequest } from '../downloadEngine';
import type { Tuning } from '../tuning';

/** {@link TransferProgress} with its errors made plain. */
export type PlainProgress = Omit<TransferProgress, 'retry' | 'startedOver'> & {
  readonly retry?: {
    readonly attempt: number;
    readonly retryAt: number;
    readonly error: PlainError;
  };
  readonly startedOver?: { readonly path: string; readonly error: PlainError };
};

export function toPlainProgress(progress: TransferProgress): PlainProgress {
  const { retry, startedOver, ...rest } = progress;
  return {
    ...rest,
    ...(retry === undefined ? {} : { retry: { ...retry, error: toPlainError(retry.error) } }),
    ...(startedOver === undefined
      ? {}
      : { startedOver: { ...startedOver, error: toPlainError(startedOver.error) } }),
  };
}

export function fromPlainProgress(progress: PlainProgress): TransferProgress {
  const { retry, startedOver, ...rest } = progress;
  return {
    ...rest,
    ...(retry === undefined ? {} : { retry: { ...retry, error: fromPlainError(retry.error) } }),
    ...(startedOver === undefined
      ? {}
      : { startedOver: { ...startedOver, error: fromPlainError(startedOver.error) } }),
  };
}

/** {@link TransferOutcome} with its error made plain. */
export type PlainOutcome =
  | { readonly kind: 'completed' | 'paused' | 'cancelled' }
  | { readonly kind: 'failed'; readonly error: PlainError; readonly file?: string };

export function toPlainOutcome(outcome: TransferOutcome): PlainOutcome {
  if (outcome.kind !== 'failed') return outcome;
  return { ...outcome, error: toPlainError(outcome.error) };
}

export function fromPlainOutcome(outcome: PlainOutcome): TransferOutcome {
  if (outcome.kind !== 'failed') return outcome;
  return { ...outcome, error: fromPlainError(outcome.error) };
}

/** From the extension host's main thread to the worker. Both ends are ours and of one build. */
export type ToWorker =
  | {
      readonly kind: 'start';
      readonly id: number;
      readonly request: TransferRequest;
      /** Files that were verified before an earlier worker ended: they are not ours any more. */
      readonly verified: readonly number[];
      readonly tuning: Tuning;
      /** The other end serves requests over the editor's own fetch; absent when there is none. */
      readonly fallback?: MessagePort;
    }
  | { readonly kind: 'pause' | 'cancel'; readonly id: number }
  | { readonly kind: 'cap'; readonly id: number; readonly bytesPerSecond: number };

/** From the worker to the main thread. */
export type FromWorker =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: PlainProgress }
  | { readonly kind: 'verified'; readonly id: number; readonly fileIndex: number }
  | { readonly kind: 'finished'; readonly id: number; readonly outcome: PlainOutcome }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly line: string;
    };

/** Which of its two threads the worker's bundle runs as. */
export interface WorkerRole {
  readonly role: 'transfer' | 'hash';
}

/**
 * Our threads make little garbage, and what they make is short-lived: a small young generation costs them nothing and
 * saves the extension host tens of megabytes.
 */
export const threadLimits: ResourceLimits = { maxYoungGenerationSizeMb: 4 };
