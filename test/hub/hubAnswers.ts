import { defined } from '../../src/protocol/defined';
import type { Answer } from './answer';
import { bufferContent, type HubContent } from './content';

/** JSON, as the Hub's API answers. */
export function jsonAnswer(
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Answer {
  const content = bufferContent(JSON.stringify(value));
  return {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...headers,
      'Content-Length': String(content.sizeBytes),
    },
    body: { content, start: 0, end: content.sizeBytes },
  };
}

/** A plain text answer. */
export function textAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const content = bufferContent(text);
  return {
    status,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      ...headers,
      'Content-Length': String(content.sizeBytes),
    },
    body: { content, start: 0, end: content.sizeBytes },
  };
}

/** An error with the Hub's error headers (docs/hub-protocol.md section 3.1). */
export function hubError(
  status: number,
  code: string | undefined,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonAnswer(
    { error: message },
    {
      ...defined({ 'X-Error-Code': code }),
      // Other characters are not allowed in a header.
      'X-Error-Message': message.replace(/[^ -~]/g, '?'),
      ...headers,
    },
    status,
  );
}

/** A file's bytes, whole or the requested range: 200, 206 or 416. */
export function fileAnswer(
  content: HubContent,
  range: string | undefined,
  headers: Readonly<Record<string, string>>,
): Answer {
  const total = content.sizeBytes;
  const common = {
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    ...headers,
  };
  const wanted = range === undefined ? undefined : parseRange(range, total);
  if (wanted === 'unsatisfiable') {
    return {
      status: 416,
      headers: { ...common, 'Content-Range': `bytes */${total}`, 'Content-Length': '0' },
    };
  }
  const start = wanted?.start ?? 0;
  const end = wanted?.end ?? total;
  return {
    status: wanted === undefined ? 200 : 206,
    headers: {
      ...common,
      'Content-Length': String(end - start),
      ...(wanted === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${total}` }),
    },
    body: { content, start, end },
  };
}

/** Reads a `Range` header with one range; `end` is exclusive. Anything else is ignored, as RFC 9110 says. */
export function parseRange(
  range: string,
  total: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range);
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), total);
    return length === 0 ? 'unsatisfiable' : { start: total - length, end: total };
  }
  const start = Number(first);
  if (start >= total) return 'unsatisfiable';
  const end = last === '' ? total : Math.min(Number(last) + 1, total);
  return end <= start ? undefined : { start, end };
}
