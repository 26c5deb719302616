import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import { defined } from '../../protocol/defined';
import { serverWaitMs } from './serverWait';
import { signInPage } from './signInPage';
import { SourceFault } from './sourceFault';

type Headers = Readonly<Record<string, string | undefined>>;

function notFound(host: string): AsrError {
  return new AsrError('notFound', localized('{0} does not have this file (any more).', host));
}

function gated(host: string): AsrError {
  return new AsrError(
    'gated',
    localized('{0} gives this file only to people who have accepted the model’s terms.', host),
  );
}

function auth(host: string): AsrError {
  return new AsrError(
    'auth',
    localized('{0} refuses access to this file. Check the access token.', host),
  );
}

/**
 * A refusal by the source itself. Its `X-Error-Code` is more exact than its status (docs/hub-protocol.md section 3.1).
 */
function sourceRefusal(status: number, headers: Headers, host: string): AsrError | undefined {
  const code = headers['x-error-code'] ?? '';
  if (code === 'GatedRepo') return gated(host);
  if (['RepoNotFound', 'RevisionNotFound', 'EntryNotFound'].includes(code)) return notFound(host);
  if (status === 401 || status === 403) return auth(host);
  return status === 404 || status === 410 ? notFound(host) : undefined;
}

/**
 * The fault that an answer of status 400 or above means. `redirected` tells that another origin than the source's sent
 * it: there a refusal most often means that the signed address has expired (docs/hub-protocol.md section 2.2).
 */
export function refusalFault(
  status: number,
  headers: Headers,
  host: string,
  redirected: boolean,
  wallMs: number,
): SourceFault {
  const waitMs = serverWaitMs(headers, wallMs);
  if (status === 407) {
    const text = localized('The proxy asks for a user name and password (407).');
    return new SourceFault('final', new AsrError('proxy', text));
  }
  if (status === 429) {
    const text = localized('{0} limits how often it may be asked.', host);
    const details = { host, ...defined({ retryAfterMs: waitMs }) };
    return new SourceFault('retry', new AsrError('rateLimited', text, { details }), waitMs);
  }
  // Network Authentication Required (RFC 6585): by the network between, not by the server.
  if (status === 511) return new SourceFault('retry', signInPage(host));
  if (status === 408 || status >= 500) {
    const text = localized('{0} has a problem of its own ({1}).', host, status);
    return new SourceFault('retry', new AsrError('network', text, { details: { host } }), waitMs);
  }
  if (redirected) {
    const text = localized('{0} refuses the address that it was asked at ({1}).', host, status);
    return new SourceFault('expired', new AsrError('network', text, { details: { host } }));
  }
  const known = sourceRefusal(status, headers, host);
  if (known !== undefined) return new SourceFault('final', known);
  const text = localized('{0} refuses the request ({1}).', host, status);
  return new SourceFault('final', new AsrError('unsupported', text, { details: { host } }));
}
