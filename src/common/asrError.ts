import { isErrorCode, type ErrorCode } from '../protocol/errorCode';
import { englishText, localized, type LocalizedMessage } from './localizedMessage';

/** Facts that go with an {@link AsrError}: plain values only, so that it can cross a worker's boundary. */
export interface AsrErrorDetails {
  /** Wait at least this long before asking again (`Retry-After`, `RateLimit`). */
  readonly retryAfterMs?: number;
  /** The page where the user can solve it, such as a gated model's licence page. */
  readonly helpUrl?: string;
  /** The hub whose token is missing or wrong. */
  readonly endpoint?: string;
  /** The host that failed, for "ask your administrator to allow …". */
  readonly host?: string;
  /** Bytes that are missing on the disk, for `diskSpace`. */
  readonly missingBytes?: number;
  /** Transient: asking again soon is worth it, though the code speaks of settings. */
  readonly isPassing?: true;
  /** Another window is doing the same work: waiting helps. */
  readonly isBusyElsewhere?: true;
  /** The model whose download another window has and does not answer for. */
  readonly takeOver?: string;
}

/** A failure with a code from the closed list, a message for the user, and the cause for the log. */
export class AsrError extends Error {
  override readonly name = 'AsrError';
  readonly code: ErrorCode;
  readonly localizedMessage: LocalizedMessage;
  readonly details: AsrErrorDetails;

  constructor(
    code: ErrorCode,
    text: LocalizedMessage,
    options: { readonly cause?: unknown; readonly details?: AsrErrorDetails } = {},
  ) {
    super(englishText(text), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.localizedMessage = text;
    this.details = options.details ?? {};
  }
}

/** The work was cancelled. Not an error: it is filtered at one point and never shown as a failure. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('Cancelled');
  }
}

/**
 * Whether a rejection is a cancellation, ours or the platform's `AbortError`. By name and not by class: the extension
 * is several bundles, and each has a copy of this file.
 */
export function isCancellation(error: unknown): boolean {
  return error instanceof Error && (error.name === 'Cancelled' || error.name === 'AbortError');
}

/** Whether a rejection is an {@link AsrError} of any bundle. */
export function isAsrError(error: unknown): error is AsrError {
  return (
    error instanceof Error &&
    error.name === 'AsrError' &&
    'code' in error &&
    isErrorCode(error.code) &&
    'localizedMessage' in error &&
    'details' in error
  );
}

/** Turns any rejection into an {@link AsrError}; an unclassified one becomes `unknown` with its own text. */
export function toAsrError(error: unknown): AsrError {
  if (isAsrError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new AsrError('unknown', localized('Something unexpected went wrong: {0}', text), {
    cause: error,
  });
}

/** The chain of causes as one English line for the log. Callers redact addresses before they get here. */
export function causeText(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && parts.length < 8) {
    const code = 'code' in current && typeof current.code === 'string' ? ` [${current.code}]` : '';
    parts.push(`${current.message}${code}`);
    current = current.cause;
  }
  if (parts.length === 0) parts.push(String(error));
  return parts.join(' <- ');
}
