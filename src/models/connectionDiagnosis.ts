import type { CatalogModel } from '../catalog';
import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import type { Clock } from '../common/clock';
import { hubAddress } from '../common/hubEnvironment';
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

/** One thing that was tried. `skipped`: it was not tried, because something before it failed or the time was over. */
export interface DiagnosisStep {
  readonly title: LocalizedMessage;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  readonly facts: readonly LocalizedMessage[];
  /** What a person can do about it. */
  readonly advice?: LocalizedMessage;
}

/** What was found out about one host, in the order it was tried. */
export interface HostDiagnosis {
  readonly host: string;
  readonly role: 'hub' | 'mirror' | 'download';
  readonly steps: readonly DiagnosisStep[];
}

/** Plain data without a token, a user name or a signed address. */
export interface ConnectionReport {
  readonly hosts: readonly HostDiagnosis[];
  readonly durationMs: number;
}

/** A file that the hub is likely to have, for the steps that need one. */
export interface SampleFile {
  readonly repo: string;
  readonly path: string;
}

/** What {@link diagnoseConnection} needs. */
export interface DiagnosisDependencies {
  /** As configured. */
  readonly endpoint: string;
  readonly mirrors: readonly string[];
  readonly network: NetworkSettings;
  /** Over the editor's own fetch. */
  readonly transport: Transport;
  readonly hub: HubClient;
  readonly token: TokenSource;
  readonly sample: SampleFile;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Shorter ones for tests. */
  readonly limits?: { readonly stepMs: number; readonly speedMs: number };
}

/** The whole takes less than half a minute, because a person waits for it. */
const wholeMs = 27_000;
/** One step (longer than the slowest usable line takes for a connection and TLS), and each measurement of the speed. */
const defaultLimits = { stepMs: 6_000, speedMs: 2_000 };
const speedConnections = 8;
/** Bytes that are enough for a measurement: more would cost a metered line too much. */
const enoughBytes = 32_000_000;
/** More addresses say nothing more. */
const mostAddresses = 8;
const mostHops = 5;

/**
 * Tries everything that a download needs, step by step and measured: the hub, the hosts that it sends downloads to, and the
 * mirrors. No step sends the token but the question whose it is. Rejects with `Cancelled` only.
 */
export async function diagnoseConnection(
  dependencies: DiagnosisDependencies,
  signal: AbortSignal,
): Promise<ConnectionReport> {
  const startMs = dependencies.clock.nowMs();
  const probe = new Probe(dependencies, signal, startMs + wholeMs);
  const named = [dependencies.endpoint, ...dependencies.mirrors].flatMap((text) => {
    const address = hubAddress(text);
    return address !== undefined && URL.canParse(address) ? [new URL(address)] : [];
  });
  const asked = await Promise.all(
    named.map(async (url, index) => {
      const role = index === 0 ? 'hub' : 'mirror';
      const way = await probe.way(url);
      const answer = way.isOpen ? [await probe.answer(url)] : [];
      const located = way.isOpen ? await probe.locate(url) : undefined;
      const own = role === 'hub' ? await Promise.all([probe.editor(url), probe.token()]) : [];
      const steps = [...way.steps, ...answer, ...(located?.steps ?? []), ...own];
      return { host: url.host, role, steps, file: located?.file } as const;
    }),
  );
  const covered = new Set(asked.map(({ host }) => host));
  const files = asked.flatMap(({ file }) => (file === undefined ? [] : [file]));
  const hosts: HostDiagnosis[] = asked.map(({ host, role, steps }) => ({ host, role, steps }));
  const [first] = files;
  for (const file of files) {
    if (file !== first && covered.has(file.host)) continue;
    const way = covered.has(file.host) ? { steps: [], isOpen: true } : await probe.way(file);
    const speed = file === first && way.isOpen ? await probe.transfer(file) : [];
    covered.add(file.host);
    hosts.push({ host: file.host, role: 'download', steps: [...way.steps, ...speed] });
  }
  return { hosts, durationMs: Math.round(dependencies.clock.nowMs() - startMs) };
}

/** Enough for a measurement. */
const sampleBytes = 30_000_000;

