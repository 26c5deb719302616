import { abortable } from '../common/abortable';
import { causeText } from '../common/asrError';
import { systemClock, type Clock } from '../common/clock';
import { deferred } from '../common/deferred';
import type { Logger } from '../common/logger';
import { ConnectFailure } from './failure';
import { backoffMs } from './retry';
import type { Transport, TransportRequest, TransportResponse } from './transport';

/** A refused connection or a resolver's hiccup is most often over after this time. */
const secondTryMs = 250;
/** An origin that was reached before is tried through the editor when nothing has connected for this long. */
const reachedPatienceMs = 10_000;
/** While the editor's fetch is used, our own way is tried again after the first time, later ever more rarely. */
const recheck = { baseMs: 15_000, maxMs: 10 * 60_000 };

/** The state of the connection to one origin. */
interface Way {
  /** Our own sockets have reached it. */
  reached: boolean;
  /** Since when they have not reached it; undefined while they do. */
  failingSinceMs: number | undefined;
  /** Set while the editor's fetch is used: when our own sockets are tried again, and how often they were. */
  editor: { recheckAtMs: number; rechecks: number } | undefined;
}

/**
 * A {@link Transport} that uses `own` wherever it connects. An origin that `own` can't connect to, twice in a row (or
 * for ten seconds after it had reached it), is asked through `editor`: the editor's fetch knows PAC files and Kerberos,
 * but it is slower and works on the extension host's main thread. So `own` is tried again in parallel, and taken again
 * as soon as it connects. When neither works, the error of `own` is thrown.
 */
export function createFallbackTransport(
  own: Transport,
  editor: Transport,
  logger: Logger,
  clock: Clock = systemClock,
): Transport {
  return new FallbackTransport(own, editor, logger, clock);
}

class FallbackTransport implements Transport {
  readonly #own: Transport;
  readonly #editor: Transport;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #ways = new Map<string, Way>();
  readonly #closed = new AbortController();

  constructor(own: Transport, editor: Transport, logger: Logger, clock: Clock) {
    this.#own = own;
    this.#editor = editor;
    this.#logger = logger;
    this.#clock = clock;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const { origin, host } = new URL(request.url);
    const way: Way = this.#ways.get(origin) ?? {
      reached: false,
      failingSinceMs: undefined,
      editor: undefined,
    };
    this.#ways.set(origin, way);
    if (way.editor !== undefined) {
      this.#recheck(request, host, way);
      return this.#editor.request(request);
    }
    let failure = await this.#tryOwn(request, way);
    if (!(failure instanceof ConnectFailure)) return failure;
    if (!way.reached && mayPass(failure)) {
      await this.#pause(request.signal);
      failure = await this.#tryOwn(request, way);
      if (!(failure instanceof ConnectFailure)) return failure;
    }
    const failingMs = this.#clock.nowMs() - (way.failingSinceMs ?? Infinity);
    if (way.reached && failingMs < reachedPatienceMs) throw failure;
    const response = await this.#tryEditor(request, host);
    if (response === undefined) throw failure;
    this.#logger.info(
      `transport: ${host} is reached through the editor's own fetch, because: ${causeText(failure)}`,
    );
    way.editor ??= { recheckAtMs: this.#clock.nowMs() + recheck.baseMs, rechecks: 1 };
    return response;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#own.close(), this.#editor.close()]);
  }

  async #tryOwn(request: TransportRequest, way: Way): Promise<TransportResponse | ConnectFailure> {
    try {
      const response = await this.#own.request(request);
      Object.assign(way, { reached: true, failingSinceMs: undefined });
      return response;
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      way.failingSinceMs ??= this.#clock.nowMs();
      return error;
    }
  }

  async #tryEditor(
    request: TransportRequest,
    host: string,
  ): Promise<TransportResponse | undefined> {
    try {
      const response = await this.#editor.request(request);
      if (response.status !== 407) return response;
      response.discard();
    } catch (error) {
      this.#logger.debug(
        `transport: the editor's own fetch can't reach ${host}: ${causeText(error)}`,
      );
    }
    return undefined;
  }

  /**
   * Sends the same request through our own sockets, in parallel to the editor's fetch, when it is time. Its answer is
   * thrown away.
   */
  #recheck(request: TransportRequest, host: string, way: Way): void {
    const { editor } = way;
    const nowMs = this.#clock.nowMs();
    if (editor === undefined || nowMs < editor.recheckAtMs) return;
    editor.rechecks++;
    editor.recheckAtMs = nowMs + backoffMs(editor.rechecks, recheck);
    void this.#own.request({ ...request, signal: this.#closed.signal }).then(
      (response) => {
        response.discard();
        if (way.editor === undefined) return;
        Object.assign(way, { reached: true, failingSinceMs: undefined, editor: undefined });
        this.#logger.info(`transport: ${host} is reached with sockets of our own again`);
      },
      () => undefined,
    );
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = deferred<undefined>();
    const timer = this.#clock.after(secondTryMs, () => resolve(undefined));
    try {
      await abortable(promise, signal);
    } finally {
      timer.dispose();
    }
  }
}

/** Whether a second try of our own can end otherwise: settings and certificates stay as they are. */
function mayPass({ code, details }: ConnectFailure): boolean {
  return code === 'network' || details.isPassing === true;
}
