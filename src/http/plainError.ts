import { AsrError, causeText, toAsrError, type AsrErrorDetails } from '../common/asrError';
import type { LocalizedMessage } from '../common/localizedMessage';
import type { ErrorCode } from '../protocol/errorCode';

/** An {@link AsrError} on its way between threads; its causes only as text for the log. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly localizedMessage: LocalizedMessage;
  readonly details: AsrErrorDetails;
  readonly cause?: string;
}

export function toPlainError(error: unknown): PlainError {
  const { code, localizedMessage, details, cause } = toAsrError(error);
  return {
    code,
    localizedMessage,
    details,
    ...(cause === undefined ? {} : { cause: causeText(cause) }),
  };
}

export function fromPlainError({ code, localizedMessage, details, cause }: PlainError): AsrError {
  return new AsrError(code, localizedMessage, {
    details,
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}
