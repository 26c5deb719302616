import { gzipSync } from 'node:zlib';
import type { Answer, Cut } from './answer';
import { bufferContent, contentBytes, type HubContent } from './content';
import type { Fault } from './fault';
import { textAnswer } from './hubAnswers';
import type { RequestRecord } from './requestLog';

/** The requests that a fault affects. All the given conditions must hold. */
export interface FaultTarget {
  readonly origin?: 'hub' | 'cdn';
  /** The file's path in its repository, or a pattern for the path of the address. */
  readonly path?: string | RegExp;
  readonly method?: string;
  readonly matches?: (request: RequestRecord) => boolean;
  /** Of the matching requests (counted from 1), only this one or these. */
  readonly nth?: number | readonly number[];
  /** The largest number of times. */
  readonly times?: number;
}

/** An active fault. */
export interface FaultHandle {
  /** How often it was applied. */
  readonly hits: number;
  /** Deactivates it; answers that it affected stay as they are. */
  remove(): void;
  /** Deactivates it and lets stalled answers continue. */
  release(): void;
}

class FaultRule implements FaultHandle {
  readonly fault: Fault;
  readonly #target: FaultTarget;
  readonly #onRemove: (rule: FaultRule) => void;
  readonly released: Promise<void>;
  #release: () => void = () => undefined;
  #matched = 0;
  hits = 0;

  constructor(fault: Fault, target: FaultTarget, onRemove: (rule: FaultRule) => void) {
    this.fault = fault;
    this.#target = target;
    this.#onRemove = onRemove;
    this.released = new Promise((resolve) => (this.#release = resolve));
  }

  takes(request: RequestRecord): boolean {
    const { origin, path, method, matches, nth, times } = this.#target;
    if (origin !== undefined && origin !== request.origin) return false;
    if (method !== undefined && method !== request.method) return false;
    if (typeof path === 'string' && request.file?.path !== path && request.path !== path)
      return false;
    if (path instanceof RegExp && !path.test(request.path)) return false;
    if (matches !== undefined && !matches(request)) return false;
    this.#matched += 1;
    if (nth !== undefined && ![nth].flat().includes(this.#matched)) return false;
    if (times !== undefined && this.hits >= times) return false;
    this.hits += 1;
    return true;
  }

  remove(): void {
    this.#onRemove(this);
  }

  release(): void {
    this.remove();
    this.#release();
  }
}

/** The active faults. */
export class Faults {
  readonly #rules: FaultRule[] = [];

  /** Activates a fault until it is removed. Faults of the same request are applied in the order in which they were added. */
  add(fault: Fault, target: FaultTarget = {}): FaultHandle {
    const rule = new FaultRule(fault, target, (gone) => {
      const index = this.#rules.indexOf(gone);
      if (index >= 0) this.#rules.splice(index, 1);
    });
    this.#rules.push(rule);
    return rule;
  }

  /** Deactivates all faults and lets stalled answers continue. */
  clear(): void {
    for (const rule of [...this.#rules]) rule.release();
  }

  /** The answer with the active faults for this request applied. */
  apply(answer: Answer, request: RequestRecord): Answer {
    let changed = answer;
    for (const rule of [...this.#rules]) {
      if (!rule.takes(request)) continue;
      request.faults.push(rule.fault.kind);
      changed = applyFault(changed, rule.fault, request, rule.released);
    }
    return changed;
  }
}

/** Applies one fault to an answer. */
function applyFault(
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
  const available = content.sizeBytes - end;
  const shift = Math.max(-start, Math.min(available, bytes));
  return { ...answer, body: { content, start: start + shift, end: end + shift } };
}

function without(
  headers: Readonly<Record<string, string>>,
  name: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}
