import { byteText } from '../../common/byteText';
import { localized } from '../../common/localizedMessage';
import type { ByteRange } from '../files/segmentPlan';
import { hostError, signInPage, type SourceError } from './errors';

/** The head of an answer of status 200, 206 or 416. */
interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** `part`: the body begins where the range that was asked for does. `whole`: it is the whole file from its first byte. */
export type AnswerKind = 'part' | 'whole';

/** The kind of an answer's body. */
export interface AnswerBody {
  readonly kind: AnswerKind;
  /** The offset in the file at which it ends. It may be before or after the end that was asked for. */
  readonly end: number;
}

function wrongSize(host: string, sizeBytes: number, gotBytes: number): SourceError {
  return hostError(
    'retry',
    'integrity',
    localized(
      '{0} has a different file: {1} instead of {2}.',
      host,
      byteText(gotBytes),
      byteText(sizeBytes),
    ),
    host,
  );
}

function contentLength(head: AnswerHead): number | undefined {
  const text = head.headers['content-length'];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Refuses a compressed answer: ranges of it would count compressed bytes. */
function checkEncoding(head: AnswerHead, host: string): void {
  const encoding = head.headers['content-encoding'];
  if (encoding === undefined || /^(?:identity)?$/i.test(encoding.trim())) return;
  throw hostError(
    'retry',
    'unsupported',
    localized('{0} sent the file compressed, which was not asked for.', host),
    host,
  );
}

/** Some servers write the header a little differently; `*` stands for a size that they do not know. */
const contentRange = /^bytes[ =:]\s*(\d{1,15})\s*-\s*(\d{1,15})\s*\/\s*(\d{1,15}|\*)$/i;

/** The end of the part that came. One that can't be placed is as good as a refusal of parts. */
function partEnd(head: AnswerHead, range: ByteRange, sizeBytes: number, host: string): number {
  const [, first, last, total] =
    contentRange.exec(head.headers['content-range']?.trim() ?? '') ?? [];
  if (total !== undefined && total !== '*' && Number(total) !== sizeBytes) {
    throw wrongSize(host, sizeBytes, Number(total));
  }
  const end = Number(last) + 1;
  const length = contentLength(head);
  const canBePlaced =
    Number(first) === range.start &&
    end > range.start &&
    end <= sizeBytes &&
    (length === undefined || length === end - range.start);
  if (canBePlaced) return end;
  const text = localized('{0} sent other bytes than it was asked for.', host);
  throw hostError('noRanges', 'network', text, host);
}

function checkWhole(head: AnswerHead, sizeBytes: number, host: string): void {
  const length = contentLength(head);
  if (length === sizeBytes) return;
  if (/^\s*text\/html\b/i.test(head.headers['content-type'] ?? '')) {
    throw signInPage(host);
  }
  if (length !== undefined) throw wrongSize(host, sizeBytes, length);
}

/**
 * Says what the body of an answer to a request for `range` is, or throws a {@link SourceError}. Servers and proxies
 * answer range requests with other bytes often enough that each head is checked: a 206 must begin where the range
 * does and be of a file of the exact size, a 200 must be the whole file.
 */
export function judgeAnswer(
  head: AnswerHead,
  range: ByteRange,
  sizeBytes: number,
  host: string,
): AnswerBody {
  if (head.status === 416) {
    const total = /^bytes \*\/(\d{1,15})$/.exec(head.headers['content-range']?.trim() ?? '')?.[1];
    if (total !== undefined && Number(total) !== sizeBytes) {
      throw wrongSize(host, sizeBytes, Number(total));
    }
    throw hostError(
      'noRanges',
      'network',
      localized('{0} refuses to send a part of the file.', host),
      host,
    );
  }
  checkEncoding(head, host);
  if (head.status === 206) {
    return { kind: 'part', end: partEnd(head, range, sizeBytes, host) };
  }
  checkWhole(head, sizeBytes, host);
  return { kind: 'whole', end: sizeBytes };
}
