import { isCancellation, toAsrError } from '../common/asrError';
import type { ErrorCode } from '../protocol/errorCode';
import { localise } from './ui/localise';

/** How the API's promises reject: `errorCode` from the closed list, absent for a cancellation, and a sentence. */
export class ApiError extends Error {
  override readonly name = 'AsrModelError';
  readonly errorCode: ErrorCode | undefined;

  constructor(error: unknown) {
    const cancelled = isCancellation(error);
    const failure = toAsrError(error);
    super(cancelled ? 'Cancelled' : localise(failure.localizedMessage), { cause: error });
    this.errorCode = cancelled ? undefined : failure.code;
  }
}

/** Runs an API call and gives its rejection the API's shape. */
export async function rejectWithCode<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new ApiError(error);
  }
}
