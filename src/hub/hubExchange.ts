import { AsrError, Cancelled } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { localized } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import {
  readText,
  requestFollowing,
  type OriginToken,
  type Transport,
  type TransportBody,
  type TransportResponse,
} from '../http';

const headTimeoutMs = 20_000;
/** How long an answer may pause between two pieces: a page of a listing is small, so a silent connection is dead. */
const silenceMs = 30_000;

export interface Exchange {
  readonly url: string;
  readonly token: OriginToken | undefined;
  readonly userAgent: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A whole answer, at the end of the redirects. */
export interface ExchangeAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly tokenSent: boolean;
}

/**
 * Asks once, reads the whole answer and logs it. Rejects as {@link requestFollowing} does, with `stalled` when the body
 * stops, and with `unsupported` when it is too long.
 */
export async function exchange(
  transport: Transport,
  clock: Clock,
  logger: Logger,
  { maxBytes, ...request }: Exchange,
): Promise<ExchangeAnswer> {
  const { url, response, tokenSent } = await requestFollowing(transport, {
    ...request,
    headTimeoutMs,
  });
  const text = await readAnswerText(response, maxBytes, url.host, clock, request.signal);
  const answer = { url, status: response.status, headers: response.headers, text, tokenSent };
  logAnswer(logger, answer, request.token?.token);
  return answer;
}

/**
 * The body as text, at most `maxBytes` long. Rejects with `stalled` when nothing comes for 30 s, `Cancelled` when the
 * signal is aborted, `unsupported` when it is too long.
 */
async function readAnswerText(
  response: TransportResponse,
  maxBytes: number,
  host: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const connection = { silent: false };
  let timer: Disposable | undefined;
  function watch(): void {
    timer?.dispose();
    timer = clock.after(silenceMs, () => {
      connection.silent = true;
      response.discard();
    });
  }
  async function* watched(): TransportBody {
    for await (const part of response.body) {
      watch();
      yield part;
    }
  }
  watch();
  try {
    const text = await readText({ body: watched() }, maxBytes);
    if (connection.silent) throw new Cancelled();
    return text;
  } catch (error) {
    if (connection.silent && !signal.aborted) {
      throw new AsrError(
        'stalled',
        localized('{0} stopped sending in the middle of its answer.', host),
        { cause: error, details: { host } },
      );
    }
    throw error;
  } finally {
    timer?.dispose();
  }
}

/**
 * Logs what was requested, what came back, and the Hub's id of the request, which its support asks for
 * (docs/hub-protocol.md section 3.1). The address is logged without its query, which may contain a signature.
 */
function logAnswer(logger: Logger, { url, status, headers }: ExchangeAnswer, token = ''): void {
  /** A header's value as it may stand in a log: one short line of printable ASCII, without a token that comes back. */
  const printable = (value: string): string => {
    const line = value.replace(/[^\x20-\x7e]+/g, ' ');
    return (token === '' ? line : line.replaceAll(token, '…')).slice(0, 200);
  };
  const code = headers['x-error-code'];
  const id = headers['x-request-id'] ?? headers['x-amzn-trace-id'] ?? headers['x-amz-cf-id'];
  const line = [
    `hub: GET ${url.origin}${url.pathname} -> ${status}`,
    code === undefined ? '' : ` ${printable(code)}`,
    id === undefined ? '' : ` (request ${printable(id)})`,
  ].join('');
  if (status >= 400) logger.warn(line);
  else logger.debug(line);
  const warning = headers['x-hf-warning'];
  if (warning !== undefined) logger.warn(`hub: ${url.host} warns: ${printable(warning)}`);
}
