import { AsrError, isCancellation, toAsrError } from '../base/asrError';
import type { Connection } from './connection';
import { isNoSpace } from './diskFault';
import { DiskProblem } from './receive';
import { SourceFault } from './sourceFault';

/**
 * What the end of a connection means.
 * `done`: its segment is complete. `again`: ask once more at once, nothing is counted. `retry`: a failed attempt.
 * `noRanges`: the source did not send a part. `final`: the source will not do. `diskFull`, `disk`: the disk will not.
 */
export type FaultVerdict =
  | { readonly kind: 'done' | 'again' }
  | {
      readonly kind: 'retry' | 'noRanges' | 'final';
      readonly error: AsrError;
      readonly serverWaitMs?: number;
    }
  | { readonly kind: 'diskFull' | 'disk'; readonly error: unknown };

/**
 * Classifies what ended a connection. `everReceived`: bytes have come in this transfer; before that a proxy or a
 * certificate that refuses is a matter of settings, which waiting does not mend.
 */
export function judgeFault(
  connection: Connection,
  error: unknown,
  everReceived: boolean,
): FaultVerdict {
  if (error instanceof DiskProblem) {
    return { kind: isNoSpace(error.cause) ? 'diskFull' : 'disk', error: error.cause };
  }
  if (connection.segment.position >= connection.segment.end) return { kind: 'done' };
  if (connection.cutOff === 'replaced') return { kind: 'again' };
  if (connection.cutOff !== undefined) return { kind: 'retry', error: connection.cutOff };
  if (error instanceof SourceFault) return sourceVerdict(error);
  if (error instanceof AsrError && (error.code === 'tls' || error.code === 'proxy')) {
    return { kind: everReceived ? 'retry' : 'final', error };
  }
  if (isCancellation(error)) return { kind: 'again' };
  return { kind: 'retry', error: toAsrError(error) };
}

function sourceVerdict({ kind, error, serverWaitMs }: SourceFault): FaultVerdict {
  switch (kind) {
    case 'expired':
      return { kind: 'again' };
    case 'final':
    case 'noRanges':
      return { kind, error };
    case 'retry':
      return { kind, error, ...(serverWaitMs === undefined ? {} : { serverWaitMs }) };
  }
}
