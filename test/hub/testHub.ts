import { apiAnswer, type Asked } from './apiRoutes';
import type { Answer } from './answer';
import type { HubContent } from './content';
import { Faults } from './faults';
import { cdnAnswer, fileTarget, hubFileAnswer } from './fileRoutes';
import { fileAnswer, hubError } from './hubAnswers';
import { HubState, type TestToken } from './hubState';
import { Origin, requestUrl } from './origin';
import { Pace, Pacer, type PaceOptions } from './pace';
import type { TestRepo, TestRepoOptions } from './repository';
import { RequestLog, type RequestFilter, type RequestRecord } from './requestLog';

export interface TestHubOptions {
  readonly repos?: readonly TestRepoOptions[];
  readonly tokens?: Readonly<Record<string, TestToken>>;
  readonly pace?: Partial<PaceOptions>;
  /** Both origins speak https with the self-signed certificate of `tlsFixture`. */
  readonly tls?: boolean;
  readonly treePageSize?: number;
  readonly searchPageSize?: number;
  readonly signedUrlSeconds?: number;
  /** Requests until the hub answers 429; absent: no limit. */
  readonly quotas?: { readonly api?: number; readonly resolvers?: number };
  /** Fixed ports, for `npm start`; tests use free ones. */
  readonly ports?: { readonly hub: number; readonly cdn: number };
}

/** The seconds to the reset, in the `RateLimit` header. */
export const rateLimitResetSeconds = 2;

/** A running test hub: a Hub and the CDN it redirects to, on two ports of the loopback. */
export class TestHub {
  readonly log = new RequestLog();
  readonly faults = new Faults();
  /** Can be changed at any time, also during a transfer. */
  readonly pace: Pace;
  readonly #state: HubState;
  readonly #hub: Origin;
  readonly #cdn: Origin;

