import { abortable } from '../../common/abortable';
import type { Clock } from '../../common/clock';
import { deferred } from '../../common/deferred';
import { localized } from '../../common/localizedMessage';
import {
  hostOf,
  isRedirect,
  mayCarry,
  mayHelpWithoutToken,
  readText,
  redirectTarget,
  type Transport,
  type TransportResponse,
} from '../../http';
import type { FileSource } from '../downloadEngine';
import type { ByteRange } from '../files/segmentPlan';
import { type AnswerBody, judgeAnswer } from './answer';
import { hostError, refusal, SourceError } from './errors';

/** Where one source's file was found to lie. Kept in memory only: a signed address is never written down. */
export interface FileAddress {
  readonly source: FileSource;
  /** The end of the redirects; absent until asked for and after it expired. */
  location?: string;
  /** While a connection asks the source where the file lies: settles with the answer. */
  resolving?: Promise<unknown>;
  /** The source said that parts of the file can be asked for. */
  ranges: boolean;
  /** It can't send parts: it is asked for the whole file, by one connection. */
  whole: boolean;
  /** How often it answered a request for a part with something else. */
  rangeRefusals: number;
  /** The source refused the token: it is asked without it from then on. What it said at first. */
  tokenRefused?: SourceError;
  /** The ETags by the origin that sent them, in the order of their first sight. They are not digests. */
  readonly etags: Map<string, string[]>;
}

export function newAddress(source: FileSource): FileAddress {
  return { source, ranges: false, whole: false, rangeRefusals: 0, etags: new Map() };
}

/** The host that the next connection asks; undefined without a source. */
export function nextHost(address: FileAddress | undefined): string | undefined {
  return address === undefined ? undefined : hostOf(address.location ?? address.source.url);
}

/** Whether an address lies at the source's own origin. */
function isSourceOrigin(url: string, { source }: FileAddress): boolean {
  return new URL(url).origin === new URL(source.url).origin;
}

/** The address that was found is no longer good. Another connection may have found a new one meanwhile: that one stays. */
function forget(address: FileAddress, url: string): void {
  if (address.location === url) delete address.location;
}

/** More redirects than any real chain has, which is two or three. */
const maxHops = 10;
/** A redirect's own text is read away up to this length, so that its connection can be used again. */
const maxRedirectBytes = 16_384;

/** An answer whose body may be read. */
export interface OpenedRange extends AnswerBody {
  /** The whole file was what was asked for. */
  readonly askedWhole: boolean;
  readonly response: TransportResponse;
  readonly host: string;
}

interface SourceClientOptions {
  readonly transport: Transport;
  readonly userAgent: string;
  readonly headTimeoutMs: number;
  readonly clock: Clock;
  /** A source has shown that parts of its file can be asked for. */
  readonly onRanges: () => void;
}

/** Reads a redirect's short text away in the background, or closes the connection when there is more to it. */
function drain(response: TransportResponse): void {
  const bytes = Number(response.headers['content-length'] ?? Infinity);
  if (bytes > maxRedirectBytes) response.discard();
  else {
    readText(response, maxRedirectBytes).catch(() => response.discard());
  }
}

function endless(host: string): SourceError {
  return hostError('next', 'network', localized('{0} redirects without end.', host), host);
}

/** Asks sources for ranges of files: follows redirects by hand, guards the token, judges every answer. */
export class SourceClient {
  readonly #options: SourceClientOptions;

  constructor(options: SourceClientOptions) {
    this.#options = options;
  }

  /**
   * Asks for a range (or for the file without one, where the source can't do ranges) and gives back an answer whose head
   * was checked. Throws {@link SourceError}, the transport's `AsrError`, or `Cancelled`.
   * One resolve per file: where it lies is asked for by one connection at a time, at the start and after an address has
   * expired; the others wait for its answer, be it an error.
   */
  async open(
    address: FileAddress,
    range: ByteRange,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<OpenedRange> {
    while (address.location === undefined && address.resolving !== undefined) {
      await abortable(address.resolving, signal);
    }
    const known = address.location;
    if (known !== undefined) return this.#open(address, known, range, sizeBytes, signal);
    const { promise, resolve, reject } = deferred<undefined>();
    address.resolving = promise;
    const located = (): void => {
      if (address.resolving === promise) delete address.resolving;
      resolve(undefined);
    };
    try {
      const { url } = address.source;
      return await this.#open(address, url, range, sizeBytes, signal, located);
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      located();
    }
  }

  /** `located`: this request finds out where the file lies; called as soon as that is known. */
  async #open(
    address: FileAddress,
    startUrl: string,
    range: ByteRange,
    sizeBytes: number,
    signal: AbortSignal,
    located?: () => void,
  ): Promise<OpenedRange> {
    const askedWhole = address.whole;
    let url = startUrl;
    for (let hop = 0; hop <= maxHops; hop++) {
      const hasToken = address.tokenRefused === undefined;
      const response = await this.#ask(address, url, askedWhole ? undefined : range, signal);
      if (hasToken) this.#dropRefusedToken(address, response, url);
      const next = this.#redirect(response, url, address);
      if (next === undefined) {
        try {
          const fresh = located !== undefined;
          const accepted = this.#accept(address, response, url, range, sizeBytes, fresh);
          if (fresh) address.location = url;
          return { ...accepted, askedWhole };
        } catch (error) {
          response.discard();
          throw error;
        }
      }
      drain(response);
      url = next;
      if (located === undefined) continue;
      // Another origin is where files lie; a redirect within the source's own leads to where it asks on.
      if (!isSourceOrigin(url, address)) {
        address.location = url;
        located();
      }
      const promised = response.headers['accept-ranges'] === 'bytes';
      if (promised && address.rangeRefusals === 0) this.#doesRanges(address);
    }
    forget(address, startUrl);
    throw endless(hostOf(address.source.url));
  }

