import type { MessagePort, ResourceLimits } from 'node:worker_threads';
import type { PlainError } from '../../http';
import type { TransferOutcome, TransferProgress, TransferRequest } from '../downloadEngine';
import type { Tuning } from '../tuning';

/** From the extension host's main thread to the worker. Both ends are ours and of one build. */
export type ToWorker =
  | {
      readonly kind: 'start';
      readonly id: number;
      readonly request: TransferRequest;
      /** Files that were verified before an earlier worker ended: they are not ours any more. */
      readonly verified: readonly number[];
      /** Bytes by file path that were reported before an earlier worker ended: figures never run backwards. */
      readonly reported: ReadonlyMap<string, number>;
      readonly tuning: Tuning;
      /** The other end serves requests over the editor's own fetch; absent when there is none. */
      readonly fallback?: MessagePort;
    }
  | { readonly kind: 'pause' | 'cancel' | 'abandon'; readonly id: number }
  | { readonly kind: 'cap'; readonly id: number; readonly bytesPerSecond: number };

/** From the worker to the main thread. */
export type FromWorker =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: TransferProgress }
  | { readonly kind: 'verified'; readonly id: number; readonly fileIndex: number }
  | {
      readonly kind: 'finished';
      readonly id: number;
      readonly outcome: Exclude<TransferOutcome, { kind: 'failed' }>;
    }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly error: PlainError;
      readonly file?: string;
    }
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
