import type { Logger } from '../common/logger';
import type { ExchangeAnswer } from './hubExchange';

/** A header's value as it may stand in a log: one short line of printable ASCII. */
function printable(value: string): string {
  return value.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
}

/**
 * Logs what was requested, what came back, and the Hub's id of the request, which its support asks for
 * (docs/hub-protocol.md section 3.1). The address is logged without its query, which may contain a signature.
 */
export function logAnswer(logger: Logger, { url, status, headers }: ExchangeAnswer): void {
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
