import { gzipSync } from 'node:zlib';
import type { Answer, Cut } from './answer';
import { bufferContent, contentBytes, type HubContent } from './content';
import type { Fault } from './fault';
import { textAnswer } from './hubAnswers';
import type { RequestRecord } from './requestLog';

/** One fault on one answer. */
export function applyFault(
  answer: Answer,
  fault: Fault,
  request: Pick<RequestRecord, 'url'>,
  released?: Promise<void>,
): Answer {
  const headers = answer.headers;
  switch (fault.kind) {
    case 'reset':
      return { ...answer, cut: { afterBytes: fault.afterBytes, how: 'reset' } };
    case 'stall': {
      const cut: Cut = { afterBytes: fault.afterBytes, how: 'stall' };
      return { ...answer, cut: released === undefined ? cut : { ...cut, released } };
    }
    case 'truncate':
      return { ...answer, cut: { afterBytes: fault.afterBytes, how: 'end' } };
    case 'hang':
      return { ...answer, hang: true };
    case 'delay':
      return { ...answer, delayMs: (answer.delayMs ?? 0) + fault.ms };
    case 'slow':
      return { ...answer, slow: fault };
    case 'overlong': {
      const length = Number(headers['Content-Length']) + fault.bytes;
      const framed =
        fault.framing === 'chunked'
          ? without(headers, 'Content-Length')
          : { ...headers, 'Content-Length': String(length) };
      return { ...answer, headers: framed, extraBytes: fault.bytes };
    }
    case 'contentLength': {
      const length = String(Number(headers['Content-Length']) + fault.delta);
      return { ...answer, headers: { ...headers, 'Content-Length': length } };
    }
    case 'chunked':
      return { ...answer, headers: without(headers, 'Content-Length') };
    case 'contentRange':
      return { ...answer, headers: { ...headers, 'Content-Range': fault.value } };
    case 'ignoreRange':
      return answer.body === undefined
        ? answer
        : wholeFile(answer, without(headers, 'Accept-Ranges'), answer.body.content);
    case 'shiftedBody':
      return shifted(answer, fault.bytes);
    case 'headers': {
      const set: Record<string, string> = { ...headers, ...fault.set };
      return {
        ...answer,
        headers: Object.fromEntries(Object.entries(set).filter(([, value]) => value !== '')),
      };
    }
    case 'status':
      return textAnswer(fault.status, fault.body ?? `${fault.status}`, fault.headers);
    case 'gzip':
      return answer.body === undefined
        ? answer
        : wholeFile(
            answer,
            { ...headers, 'Content-Encoding': 'gzip' },
            bufferContent(gzipSync(contentBytes(answer.body.content))),
          );
    case 'htmlPage':
      return textAnswer(
        200,
        '<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body>Please sign in.</body></html>',
        { 'Content-Type': 'text/html; charset=utf-8' },
      );
    case 'redirect': {
      const location = fault.location(request.url);
      return textAnswer(fault.status ?? 302, 'Moved', { Location: location });
    }
    case 'corrupt':
      return { ...answer, corruptOffsets: [...(answer.corruptOffsets ?? []), fault.offset] };
    case 'content': {
      const etag = fault.etag === undefined ? {} : { ETag: `"${fault.etag}"` };
      return answer.body === undefined
        ? answer
        : {
            ...answer,
            headers: { ...headers, ...etag },
            body: { ...answer.body, content: fault.content },
          };
    }
  }
}

function wholeFile(
  answer: Answer,
  headers: Readonly<Record<string, string>>,
  content: HubContent,
): Answer {
  return {
    ...answer,
    status: 200,
    headers: {
      ...without(headers, 'Content-Range'),
      'Content-Length': String(content.sizeBytes),
    },
    body: { content, start: 0, end: content.sizeBytes },
  };
}

function shifted(answer: Answer, bytes: number): Answer {
  if (answer.body === undefined) return answer;
  const { content, start, end } = answer.body;
  const room = content.sizeBytes - end;
  const shift = Math.max(-start, Math.min(room, bytes));
  return { ...answer, body: { content, start: start + shift, end: end + shift } };
}

function without(
  headers: Readonly<Record<string, string>>,
  name: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}
