/** The head of an HTTP/1.1 answer, and how long its body is. */
export interface HttpHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: not framed by a plain length (chunked, or until the connection ends). */
  readonly bodyBytes: number | undefined;
  /** The connection may be used for another request after the body. */
  readonly keepsAlive: boolean;
}

const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;

/**
 * Parses the text before the empty line of an answer. Undefined when it is not strictly HTTP/1.x (folded lines, bare
 * carriage returns, two lengths that differ): such an answer is left to a more forgiving client.
 */
export function parseHead(text: string): HttpHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const found = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first);
  if (found === null) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers[key];
    if (key === 'content-length' && before !== undefined && before !== value) return undefined;
    headers[key] = before === undefined || key === 'content-length' ? value : `${before}, ${value}`;
  }
  const status = Number(found[2]);
  return {
    status,
    headers,
    bodyBytes: bodyBytes(status, headers),
    keepsAlive: found[1] === '1' && !/\bclose\b/i.test(headers['connection'] ?? ''),
  };
}

function bodyBytes(status: number, headers: Readonly<Record<string, string>>): number | undefined {
  if (status === 204 || status === 304) return 0;
  const length = headers['content-length'];
  if (headers['transfer-encoding'] !== undefined || length === undefined) return undefined;
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
