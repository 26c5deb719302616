import type { Answer } from './answer';
import { applyFault } from './applyFault';
import type { Fault } from './fault';
import type { RequestRecord } from './requestLog';

/** Which requests a fault hits. All that is given must hold. */
export interface FaultTarget {
  readonly origin?: 'hub' | 'cdn';
  /** The file's path in its repository, or a pattern for the address's path. */
  readonly path?: string | RegExp;
  readonly method?: string;
  readonly matches?: (request: RequestRecord) => boolean;
  /** Of the matching requests (counted from 1), only this one or these. */
  readonly nth?: number | readonly number[];
  /** At most so many times. */
  readonly times?: number;
}

/** A fault that was switched on. */
export interface FaultHandle {
  /** How often it was applied. */
  readonly hits: number;
  /** Switches it off; what it has done stays done. */
  remove(): void;
  /** Lets stalled answers go on, and switches it off. */
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

/** The switchboard: which faults are on, for which requests. */
export class Faults {
  readonly #rules: FaultRule[] = [];

  /** Switches a fault on until it is removed. Faults that hit the same request are applied in the order they were added. */
  add(fault: Fault, target: FaultTarget = {}): FaultHandle {
    const rule = new FaultRule(fault, target, (gone) => {
      const index = this.#rules.indexOf(gone);
      if (index >= 0) this.#rules.splice(index, 1);
    });
    this.#rules.push(rule);
    return rule;
  }

  /** Switches everything off and lets stalled answers go on. */
  clear(): void {
    for (const rule of [...this.#rules]) rule.release();
  }

  /** The answer as the faults that are on for this request leave it. */
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