  #doesRanges(address: FileAddress): void {
    if (address.ranges || address.whole) return;
    address.ranges = true;
    this.#options.onRanges();
  }

  #ask(
    address: FileAddress,
    url: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<TransportResponse> {
    const { transport, userAgent, headTimeoutMs } = this.#options;
    const { source } = address;
    const target = new URL(url);
    const { origin } = new URL(source.url);
    const token =
      source.token === undefined || address.tokenRefused !== undefined
        ? undefined
        : { token: source.token, origin };
    return transport.request({
      url,
      headers: {
        'user-agent': userAgent,
        ...(range === undefined
          ? {}
          : { range: `bytes=${String(range.start)}-${String(range.end - 1)}` }),
        ...(mayCarry(token, target) ? { authorization: `Bearer ${token.token}` } : {}),
      },
      signal,
      headTimeoutMs,
    });
  }

  /** The next address of a redirect, or undefined when the answer is none. */
  #redirect(response: TransportResponse, url: string, address: FileAddress): string | undefined {
    if (!isRedirect(response.status)) return undefined;
    const first = new URL(address.source.url);
    const next = redirectTarget(first, new URL(url), response.headers['location']);
    if (next instanceof URL) return next.href;
    response.discard();
    throw new SourceError('next', next);
  }

  #accept(
    address: FileAddress,
    response: TransportResponse,
    url: string,
    range: ByteRange,
    sizeBytes: number,
    fresh: boolean,
  ): Omit<OpenedRange, 'askedWhole'> {
    const { status, headers } = response;
    const host = hostOf(url);
    const redirected = !isSourceOrigin(url, address);
    if (status !== 200 && status !== 206 && status !== 416) {
      const wallMs = this.#options.clock.wallMs();
      const error = refusal(status, headers, host, redirected, wallMs);
      const isRefusedToo = !redirected && mayHelpWithoutToken(response);
      if (isRefusedToo && address.tokenRefused !== undefined) throw address.tokenRefused;
      if (error.action !== 'again') throw error;
      forget(address, url);
      // An address that is refused right after it was given out is no longer a matter of time.
      throw fresh ? new SourceError('retry', error.error) : error;
    }
    const body = this.#judge(address, response, url, range, sizeBytes);
    this.#checkEtag(address, url, headers['etag'], host);
    if (body.kind === 'part') this.#doesRanges(address);
    return { ...body, response, host };
  }

  /**
   * A source that refuses the token is asked once more without it, for a wrong token must not hide what is public. When that
   * is refused too, the first refusal stands.
   */
  #dropRefusedToken(address: FileAddress, response: TransportResponse, url: string): void {
    if (address.source.token === undefined || !mayHelpWithoutToken(response)) return;
    if (!isSourceOrigin(url, address)) return;
    response.discard();
    const wallMs = this.#options.clock.wallMs();
    const { status, headers } = response;
    address.tokenRefused ??= refusal(status, headers, hostOf(url), false, wallMs);
    throw new SourceError('again', address.tokenRefused.error);
  }

  #judge(
    address: FileAddress,
    response: TransportResponse,
    url: string,
    range: ByteRange,
    sizeBytes: number,
  ): AnswerBody {
    try {
      return judgeAnswer(response, range, sizeBytes, hostOf(url));
    } catch (error) {
      // An answer that is no file may be a sign-in page that the source was made to redirect to: the source is asked
      // again.
      if (error instanceof SourceError && error.action === 'retry') forget(address, url);
      throw error;
    }
  }

  /**
   * An ETag that changed saves fetching a mixture, which the digest would refuse in the end. It is no more than a hint: a
   * weak one says nothing about bytes, and an origin that sends a third one makes a new one for every answer.
   */
  #checkEtag(address: FileAddress, url: string, etag: string | undefined, host: string): void {
    if (etag === undefined || /^W\//i.test(etag)) return;
    const { origin } = new URL(url);
    const seen = address.etags.get(origin) ?? [];
    address.etags.set(origin, seen);
    const isNew = !seen.includes(etag);
    if (isNew) seen.push(etag);
    // The first one stands: what comes with another must not be mixed with what is there already.
    if (seen[0] === etag || seen.length > 2) return;
    forget(address, url);
    throw hostError(
      isNew ? 'again' : 'retry',
      'integrity',
      localized('The file changed at {0} while it was fetched.', host),
      host,
    );
  }
}
