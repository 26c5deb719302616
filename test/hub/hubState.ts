import { createHmac, randomBytes } from 'node:crypto';
import { bufferContent, type HubContent } from './content';
import { TestRepo, type TestRepoOptions } from './repository';

/** The owner of a token, and the gated or private repositories that it gives access to (`*`: all). */
export interface TestToken {
  readonly name: string;
  readonly access: '*' | readonly string[];
}

export interface HubStateOptions {
  readonly repos: readonly TestRepoOptions[];
  readonly tokens: Readonly<Record<string, TestToken>>;
  /** Entries on a page of the tree (the Hub has 1000, or 50 with `expand`). */
  readonly treePageSize: number | undefined;
  /** Repositories on a page of a search, whatever is asked for; absent: the Hub's 1000. */
  readonly searchPageSize: number | undefined;
  /** The lifetime of a signed address; the Hub's is about an hour (docs/hub-protocol.md section 2.2). */
  readonly signedUrlSeconds: number;
  readonly quotas: { readonly api: number; readonly resolvers: number };
}

/** The state that the two origins share: repositories, tokens, quotas and the secret that signs addresses. */
export class HubState {
  readonly options: HubStateOptions;
  readonly repos = new Map<string, TestRepo>();
  readonly plainFiles = new Map<string, { readonly content: HubContent; readonly type: string }>();
  readonly used = { api: 0, resolvers: 0 };
  /** Whether answers of the CDN are gzipped for a client that accepts it, ranges ignored, as CloudFront does. */
  gzipWhenAccepted = false;
  #secret = randomBytes(16);

  constructor(options: HubStateOptions) {
    this.options = options;
    for (const repo of options.repos) this.addRepo(repo);
  }

  /** A repository by its name in any case, as the Hub takes it. */
  repoNamed(name: string): TestRepo | undefined {
    const folded = name.toLowerCase();
    return (
      this.repos.get(name) ??
      [...this.repos.values()].find((repo) => repo.name.toLowerCase() === folded)
    );
  }

  addRepo(options: TestRepoOptions): TestRepo {
    const repo = new TestRepo(options);
    this.repos.set(repo.name, repo);
    return repo;
  }

  /** The current name of a repository that was renamed. */
  renamed(name: string): string | undefined {
    for (const repo of this.repos.values()) {
      if (repo.options.formerNames?.includes(name) === true) return repo.name;
    }
    return undefined;
  }

  serve(path: string, data: HubContent | Buffer | string, type: string): void {
    const content = typeof data === 'string' || Buffer.isBuffer(data) ? bufferContent(data) : data;
    this.plainFiles.set(path, { content, type });
  }

  /** Invalidates all signed addresses issued so far. */
  expireSignedUrls(): void {
    this.#secret = randomBytes(16);
  }

  /** The query that makes a CDN path valid for a while. */
  sign(path: string): string {
    const expires = Math.floor(Date.now() / 1000) + this.options.signedUrlSeconds;
    const query = new URLSearchParams({
      'X-Xet-Cas-Uid': 'public',
      Expires: String(expires),
      Signature: this.#signature(path, String(expires)),
      'Key-Pair-Id': 'TESTHUB',
    });
    return query.toString();
  }

  /** Whether a CDN address was signed by this hub and has not expired. */
  isSigned(path: string, query: URLSearchParams): boolean {
    const expires = query.get('Expires') ?? '';
    if (query.get('Signature') !== this.#signature(path, expires)) return false;
    return Number(expires) * 1000 > Date.now();
  }

  #signature(path: string, expires: string): string {
    return createHmac('sha256', this.#secret).update(`${path}\n${expires}`).digest('base64url');
  }
}
