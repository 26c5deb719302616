import { Emitter } from '../../src/common/event';

/** One request to a server of the test hub; the numbers grow while it is answered. */
export interface RequestRecord {
  readonly id: number;
  /** `hub`: the API and resolve addresses; `cdn`: the file bytes. */
  readonly origin: 'hub' | 'cdn';
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  /** Decoded path without the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly range: string | undefined;
  /** The bearer token that came with it. */
  readonly token: string | undefined;
  /** Counts the TCP connections of both origins. */
  readonly connection: number;
  readonly startedMs: number;
  /** The requested file of the repository, if any. */
  file: { readonly repo: string; readonly path: string } | undefined;
  status: number | undefined;
  /** Kinds of the faults that were applied. */
  readonly faults: string[];
  /** Body bytes that the kernel accepted; up to a few MB of them may not have reached a client that closes the connection. */
  bytesSent: number;
  /** The answer is over: sent, cut by a fault, or given up by the client. */
  ended: boolean;
  /** The client closed the connection before the answer was complete. */
  aborted: boolean;
}

export type RequestFilter = (record: RequestRecord) => boolean;

/** Only a hang takes as long. */
const waitLimitMs = 120_000;

/** Every request in the order of arrival, and promises for later ones. */
export class RequestLog {
  readonly #records: RequestRecord[] = [];
  readonly #changed = new Emitter<RequestRecord>();

  get records(): readonly RequestRecord[] {
    return this.#records;
  }

  add(record: RequestRecord): void {
    this.#records.push(record);
    this.#changed.fire(record);
  }

  /** To be called after a record's numbers changed. */
  touch(record: RequestRecord): void {
    this.#changed.fire(record);
  }

  clear(): void {
    this.#records.length = 0;
  }

  filter(filter: RequestFilter): RequestRecord[] {
    return this.#records.filter(filter);
  }

  /** Body bytes sent in all matching answers. */
  bytesSent(filter: RequestFilter = () => true): number {
    return this.filter(filter).reduce((sum, record) => sum + record.bytesSent, 0);
  }

  /** The first request that matches, now or later; checked whenever a request arrives, sends bytes or ends. */
  async waitFor(filter: RequestFilter, limitMs = waitLimitMs): Promise<RequestRecord> {
    let found = this.#records.find(filter);
    await this.#until(() => (found ??= this.#records.find(filter)) !== undefined, limitMs);
    if (found === undefined) throw new Error('unreachable');
    return found;
  }

  /** Resolves when the matching answers have sent this many body bytes together. */
  waitForBytes(bytes: number, filter?: RequestFilter, limitMs = waitLimitMs): Promise<void> {
    return this.#until(() => this.bytesSent(filter) >= bytes, limitMs);
  }

  /** Resolves when no answer (that matches) is being sent. */
  waitForQuiet(filter: RequestFilter = () => true, limitMs = waitLimitMs): Promise<void> {
    return this.#until(() => this.#records.every((r) => r.ended || !filter(r)), limitMs);
  }

  #until(condition: () => boolean, limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (condition()) {
        resolve();
        return;
      }
      const timer = setTimeout(() => {
        subscription.dispose();
        reject(new Error(`The test hub waited ${limitMs} ms in vain. ${this.describe()}`));
      }, limitMs);
      const subscription = this.#changed.event(() => {
        if (!condition()) return;
        clearTimeout(timer);
        subscription.dispose();
        resolve();
      });
    });
  }

  /** The log as text, one request a line, for a failing test. */
  describe(): string {
    const lines = this.#records.map(
      (r) =>
        `#${r.id} ${r.origin} ${r.method} ${r.path} ${r.range ?? ''} -> ${r.status ?? 'nothing yet'}` +
        ` ${r.bytesSent} bytes${r.aborted ? ' (client hung up)' : ''} ${r.faults.join(',')}`,
    );
    return `Requests so far:\n${lines.join('\n')}`;
  }
}
