import { AsrError, type AsrErrorDetails } from '../common/asrError';
import type { TokenPlace } from '../common/hubEnvironment';
import { isObject, parseJson } from '../common/json';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import { isTemporary, serverWaitMs } from '../http';
import { defined } from '../protocol/defined';

/** An answer of the Hub that is not a success, and what it was asked. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The start of the body. */
  readonly text: string;
  readonly host: string;
  /** The requested repository; absent for requests that are not about a repository. */
  readonly repo?: string;
  readonly revision?: string;
  /** Where the token that was sent comes from; absent: none was sent. */
  readonly token?: TokenPlace;
  readonly wallMs: number;
  /** Where a person accepts the terms of a gated model. */
  readonly pageUrl?: string;
}

/** The Hub's own explanation of a refusal: the header, else the body's `error` (docs/hub-protocol.md section 3.1). */
function refusalMessage({ headers, text }: Pick<Refusal, 'headers' | 'text'>): string {
  const header = headers['x-error-message'];
  if (header !== undefined && header !== '') return header;
  const body = parseJson(text);
  if (!isObject(body)) return '';
  const { error } = body;
  if (typeof error === 'string') return error;
  if (Array.isArray(error)) {
    return error.filter((line): line is string => typeof line === 'string').join('; ');
  }
  return '';
}

/**
 * Whether the token itself is wrong or has expired: the Hub says so, or it answers 401 to a request with a token and
 * names no repository as the reason (docs/hub-protocol.md section 3.1).
 */
export function isBadToken(refusal: Refusal): boolean {
  return (
    refusal.status === 401 &&
    refusal.token !== undefined &&
    (refusal.repo === undefined ||
      refusal.headers['x-error-code'] === undefined ||
      /invalid credentials/i.test(refusalMessage(refusal)))
  );
}

function gated(refusal: Refusal): AsrError {
  const { repo = '', status, token, pageUrl, host } = refusal;
  const details = { host, ...defined({ helpUrl: pageUrl }) };
  if (token === undefined) {
    return new AsrError(
      'gated',
      localized(
        '{0} is gated: accept its terms on its page, then set an access token of that account.',
        repo,
      ),
      { details },
    );
  }
  if (status === 401) return badToken(host, token, details);
  return new AsrError(
    'gated',
    localized(
      '{0} is gated, and the token’s account has no access. Accept its terms on its page.',
      repo,
    ),
    { details },
  );
}

function wrongToken(host: string, place: TokenPlace): LocalizedMessage {
  switch (place.kind) {
    case 'environment':
      return localized(
        '{0} does not accept the access token in the environment variable {1}: it is wrong or has expired. Set a new one.',
        host,
        place.variable,
      );
    case 'file':
      return localized(
        '{0} does not accept the access token in the file {1}: it is wrong or has expired. Set a new one.',
        host,
        place.path,
      );
    case 'secretStorage':
      return localized(
        '{0} does not accept the access token: it is wrong or has expired. Set a new one.',
        host,
      );
  }
}

/** The error of a token that a hub refuses; it names where the token comes from. */
function badToken(host: string, place: TokenPlace, details: AsrErrorDetails = { host }): AsrError {
  return new AsrError('auth', wrongToken(host, place), { details });
}

/** The error of a token with characters that can't be sent: it was damaged when it was copied. */
export function damagedToken(place: TokenPlace): AsrError {
  const text =
    place.kind === 'environment'
      ? localized(
          'The access token in the environment variable {0} contains characters that no token has. Copy it again.',
          place.variable,
        )
      : place.kind === 'file'
        ? localized(
            'The access token in the file {0} contains characters that no token has. Copy it again.',
            place.path,
          )
        : localized('The access token contains characters that no token has. Set it again.');
  return new AsrError('auth', text);
}

/**
 * The wait that the Hub asks for, in milliseconds, with one second added as the Hub's own client does
 * (docs/hub-protocol.md section 3.2); undefined when it asks for none.
 */
export function requestedWaitMs({
  headers,
  wallMs,
}: Pick<Refusal, 'headers' | 'wallMs'>): number | undefined {
  const waitMs = serverWaitMs(headers, wallMs);
  return waitMs === undefined ? undefined : waitMs + 1000;
}

function rateLimited(refusal: Refusal): AsrError {
  const { host, token } = refusal;
  const details = { host, ...defined({ retryAfterMs: requestedWaitMs(refusal) }) };
  return new AsrError(
    'rateLimited',
    token !== undefined
      ? localized('{0} allows no more requests for now. Try again later.', host)
      : localized(
          '{0} allows no more requests for now. Try again later, or set an access token.',
          host,
        ),
    { details },
  );
}

/**
 * The typed error of a refusal. `X-Error-Code` decides before the status does, because the Hub answers 401 for a
 * missing, a private and a gated repository alike when no token is sent (docs/hub-protocol.md section 3.1).
 */
export function refusalError(refusal: Refusal): AsrError {
  const { status, headers, host, repo = '', revision = '', token } = refusal;
  const details = { host };
  const code = headers['x-error-code'] ?? '';

  if (code === 'GatedRepo') return gated(refusal);
  if (code === 'RevisionNotFound') {
    return new AsrError('notFound', localized('{0} has no revision {1}.', repo, revision), {
      details,
    });
  }
  if (code === 'EntryNotFound') {
    return new AsrError('notFound', localized('{0} has no such file at {1}.', repo, revision), {
      details,
    });
  }
  if (token !== undefined && isBadToken(refusal)) return badToken(host, token);
  if (/^Access to this resource is disabled\.?$/.test(refusalMessage(refusal))) {
    return new AsrError('notFound', localized('{0} has disabled {1}.', host, repo), { details });
  }
  if (code === 'RepoNotFound' || status === 401 || status === 404) {
    return new AsrError(
      'notFound',
      token !== undefined
        ? localized('{0} does not exist on {1}, or the token’s account may not see it.', repo, host)
        : localized(
            '{0} does not exist on {1}, or is private and needs an access token.',
            repo,
            host,
          ),
      { details },
    );
  }
  if (status === 429) return rateLimited(refusal);
  if (status === 403) {
    return new AsrError('auth', localized('{0} refuses access to {1} (403).', host, repo), {
      details,
    });
  }
  if (status === 407) {
    return new AsrError('proxy', localized('The proxy asks for a user name and password (407).'), {
      details,
    });
  }
  if (status === 511) {
    return new AsrError(
      'network',
      localized(
        'This network asks for a sign-in before it lets {0} through. Open a browser.',
        host,
      ),
      { details },
    );
  }
  if (isTemporary(status)) {
    return new AsrError(
      'network',
      localized('{0} has a problem of its own ({1}). Try again later.', host, status),
      {
        details: { host, ...defined({ retryAfterMs: requestedWaitMs(refusal) }) },
      },
    );
  }
  return new AsrError(
    'unsupported',
    localized('{0} answered with status {1}, which is not expected here.', host, status),
    {
      details,
    },
  );
}
