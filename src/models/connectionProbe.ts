import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import type { Clock } from '../common/clock';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import {
  addressesOf,
  connectOnce,
  getOnce,
  hostOf,
  isRedirect,
  measured,
  openOnce,
  proxyHostFor,
  redirectTarget,
  type HostAddress,
  type Measured,
  type NetworkSettings,
  type ProbeAnswer,
  type Transport,
} from '../http';
import type { HubClient, TokenSource } from '../hub';
import { chainText, failed, ok, type DiagnosisStep } from './connectionReport';
import { connectionSpeed } from './connectionSpeed';

/** A file that the hub is likely to have, for the steps that need one. */
export interface SampleFile {
  readonly repo: string;
  readonly path: string;
}

/** The dependencies of the diagnosis. */
export interface DiagnosisDependencies {
  /** As configured. */
  readonly endpoint: string;
  readonly mirrors: readonly string[];
  readonly network: NetworkSettings;
  /** Over the editor's own fetch; absent where there is no editor. */
  readonly transport?: Transport;
  readonly hub: HubClient;
  readonly token: TokenSource;
  readonly sample: SampleFile;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Shorter ones for tests. */
  readonly limits?: { readonly stepMs: number; readonly speedMs: number };
}

/** One step (longer than the slowest usable line takes for a connection and TLS), and each measurement of the speed. */
const defaultLimits = { stepMs: 6_000, speedMs: 2_000 };
const speedConnections = 8;
/** More addresses say nothing more. */
const mostAddresses = 8;
const mostHops = 5;

/** The single steps. Each says what it found in words, and what to do when it failed. */
export class ConnectionProbe {
  readonly #dependencies: DiagnosisDependencies;
  readonly #signal: AbortSignal;
  readonly #endMs: number;
  readonly #limits: typeof defaultLimits;

  constructor(dependencies: DiagnosisDependencies, signal: AbortSignal, endMs: number) {
    this.#dependencies = dependencies;
    this.#limits = dependencies.limits ?? defaultLimits;
    this.#signal = signal;
    this.#endMs = endMs;
  }

