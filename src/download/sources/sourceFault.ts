import type { AsrError } from '../../common/asrError';

/**
 * What a fault of a source means for the transfer.
 * `retry`: ask again after a wait. `expired`: the address that the source redirected to is no longer good; ask the
 * source for a new one. `final`: this source will not answer differently. `noRanges`: it can't send a part of the file.
 * `nothingMore`: it holds as many bytes as we know of and none in the range that was asked for (416).
 */
export type SourceFaultKind = 'retry' | 'expired' | 'final' | 'noRanges' | 'nothingMore';

/** A source did not send what it was asked for. */
export class SourceFault extends Error {
  override readonly name = 'SourceFault';
  readonly kind: SourceFaultKind;
  readonly error: AsrError;
  /** The server asked for this wait. */
  readonly serverWaitMs: number | undefined;

  constructor(kind: SourceFaultKind, error: AsrError, serverWaitMs?: number) {
    super(error.message, { cause: error });
    this.kind = kind;
    this.error = error;
    this.serverWaitMs = serverWaitMs;
  }
}
