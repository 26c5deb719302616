import type { AsrError } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { HubToken } from '../common/hubEnvironment';
import type { Logger } from '../common/logger';
import type { RepoFile } from '../common/repository';
import type { Transport } from '../http';
import type { StatedKind } from './statedKind';

/** The commit of a repository's revision at the moment of the request. */
export interface HubRevision extends StatedKind {
  /** `org/name` as the Hub spells it now (a renamed repository answers with its new name). */
  readonly repo: string;
  /** The revision that was asked for: a branch, a tag, a pull request's ref, or a commit. */
  readonly revision: string;
  /** 40 lower-case hex digits. */
  readonly commit: string;
  readonly gated: boolean;
  /** The licence's id as the repository states it; absent when it states none. */
  readonly licence?: string;
  /** The Hub refused the token and answered without it: the error that names the token. It is of no use for the files. */
  readonly refusedToken?: AsrError;
}

/** Where a file's bytes can be asked for. */
interface FileUrl {
  readonly url: string;
  /** A mirror gets no token. */
  readonly isMirror: boolean;
}

/** Gives the token for an endpoint's origin, or none. Read for every request, never kept. */
export type TokenSource = (origin: string) => Promise<HubToken | undefined>;

export interface HubClientOptions {
  /** `https://huggingface.co` or a mirror's address, without a trailing slash. */
  readonly endpoint: string;
  readonly transport: Transport;
  readonly token: TokenSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly userAgent: string;
  /**
   * How often a question is asked again after a transient failure (once less when no server is reached); absent: five
   * times.
   */
  readonly maxRetries?: number;
}

/**
 * A client of one endpoint. Every method rejects with an `AsrError` (`notFound`, `gated`, `auth`, `rateLimited`, `network`,
 * `proxy`, `tls`, `stalled`, `unsupported` for an answer that is not the Hub's) or with `Cancelled`.
 */
export interface HubClient {
  readonly endpoint: string;
  /** Pins a revision to a commit (docs/hub-protocol.md section 1.2). */
  resolveRevision(repo: string, revision: string, signal: AbortSignal): Promise<HubRevision>;
  /** Lists every file of a commit, from all pages (docs/hub-protocol.md section 1.3). */
  listFiles(repo: string, commit: string, signal: AbortSignal): Promise<readonly RepoFile[]>;
  /**
   * The addresses of a file's bytes, in the order to try them; the Hub answers with a redirect
   * (docs/hub-protocol.md section 2.1).
   */
  fileUrls(repo: string, commit: string, path: string): readonly FileUrl[];
  /** The page where a person accepts a gated model's terms. */
  pageUrl(repo: string): string;
  /** The owner of a token; rejects with `auth` when the Hub refuses it. */
  whoAmI(token: HubToken, signal: AbortSignal): Promise<string>;
}