  async #try<T>(
    host: string,
    step: (signal: AbortSignal) => Promise<T>,
    limitMs = this.#limits.stepMs,
  ): Promise<Measured<T>> {
    const leftMs = this.#endMs - this.#dependencies.clock.nowMs();
    if (leftMs <= 0) {
      return { ms: 0, error: new AsrError('stalled', localized('Not tried: the time is over.')) };
    }
    return await measured(host, Math.min(limitMs, leftMs), this.#signal, step);
  }

  /** The name, each address, the proxy and TLS of a host. */
  async way(
    url: URL,
  ): Promise<{ readonly steps: readonly DiagnosisStep[]; readonly isOpen: boolean }> {
    const { network } = this.#dependencies;
    const chosen = await this.#try(url.host, () => Promise.resolve(proxyHostFor(url, network)));
    const wayTitle = localized('Way out');
    if ('error' in chosen) {
      const advice = localized('Correct http.proxy in the settings, or leave it empty.');
      return { steps: [failed(wayTitle, chosen.error, advice)], isOpen: false };
    }
    const proxy = chosen.value;
    const hop = proxy === undefined ? url : new URL(`http://${proxy}`);
    const steps: DiagnosisStep[] = [
      ok(wayTitle, [
        proxy === undefined
          ? localized('direct, without a proxy')
          : localized('through the proxy {0}', proxy),
      ]),
    ];
    const name = await this.#try(hop.host, () => addressesOf(hop));
    const nameTitle = localized('Name of {0}', hop.hostname);
    if ('error' in name) {
      steps.push(
        failed(
          nameTitle,
          name.error,
          localized('Check the network connection, a VPN, and the DNS server of this network.'),
        ),
      );
      return { steps, isOpen: false };
    }
    const addresses = name.value.slice(0, mostAddresses);
    steps.push(
      ok(nameTitle, [localized('{0} addresses after {1} ms', name.value.length, name.ms)]),
      await this.#addresses(hop, addresses),
    );
    const opened = await this.#open(url);
    steps.push(opened);
    return { steps, isOpen: opened.outcome === 'ok' };
  }

  async #addresses(hop: URL, addresses: readonly HostAddress[]): Promise<DiagnosisStep> {
    const tried = await Promise.all(
      addresses.map(async (address) => ({
        address,
        result: await this.#try(hop.host, (signal) => connectOnce(address, hop, signal)),
      })),
    );
    const facts = tried.map(({ address: { address, family }, result }) =>
      'error' in result
        ? localized('{0} (IPv{1}): not reached ({2})', address, family, systemCode(result.error))
        : localized('{0} (IPv{1}): {2} ms', address, family, result.ms),
    );
    const title = localized('Connection to each address');
    const reached = tried.filter(({ result }) => 'value' in result).length;
    if (reached === tried.length) return ok(title, facts);
    return {
      title,
      outcome: reached === 0 ? 'failed' : 'ok',
      facts,
      advice:
        reached === 0
          ? localized('A firewall may be in the way. Ask for {0} to be allowed.', hop.host)
          : localized('The addresses that answer are used; the others cost time. Check IPv6 here.'),
    };
  }

  async #open(url: URL): Promise<DiagnosisStep> {
    const { network } = this.#dependencies;
    const title = localized('Secure connection');
    const opened = await this.#try(url.host, (signal) => openOnce(url, network, signal));
    if ('value' in opened) {
      const { protocol, chain } = opened.value;
      if (protocol === undefined) {
        return ok(title, [localized('none: the address begins with http: ({0} ms)', opened.ms)]);
      }
      return ok(title, [
        localized('{0} after {1} ms', protocol, opened.ms),
        ...chain.map(chainText),
      ]);
    }
    const { error } = opened;
    if (error.code === 'proxy') {
      const advice = localized(
        'Check the proxy in the settings (http.proxy, http.noProxy) and its user name and password.',
      );
      return failed(title, error, advice);
    }
    if (error.code !== 'tls') {
      const advice = localized(
        'A firewall may be in the way. Ask for {0} to be allowed.',
        url.host,
      );
      return failed(title, error, advice);
    }
    // The certificates are only looked at: nothing is sent over this connection.
    const anyway = await this.#try(url.host, (signal) =>
      openOnce(url, { ...network, strictTls: false }, signal),
    );
    const chain = 'value' in anyway ? anyway.value.chain : [];
    const advice = localized(
      'When the issuer is your company’s or your virus scanner’s, install its certificate in the system’s store and keep http.systemCertificates on.',
    );
    const step = failed(title, error, advice);
    return { ...step, facts: [...step.facts, ...chain.map(chainText)] };
  }

  #get(
    url: URL,
    headers: Readonly<Record<string, string>> = {},
    enough = 1,
  ): Promise<Measured<ProbeAnswer>> {
    const { network, userAgent } = this.#dependencies;
    return this.#try(url.host, (signal) =>
      getOnce(url, network, signal, {
        headers: { 'User-Agent': userAgent, ...headers },
        enoughBytes: enough,
      }),
    );
  }

  /** Whether a hub answers as a hub. */
  async answer(endpoint: URL): Promise<DiagnosisStep> {
    const title = localized('Answer of the hub');
    const url = below(endpoint, `api/models/${this.#dependencies.sample.repo}`);
    const answer = await this.#get(url, { Accept: 'application/json' }, 256);
    if ('error' in answer) return failed(title, answer.error, retryAdvice());
    const { status, headers, start } = answer.value;
    const fact = localized('status {0} after {1} ms', status, answer.ms);
    const isOfHub = headers['x-request-id'] !== undefined;
    const isPage = !isOfHub && /\btext\/html\b/i.test(headers['content-type'] ?? '');
    if (isPage || /^\s*<(?:!doctype|html)\b/i.test(start)) {
      const advice = localized(
        'A web page came instead of data: open a browser and sign in to the network, or ask for {0} to be allowed.',
        endpoint.host,
      );
      return { title, outcome: 'failed', facts: [fact], advice };
    }
    if (status < 400) return ok(title, [fact]);
    if (status === 401 || status === 404) {
      const missing = localized(
        'it does not have {0}, or not without a token',
        this.#dependencies.sample.repo,
      );
      return ok(title, [fact, missing]);
    }
    return { title, outcome: 'failed', facts: [fact], advice: statusAdvice(status, endpoint.host) };
  }

  /** Where the hub sends those who ask for a file. */
  async locate(
    endpoint: URL,
  ): Promise<{ readonly steps: readonly DiagnosisStep[]; readonly file?: URL }> {
    const title = localized('Where files come from');
    const { repo, path } = this.#dependencies.sample;
    const first = below(endpoint, `${repo}/resolve/main/${path}`);
    let at = first;
    for (let hop = 0; hop <= mostHops; hop += 1) {
      const answer = await this.#get(at, { Range: 'bytes=0-0' });
      if ('error' in answer) return { steps: [failed(title, answer.error, retryAdvice())] };
      const { status, headers } = answer.value;
      if (!isRedirect(status)) {
        const fact = localized('{0}: status {1} after {2} ms', at.host, status, answer.ms);
        if (status < 400) return { steps: [ok(title, [fact])], file: at };
        const outcome = status === 401 || status === 404 ? 'skipped' : 'failed';
        const advice = statusAdvice(status, at.host);
        return {
          steps: [{ title, outcome, facts: [fact], ...(outcome === 'failed' ? { advice } : {}) }],
        };
      }
      const next = redirectTarget(first, at, headers['location']);
      if (next instanceof AsrError) return { steps: [failed(title, next, retryAdvice())] };
      at = next;
    }
    const error = new AsrError(
      'unsupported',
      localized('{0} redirects in circles.', endpoint.host),
    );
    return { steps: [failed(title, error, retryAdvice())] };
  }

  /** Whether parts of a file can be asked for, and how fast they come over one and over several connections. */
  async transfer(file: URL): Promise<readonly DiagnosisStep[]> {
    const title = localized('Parts of a file');
    const part = await this.#get(file, { Range: 'bytes=0-1023' }, 1024);
    if ('error' in part) return [failed(title, part.error, retryAdvice())];
    const { status, headers } = part.value;
    const sizeText = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
    const sizeBytes = Number(sizeText ?? headers['content-length'] ?? 0);
    const steps: DiagnosisStep[] = [
      status === 206
        ? ok(title, [localized('sent as they were asked for ({0} ms)', part.ms)])
        : {
            title,
            outcome: 'failed',
            facts: [localized('status {0} after {1} ms', status, part.ms)],
            advice: localized(
              'Downloads come over one connection and begin again after a break. A proxy or a mirror in between may be the reason.',
            ),
          },
    ];
    const one = await this.#speed(file, sizeBytes, 1);
    const several =
      status === 206 ? await this.#speed(file, sizeBytes, speedConnections) : undefined;
    const facts = [
      localized('{0}/s over one connection', byteText(one)),
      ...(several === undefined
        ? []
        : [localized('{0}/s over {1} connections', byteText(several), speedConnections)]),
    ];
    const speed = localized('Speed');
    const advice = localized('No bytes came. Try again later, or over another network.');
    steps.push(one > 0 ? ok(speed, facts) : { title: speed, outcome: 'failed', facts, advice });
    return steps;
  }

  #speed(file: URL, sizeBytes: number, connections: number): Promise<number> {
    const { stepMs, speedMs } = this.#limits;
    const leftMs = Math.max(1, this.#endMs - this.#dependencies.clock.nowMs());
    const wholeMs = Math.min(stepMs + speedMs, leftMs);
    return connectionSpeed(
      { ...this.#dependencies, file, sizeBytes, connections, countMs: speedMs, wholeMs },
      this.#signal,
    );
  }

  /** The step with the editor's own fetch, if there is one: it takes over where our sockets can't connect. */
  async editor(endpoint: URL): Promise<readonly DiagnosisStep[]> {
    const { network, transport, userAgent, sample } = this.#dependencies;
    if (transport === undefined) return [];
    const title = localized('The editor’s own way');
    const answer = await this.#try(endpoint.host, async (signal) => {
      const response = await transport.request({
        url: below(endpoint, `api/models/${sample.repo}`).href,
        headers: { 'user-agent': userAgent },
        signal,
        headTimeoutMs: this.#limits.stepMs,
      });
      response.discard();
      return response.status;
    });
    const way =
      network.proxyUrl === undefined
        ? localized('by the system’s proxy settings, a PAC file included')
        : localized('through the proxy of the settings');
    if ('error' in answer) {
      const advice = localized('Downloads do not need it as long as the steps above are right.');
      const step = failed(title, answer.error, advice);
      return [{ ...step, facts: [way, ...step.facts] }];
    }
    return [ok(title, [way, localized('status {0} after {1} ms', answer.value, answer.ms)])];
  }

  /** Whether the hub accepts the token. Whose it is stays out of the report. */
  async token(): Promise<DiagnosisStep> {
    const { hub, token, endpoint } = this.#dependencies;
    const title = localized('Access token');
    const found = await this.#try(hostOf(endpoint), () => token(new URL(hub.endpoint).origin));
    const own = 'value' in found ? found.value : undefined;
    if (own === undefined) {
      return {
        title,
        outcome: 'skipped',
        facts: [localized('none is set; public models need none')],
      };
    }
    const from =
      own.place.kind === 'environment'
        ? localized('from the environment variable {0}', own.place.variable)
        : own.place.kind === 'file'
          ? localized('from the token file of Hugging Face’s tools')
          : localized('from the editor’s secret storage');
    const owner = await this.#try(hostOf(endpoint), (signal) => hub.whoAmI(own, signal));
    if ('value' in owner) return ok(title, [from, localized('accepted after {0} ms', owner.ms)]);
    const { code } = owner.error;
    const advice = localized('Run “ASR: Set Hugging Face Token”. Public models come without it.');
    return code === 'auth'
      ? {
          title,
          outcome: 'failed',
          facts: [from, localized('refused by {0}', hostOf(endpoint))],
          advice,
        }
      : { title, outcome: 'skipped', facts: [from, owner.error.localizedMessage] };
  }
}

/** The system's code of an error (`ECONNREFUSED`), else ours. */
function systemCode({ cause, code }: AsrError): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : code;
}

function retryAdvice(): LocalizedMessage {
  return localized('Try again in a few minutes; when it stays, set a mirror (asr.hub.mirrors).');
}

function statusAdvice(status: number, host: string): LocalizedMessage {
  if (status === 429)
    return localized('The hub limits how often it may be asked: wait a few minutes.');
  if (status === 403 || status === 451) {
    return localized('A filter of the network may refuse it. Ask for {0} to be allowed.', host);
  }
  if (status === 407) return localized('Set the proxy’s user name and password in http.proxy.');
  return retryAdvice();
}

function below(endpoint: URL, path: string): URL {
  return new URL(
    `${endpoint.origin}${endpoint.pathname.replace(/\/+$/, '')}/${path.split('/').map(encodeURIComponent).join('/')}`,
  );
}
