/** The head of an HTTP/1.x answer, as sockets of our own read it. */

/** The head of an answer, and how long its body is. */
export interface HttpHead {
  readonly status: number;
  /** Lower-case names; repeated headers joined by ", ", equal ones taken once. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: not framed by a plain length (chunked, or until the connection ends). */
  readonly bodyBytes: number | undefined;
  /** The connection may be used for another request after the body. */
  readonly keepsAlive: boolean;
}

/**
 * The text before the empty line that ends a head, and how many bytes both take; undefined when that line has not come.
 * Lines may end in a line feed alone (RFC 9112 section 2.2).
 */
export function splitHead(
  received: Buffer,
): { readonly text: string; readonly bytes: number } | undefined {
  for (let at = received.indexOf(10); at !== -1; at = received.indexOf(10, at + 1)) {
    const next = received[at + 1] === 13 ? at + 2 : at + 1;
    if (received[next] === 10) {
      return { text: received.toString('latin1', 0, at), bytes: next + 1 };
    }
  }
  return undefined;
}

/** Whether these bytes can be the beginning of an answer. */
export function mayBeHttp(received: Buffer): boolean {
  const start = 'HTTP/1.';
  return start.startsWith(received.toString('latin1', 0, start.length));
}

const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;

/** Parses the text before the empty line. Undefined when it is not HTTP/1.x, or has two lengths that differ. */
export function parseHead(text: string): HttpHead | undefined {
  // A line that begins with a space continues the one before it (RFC 9112 section 5.2).
  const [first = '', ...lines] = text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const found = /^HTTP\/1\.(\d) (\d{3})(?:\s|$)/.exec(first);
  if (found === null) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line.replace(/\r$/, '')) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined || before === value ? value : `${before}, ${value}`;
  }
  const length = headers['content-length'];
  const bytes = length === undefined ? undefined : lengthOf(length);
  const hasOtherFraming = headers['transfer-encoding'] !== undefined;
  if (length !== undefined && bytes === undefined && !hasOtherFraming) return undefined;
  const status = Number(found[2]);
  const hasNoBody = status === 204 || status === 304;
  return {
    status,
    headers,
    bodyBytes: hasNoBody ? 0 : hasOtherFraming ? undefined : bytes,
    keepsAlive: found[1] !== '0' && !/\bclose\b/i.test(headers['connection'] ?? ''),
  };
}

/** A length may be repeated, in a list as well (RFC 9110 section 8.6), but it must be the same. */
function lengthOf(text: string): number | undefined {
  const [first = '', ...others] = text.split(',').map((one) => one.trim());
  const isOne = /^\d{1,15}$/.test(first) && others.every((other) => other === first);
  return isOne ? Number(first) : undefined;
}