  constructor(options: TestHubOptions) {
    this.pace = new Pace(options.pace);
    this.#state = new HubState({
      repos: options.repos ?? [],
      tokens: options.tokens ?? {},
      treePageSize: options.treePageSize,
      searchPageSize: options.searchPageSize,
      signedUrlSeconds: options.signedUrlSeconds ?? 3600,
      quotas: {
        api: options.quotas?.api ?? Number.POSITIVE_INFINITY,
        resolvers: options.quotas?.resolvers ?? Number.POSITIVE_INFINITY,
      },
    });
    const shared = {
      tls: options.tls ?? false,
      log: this.log,
      faults: this.faults,
      pace: this.pace,
      total: new Pacer(),
      count: { requests: 0, connections: 0 },
    };
    const fileOf = (origin: 'hub' | 'cdn') => (pathname: string) => {
      const file = fileTarget(origin, pathname);
      return file === undefined ? undefined : { repo: file.repo, path: file.path };
    };
    this.#hub = new Origin({
      ...shared,
      name: 'hub',
      port: options.ports?.hub ?? 0,
      answer: (record, body) => this.#hubAnswer(record, body),
      fileOf: fileOf('hub'),
    });
    this.#cdn = new Origin({
      ...shared,
      name: 'cdn',
      port: options.ports?.cdn ?? 0,
      answer: (record, body) => Promise.resolve(this.#cdnAnswer(record, body)),
      fileOf: fileOf('cdn'),
    });
  }

  /** The endpoint, the value for `HF_ENDPOINT`. */
  get url(): string {
    return this.#hub.url;
  }

  get cdnUrl(): string {
    return this.#cdn.url;
  }

  /** The repository, to push commits to; throws when there is none of that name. */
  repo(name: string): TestRepo {
    const repo = this.#state.repos.get(name);
    if (repo === undefined) throw new Error(`The test hub has no repository ${name}`);
    return repo;
  }

  addRepo(options: TestRepoOptions): TestRepo {
    return this.#state.addRepo(options);
  }

  /** Serves a plain file of the hub's origin, such as `/catalog.json`; with ranges, without a token. */
  serve(
    path: string,
    data: HubContent | Buffer | string,
    contentType = 'application/octet-stream',
  ): string {
    this.#state.serve(path, data, contentType);
    return `${this.url}${path}`;
  }

  /** The first request that matches, now or later. */
  waitFor(filter: RequestFilter): Promise<RequestRecord> {
    return this.log.waitFor(filter);
  }

  /** Resolves when the CDN has sent that many bytes of files. */
  waitForBytes(bytes: number, filter: RequestFilter = (r) => r.origin === 'cdn'): Promise<void> {
    return this.log.waitForBytes(bytes, filter);
  }

  /** All signed addresses issued so far answer 403. */
  expireSignedUrls(): void {
    this.#state.expireSignedUrls();
  }

  /** From now on the CDN gzips for clients that accept it, and ignores their ranges, as CloudFront did. */
  gzipWhenAccepted(on = true): void {
    this.#state.gzipWhenAccepted = on;
  }

  /** Starts a new window of the request quotas. */
  resetQuotas(): void {
    this.#state.used.api = 0;
    this.#state.used.resolvers = 0;
  }

  /** Stops all bodies on every connection, until the returned function is called. */
  freeze(): () => void {
    let thaw: () => void = () => undefined;
    this.pace.held = new Promise((resolve) => {
      thaw = () => {
        this.pace.held = undefined;
        resolve();
      };
    });
    return thaw;
  }

  /** Drops every connection, as a broken network does; new ones are accepted. */
  dropConnections(): void {
    this.#hub.dropConnections();
    this.#cdn.dropConnections();
  }

  /** From now on the origin refuses connections; running ones are dropped. */
  closeOrigin(origin: 'hub' | 'cdn'): Promise<void> {
    return (origin === 'hub' ? this.#hub : this.#cdn).close();
  }

  /** The origin accepts connections again, at the same address. */
  reopenOrigin(origin: 'hub' | 'cdn'): Promise<void> {
    return (origin === 'hub' ? this.#hub : this.#cdn).listen();
  }

  /** TCP connections that are open now, on both origins. */
  async openConnections(): Promise<number> {
    const [hub, cdn] = await Promise.all([
      this.#hub.openConnections(),
      this.#cdn.openConnections(),
    ]);
    return hub + cdn;
  }

  /** Opens both origins, or neither. */
  async listen(): Promise<void> {
    try {
      await this.#hub.listen();
      await this.#cdn.listen();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Closes both origins and all connections. */
  async close(): Promise<void> {
    this.faults.clear();
    await Promise.all([this.#hub.close(), this.#cdn.close()]);
  }

  async #hubAnswer(record: RequestRecord, body: string): Promise<Answer> {
    const asked = askedOf(record, body, this.url);
    const plain = this.#state.plainFiles.get(record.path);
    if (plain !== undefined) {
      return fileAnswer(plain.content, record.range, { 'Content-Type': plain.type });
    }
    const file = fileTarget('hub', asked.url.pathname);
    const kind = file === undefined ? 'api' : 'resolvers';
    this.#state.used[kind] += 1;
    const left = Math.max(0, this.#state.options.quotas[kind] - this.#state.used[kind] + 1);
    const answer =
      left === 0
        ? hubError(429, undefined, 'We had to rate limit you')
        : file === undefined
          ? await apiAnswer(this.#state, asked)
          : await hubFileAnswer(this.#state, asked, file, record.range, this.cdnUrl);
    const remaining = Number.isFinite(left) ? Math.max(0, left - 1) : 499;
    return {
      ...answer,
      headers: {
        'X-Request-Id': `Root=1-test-${record.id}`,
        RateLimit: `"${kind}";r=${remaining};t=${rateLimitResetSeconds}`,
        'RateLimit-Policy': `"fixed window";"${kind}";q=500;w=300`,
        ...answer.headers,
      },
    };
  }

  #cdnAnswer(record: RequestRecord, body: string): Answer {
    const asked = askedOf(record, body, this.cdnUrl);
    const file = fileTarget('cdn', asked.url.pathname);
    const acceptsGzip = (record.headers['accept-encoding'] ?? '').includes('gzip');
    return cdnAnswer(this.#state, asked, file, { range: record.range, acceptsGzip });
  }
}

function askedOf(record: RequestRecord, body: string, base: string): Asked {
  return { method: record.method, url: requestUrl(record.url, base), token: record.token, body };
}

/** Starts a test hub; `close()` it in the end. */
export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const hub = new TestHub(options);
  await hub.listen();
  return hub;
}