/** A file that is likely to be at the configured hub: the smallest on offer there that is large enough to measure with. */
export function sampleOf(models: readonly CatalogModel[]): SampleFile {
  const files = models.flatMap(({ source, files: all, gated }) =>
    source.kind === 'hub' && source.endpoint === undefined && !gated
      ? all.map(({ path, sizeBytes = 0 }) => ({ repo: source.repo, path, sizeBytes }))
      : [],
  );
  const [smallest] = files
    .filter(({ sizeBytes }) => sizeBytes >= sampleBytes)
    .sort((a, b) => a.sizeBytes - b.sizeBytes);
  return smallest ?? { repo: 'ggerganov/whisper.cpp', path: 'ggml-tiny.bin' };
}

/** The single steps. Each says what it found in words, and what to do when it failed. */
class Probe {
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

  /** Bytes per second over so many connections, from their first byte on. */
  async #speed(file: URL, sizeBytes: number, connections: number): Promise<number> {
    const { network, userAgent, clock } = this.#dependencies;
    const limitMs = this.#limits.speedMs;
    const stop = new AbortController();
    let firstMs: number | undefined;
    let lastMs = 0;
    let bytes = 0;
    const share = Math.floor(sizeBytes / connections);
    const onBytes = (count: number): void => {
      lastMs = clock.nowMs();
      firstMs ??= lastMs;
      bytes += count;
      if (lastMs - firstMs >= limitMs || bytes >= enoughBytes) stop.abort();
    };
    const timer = clock.after(limitMs * 2, () => stop.abort());
    try {
      await Promise.all(
        Array.from({ length: connections }, (_, index) =>
          this.#try(
            file.host,
            (signal) =>
              getOnce(file, network, signal, {
                headers: {
                  'User-Agent': userAgent,
                  ...(share === 0 ? {} : { Range: rangeText(index * share, share) }),
                },
                enoughBytes: share === 0 ? enoughBytes : share,
                stop: stop.signal,
                onBytes,
              }),
            limitMs * 2,
          ),
        ),
      );
    } finally {
      timer.dispose();
    }
    // What comes within a millisecond was there before it was measured.
    return firstMs === undefined ? 0 : Math.round((bytes / Math.max(1, lastMs - firstMs)) * 1000);
  }

  /** What the editor's own fetch does: it takes over where our sockets can't connect. */
  async editor(endpoint: URL): Promise<DiagnosisStep> {
    const { network, transport, userAgent, sample } = this.#dependencies;
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
      return { ...step, facts: [way, ...step.facts] };
    }
    return ok(title, [way, localized('status {0} after {1} ms', answer.value, answer.ms)]);
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

function rangeText(start: number, bytes: number): string {
  return `bytes=${String(start)}-${String(start + bytes - 1)}`;
}

function ok(title: LocalizedMessage, facts: readonly LocalizedMessage[]): DiagnosisStep {
  return { title, outcome: 'ok', facts };
}

function failed(title: LocalizedMessage, error: AsrError, advice: LocalizedMessage): DiagnosisStep {
  return { title, outcome: 'failed', facts: [error.localizedMessage], advice };
}

function chainText(link: {
  readonly subject: string;
  readonly issuer: string;
  readonly validUntil: string;
}): LocalizedMessage {
  return localized(
    'certificate of {0}, issued by {1}, valid until {2}',
    link.subject,
    link.issuer,
    link.validUntil,
  );
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

/** The report as a Markdown document in the person's language. */
export function reportDocument(
  { hosts, durationMs }: ConnectionReport,
  localise: (text: LocalizedMessage) => string,
): string {
  const marks = { ok: '✔', failed: '✘', skipped: '–' };
  const roles = {
    hub: localized('the hub'),
    mirror: localized('a mirror'),
    download: localized('sends the files'),
  };
  const lines = [`# ${localise(localized('Connection report of ASR Model Manager'))}`];
  const problems = hosts.flatMap(({ steps }) =>
    steps.filter(({ outcome }) => outcome === 'failed'),
  );
  lines.push(
    '',
    problems.length === 0
      ? localise(
          localized('Everything that a download needs works. It took {0} s.', seconds(durationMs)),
        )
      : localise(
          localized('{0} steps failed. It took {1} s.', problems.length, seconds(durationMs)),
        ),
  );
  for (const { host, role, steps } of hosts) {
    lines.push('', `## ${host} (${localise(roles[role])})`, '');
    for (const { title, outcome, facts, advice } of steps) {
      lines.push(`- ${marks[outcome]} **${localise(title)}**`);
      for (const fact of facts) lines.push(`  - ${localise(fact)}`);
      if (advice !== undefined)
        lines.push(`  - ${localise(localized('What to do: {0}', localise(advice)))}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
