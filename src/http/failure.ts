import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import { defined } from '../protocol/defined';
import type { ErrorCode } from '../protocol/errorCode';

/** The longest head of an answer that is read. Node's limit is a quarter of it, curl's is 300 kB. */
export const maxHeadBytes = 65_536;

/** An error with a code that {@link transportFailure} knows, as the platform's own errors have one. */
export function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

interface Failure {
  readonly code: ErrorCode;
  readonly text: (host: string) => LocalizedMessage;
}

const lost: Failure = {
  code: 'network',
  text: (host) => localized('The connection to {0} was broken off.', host),
};
const unreachable: Failure = {
  code: 'network',
  text: (host) =>
    localized('{0} can’t be reached from this network. Check the network connection.', host),
};
const notFound: Failure = {
  code: 'network',
  text: (host) =>
    localized('The address of {0} can’t be found. Check the network connection.', host),
};
const refused: Failure = {
  code: 'network',
  text: (host) => localized('{0} refuses connections.', host),
};
const slow: Failure = {
  code: 'network',
  text: (host) => localized('{0} did not answer in time.', host),
};
const notHttp: Failure = {
  code: 'network',
  text: (host) => localized('{0} sent an answer that is not valid HTTP.', host),
};
const headTooLarge: Failure = {
  code: 'network',
  text: (host) =>
    localized('{0} sent an answer whose head is longer than {1}.', host, byteText(maxHeadBytes)),
};
const unanswered: Failure = {
  code: 'network',
  text: (host) => localized('{0} closed the connection without an answer.', host),
};
const cutShort: Failure = {
  code: 'network',
  text: (host) => localized('{0} ended the connection before its answer was complete.', host),
};
const badCompression: Failure = {
  code: 'network',
  text: (host) => localized('{0} sent an answer that can’t be decompressed.', host),
};
const otherProtocol: Failure = {
  code: 'tls',
  text: (host) => localized('{0} does not speak HTTP/1.1.', host),
};
const noTls: Failure = {
  code: 'tls',
  text: (host) =>
    localized('{0} does not answer in TLS. Check whether its address begins with http://.', host),
};
const noSecureLine: Failure = {
  code: 'tls',
  text: (host) => localized('No secure connection to {0} could be made.', host),
};
const unknownIssuer: Failure = {
  code: 'tls',
  text: (host) =>
    localized(
      'The certificate of {0} is not trusted (unknown issuer). A network that inspects traffic needs its certificate installed.',
      host,
    ),
};
const selfSigned: Failure = {
  code: 'tls',
  text: (host) => localized('The certificate of {0} is not trusted (self-signed).', host),
};
const expired: Failure = {
  code: 'tls',
  text: (host) =>
    localized('The certificate of {0} has expired. Check the clock of this machine too.', host),
};
const notYetValid: Failure = {
  code: 'tls',
  text: (host) =>
    localized('The certificate of {0} is not valid yet. Check the clock of this machine.', host),
};
const wrongName: Failure = {
  code: 'tls',
  text: (host) => localized('The certificate of {0} was issued for another name.', host),
};
const badProxy: Failure = {
  code: 'proxy',
  text: () => localized('The proxy did not let the connection through. Check the proxy settings.'),
};
const offline: Failure = {
  code: 'network',
  text: () => localized('This machine is offline.'),
};

/** Error codes of Node, OpenSSL and undici, and of Chromium's network stack, which the editor's fetch may use. */
const failures: Readonly<Record<string, Failure>> = {
  ECONNRESET: lost,
  ECONNABORTED: lost,
  EPIPE: lost,
  UND_ERR_SOCKET: lost,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: cutShort,
  HPE_INVALID_EOF_STATE: cutShort,
  NOT_HTTP: notHttp,
  UND_ERR_HEADERS_OVERFLOW: headTooLarge,
  HPE_HEADER_OVERFLOW: headTooLarge,
  NO_ANSWER: unanswered,
  CUT_SHORT: cutShort,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: otherProtocol,
  ERR_STREAM_PREMATURE_CLOSE: lost,
  ENOTFOUND: notFound,
  EAI_AGAIN: notFound,
  EAI_NODATA: notFound,
  ECONNREFUSED: refused,
  ETIMEDOUT: slow,
  UND_ERR_CONNECT_TIMEOUT: slow,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENETDOWN: unreachable,
  EHOSTDOWN: unreachable,
  EADDRNOTAVAIL: unreachable,
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: selfSigned,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  CERT_UNTRUSTED: unknownIssuer,
  CERT_HAS_EXPIRED: expired,
  CERT_NOT_YET_VALID: notYetValid,
  ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
  EPROTO: noSecureLine,
  'net::ERR_CONNECTION_RESET': lost,
  'net::ERR_CONNECTION_CLOSED': lost,
  'net::ERR_EMPTY_RESPONSE': lost,
  'net::ERR_NAME_NOT_RESOLVED': notFound,
  'net::ERR_CONNECTION_REFUSED': refused,
  'net::ERR_CONNECTION_TIMED_OUT': slow,
  'net::ERR_TIMED_OUT': slow,
  'net::ERR_ADDRESS_UNREACHABLE': unreachable,
  'net::ERR_NETWORK_CHANGED': lost,
  'net::ERR_INTERNET_DISCONNECTED': offline,
  'net::ERR_CERT_AUTHORITY_INVALID': unknownIssuer,
  'net::ERR_CERT_DATE_INVALID': expired,
  'net::ERR_CERT_COMMON_NAME_INVALID': wrongName,
};

