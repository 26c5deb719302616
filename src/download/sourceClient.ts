import { AsrError } from '../base/asrError';
import type { Clock } from '../base/clock';
import { sentence } from '../base/sentence';
import { hostOf, isLoopback, readText, type Transport, type TransportResponse } from '../transport';
import { judgeAnswer, type AnswerKind } from './answer';
import type { FileSource } from './downloadEngine';
import { refusalFault } from './refusal';
import type { ByteRange } from './segmentPlan';
import { SourceFault } from './sourceFault';

/** More hops than any real chain has; huggingface_hub stops at 20 (hub-protocol 2.4). */
const maxHops = 10;
/** A redirect's own text is read away up to this length, so that its connection can be used again. */
const maxRedirectBytes = 16_384;

/** Where one source's file was found to lie. Kept in memory only: a signed address is never written down. */
export interface FileAddress {
  readonly source: FileSource;
  /** The end of the redirects; absent until asked for and after it expired. */
  location?: string;
  /** The source said that parts of the file can be asked for. */
  ranges: boolean;
  /** It can't send parts: it is asked for the whole file, by one connection. */
  whole: boolean;
  /** How often it answered a request for a part with something else. */
  rangeRefusals: number;
  /** The ETag by the origin that sent it: within one origin it must not change (hub-protocol 2.1: it is no digest). */
  readonly etags: Map<string, string>;
}

/** An answer whose body may be read. */
export interface OpenedRange {
  readonly kind: AnswerKind;
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

export function newAddress(source: FileSource): FileAddress {
  return { source, ranges: false, whole: false, rangeRefusals: 0, etags: new Map() };
}

/** Reads a redirect's short text away in the background, or closes the connection when there is more to it. */
function drain(response: TransportResponse): void {
  const bytes = Number(response.headers['content-length'] ?? Infinity);
  if (bytes > maxRedirectBytes) response.discard();
  else {
    readText(response, maxRedirectBytes).catch(() => {
      response.discard();
    });
  }
}

function insecure(host: string): SourceFault {
  return new SourceFault(
    'final',
    new AsrError('tls', sentence('{0} redirects to an address without encryption.', host), {
      details: { host },
    }),
  );
}

function endless(host: string): SourceFault {
  return new SourceFault(
    'final',
    new AsrError('network', sentence('{0} redirects without end.', host), { details: { host } }),
  );
}

/** Asks sources for ranges of files: follows redirects by hand, guards the token, judges every answer. */
export class SourceClient {
  readonly #options: SourceClientOptions;

  constructor(options: SourceClientOptions) {
    this.#options = options;
  }

  /**
   * Asks for a range (or for the file without one, where the source can't do ranges) and gives back an answer whose head was checked.
   * Throws {@link SourceFault}, the transport's `AsrError`, or `Cancelled`.
   */
  async open(
    address: FileAddress,
    range: ByteRange,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<OpenedRange> {
    const fresh = address.location === undefined;
    const askedWhole = address.whole;
    let url = address.location ?? address.source.url;
    for (let hop = 0; hop <= maxHops; hop++) {
      const response = await this.#ask(address, url, askedWhole ? undefined : range, signal);
      const next = this.#redirect(response, url);
      if (next === undefined) {
        address.location = url;
        try {
          return {
            ...this.#accept(address, response, url, range, sizeBytes, fresh),
            askedWhole,
          };
        } catch (error) {
          response.discard();
          throw error;
        }
      }
      drain(response);
      url = next;
      address.location = url;
      const promised = response.headers['accept-ranges'] === 'bytes';
      if (promised && address.rangeRefusals === 0) this.#doesRanges(address);
    }
    delete address.location;
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
    const mayKnowToken =
      target.origin === new URL(source.url).origin &&
      (target.protocol === 'https:' || isLoopback(target.hostname));
    return transport.request({
      url,
      headers: {
        'user-agent': userAgent,
        ...(range === undefined
          ? {}
          : { range: `bytes=${String(range.start)}-${String(range.end - 1)}` }),
        ...(mayKnowToken && source.token !== undefined
          ? { authorization: `Bearer ${source.token}` }
          : {}),
      },
      signal,
      headTimeoutMs,
    });
  }

  /** The next address of a redirect, or undefined when the answer is none. */
  #redirect(response: TransportResponse, url: string): string | undefined {
    if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
    const location = response.headers['location'];
    const host = hostOf(url);
    if (location === undefined || !URL.canParse(location, url)) {
      response.discard();
      throw endless(host);
    }
    const next = new URL(location, url);
    const allowed =
      next.protocol === 'https:' ||
      (next.protocol === 'http:' && (isLoopback(next.hostname) || url.startsWith('http:')));
    if (!allowed) {
      response.discard();
      throw insecure(host);
    }
    return next.href;
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
    const { origin } = new URL(url);
    const redirected = origin !== new URL(address.source.url).origin;
    if (status !== 200 && status !== 206 && status !== 416) {
      const wallMs = this.#options.clock.wallMs();
      const fault = refusalFault(status, headers, host, redirected, wallMs);
      if (fault.kind === 'expired') delete address.location;
      // An address that is refused right after it was given out is no longer a matter of time.
      throw fault.kind === 'expired' && fresh ? new SourceFault('retry', fault.error) : fault;
    }
    const kind = judgeAnswer(response, range, sizeBytes, host);
    this.#checkEtag(address, origin, headers['etag'], host);
    if (kind === 'part') this.#doesRanges(address);
    return { kind, response, host };
  }

  #checkEtag(address: FileAddress, origin: string, etag: string | undefined, host: string): void {
    if (etag === undefined) return;
    const known = address.etags.get(origin);
    if (known === undefined) address.etags.set(origin, etag);
    // The first one stands: what comes with another must not be mixed with what is there already.
    if (known === undefined || known === etag) return;
    delete address.location;
    throw new SourceFault(
      'retry',
      new AsrError('integrity', sentence('The file changed at {0} while it was fetched.', host), {
        details: { host },
      }),
    );
  }
}
