import { AsrError, causeText, toAsrError, type AsrErrorDetails } from '../common/asrError';
import type { Sentence } from '../common/sentence';
import type { ErrorCode } from '../protocol/errorCode';

/** An {@link AsrError} on its way between threads; its causes only as text for the log. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly sentence: Sentence;
  readonly details: AsrErrorDetails;
  readonly cause?: string;
}

export function toPlainError(error: unknown): PlainError {
  const { code, sentence, details, cause } = toAsrError(error);
  return {
    code,
    sentence,
    details,
    ...(cause === undefined ? {} : { cause: causeText(cause) }),
  };
}

export function fromPlainError({ code, sentence, details, cause }: PlainError): AsrError {
  return new AsrError(code, sentence, {
    details,
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}