function knownFailure(key: string): Failure | undefined {
  const exact = failures[key];
  if (exact !== undefined) return exact;
  if (key.startsWith('HPE_')) return notHttp;
  if (/^(?:Z_|ERR_BROTLI|ERR__ERROR_FORMAT)/.test(key)) return badCompression;
  if (key.startsWith('net::ERR_PROXY') || key.startsWith('net::ERR_TUNNEL')) return badProxy;
  if (/^(?:net::ERR_CERT|net::ERR_SSL|ERR_SSL|ERR_TLS|CERT_|INVALID_CA)/.test(key)) {
    return noSecureLine;
  }
  return undefined;
}

/** Every error of a chain of causes, the members of an `AggregateError` (one per address tried) included. */
function* chain(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 8) return;
  yield error;
  if (error instanceof AggregateError) {
    for (const member of error.errors) yield* chain(member, depth + 1);
  }
  yield* chain(error.cause, depth + 1);
}

function keysOf(error: Error): string[] {
  const keys: string[] = [];
  if ('code' in error && typeof error.code === 'string') keys.push(error.code);
  const chromium = /net::ERR_[A-Z0-9_]+/.exec(error.message);
  if (chromium !== null) keys.push(chromium[0]);
  // Undici gives some of its parser's errors no code.
  if (error.name === 'HTTPParserError') keys.push('NOT_HTTP');
  return keys;
}

/** Statuses of a proxy that say how it is now, not how it was set up. */
const passingStatuses = [408, 425, 429, 500, 502, 503, 504];

/**
 * The error of a proxy that answered with `status` instead of opening a tunnel. `waitMs`: the wait that it asks for, in
 * milliseconds.
 */
export function proxyRefusal(proxyHost: string, status: number, waitMs?: number): AsrError {
  const host = { host: proxyHost };
  if (status === 407) {
    const text = localized(
      'The proxy {0} asks for a user name and password (407). Set them in the proxy settings.',
      proxyHost,
    );
    return new AsrError('proxy', text, { details: host });
  }
  const text = localized(
    'The proxy {0} refused the connection ({1}). Check the proxy settings.',
    proxyHost,
    status,
  );
  const passes = passingStatuses.includes(status);
  return new AsrError('proxy', text, {
    details: {
      ...host,
      ...(passes ? { isPassing: true, ...defined({ retryAfterMs: waitMs }) } : {}),
    },
  });
}

/** The meaning of the first error in the chain of causes that has a known code, from the outside in. */
function knownIn(error: unknown): Failure | undefined {
  for (const link of chain(error)) {
    for (const key of keysOf(link)) {
      const known = knownFailure(key);
      if (known !== undefined) return known;
    }
  }
  return undefined;
}

/**
 * Classifies what a client library threw. What no code explains is a broken connection, with the cause kept for the log.
 */
export function transportFailure(error: unknown, host: string): AsrError {
  if (error instanceof AsrError) return error;
  for (const { message } of chain(error)) {
    const tunnel = /proxy response \((\d{3})\)/i.exec(message);
    if (tunnel !== null) return proxyRefusal(host, Number(tunnel[1]));
  }
  const { code, text } = knownIn(error) ?? lost;
  return new AsrError(code, text(host), { cause: error, details: { host } });
}

/**
 * The error of a proxy that can't be connected to, or that breaks off before the tunnel is open. A certificate's error
 * keeps its code and names the proxy.
 */
export function proxyUnreachable(error: unknown, proxyHost: string): AsrError {
  const failure = transportFailure(error, proxyHost);
  if (failure.code !== 'network') return failure;
  // An unknown name and a port that refuses are matters of settings, a broken connection is not.
  const known = knownIn(error);
  const isPassing = known !== notFound && known !== refused;
  return new AsrError(
    'proxy',
    localized('The proxy {0} can’t be reached. Check the proxy settings.', proxyHost),
    {
      cause: failure,
      details: { host: proxyHost, ...(isPassing ? { isPassing } : {}) },
    },
  );
}

/** The error of proxy settings that can't be used: the connection is not made without the proxy instead. */
export function unusableProxy(address: string): AsrError {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  const isKnown = scheme === undefined || scheme === 'http' || scheme === 'https';
  return new AsrError(
    'proxy',
    isKnown
      ? localized(
          'The address of the proxy in the settings can’t be read. Write it as http://host:port, with special characters of the password in percent notation.',
        )
      : localized(
          'The proxy in the settings is of the kind {0}, which is not supported. Use the address of an HTTP proxy.',
          `${scheme}://`,
        ),
  );
}

/** The error of an answer whose head did not come within its time. `sent`: the request is known to have been sent. */
export function headTimeout(host: string, timeoutMs: number, sent: boolean): AsrError {
  const seconds = timeoutMs / 1000;
  return new AsrError(
    'stalled',
    sent
      ? localized('{0} took the request but did not answer within {1} s.', host, seconds)
      : localized('{0} did not answer within {1} s.', host, seconds),
    { details: { host } },
  );
}

/** No connection was made at all, so another transport may be worth a try. */
export class ConnectFailure extends AsrError {
  constructor(failure: AsrError) {
    super(failure.code, failure.localizedMessage, {
      cause: failure.cause,
      details: failure.details,
    });
  }
}
