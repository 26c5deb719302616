import { AsrError, isCancellation, toAsrError } from '../../common/asrError';
import { defined } from '../../protocol/defined';
import { isNoSpace } from '../files/diskFault';
import { SourceFault } from '../sources/errors';
import type { Connection } from './connection';
import { DiskProblem } from './receive';

/**
 * What the end of a connection means.
 * `done`: its segment is complete. `again`: ask once more at once, nothing is counted. `retry`: a failed attempt.
 * `diskFull`, `disk`: the disk will not. The others: {@link SourceVerdict}.
 */
export type FaultVerdict =
  | { readonly kind: 'done' | 'again' }
  | SourceVerdict
  | { readonly kind: 'diskFull' | 'disk'; readonly error: unknown };

/**
 * What the source did. `noRanges`: it did not send a part. `nothingMore`: it says that there is nothing behind the size
 * that we know (416). `final`: it will not do.
 */
export interface SourceVerdict {
  readonly kind: 'retry' | 'noRanges' | 'nothingMore' | 'final';
  readonly error: AsrError;
  readonly serverWaitMs?: number;
}

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
    case 'nothingMore':
      return { kind, error };
    case 'retry':
      return { kind, error, ...defined({ serverWaitMs }) };
  }
}
