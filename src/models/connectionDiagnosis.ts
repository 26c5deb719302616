import { parseUrl } from '../common/parseUrl';
import type { CatalogModel } from '../catalog';
import { hubAddress } from '../common/hubEnvironment';
import { ConnectionProbe, type DiagnosisDependencies, type SampleFile } from './connectionProbe';
import type { ConnectionReport, HostDiagnosis } from './connectionReport';

/** The whole takes less than half a minute, because a person waits for it. */
const wholeMs = 27_000;

/**
 * Tries everything that a download needs, step by step and measured: the hub, the hosts that it sends downloads to, and the
 * mirrors. No step sends the token but the question whose it is. Rejects with `Cancelled` only.
 */
export async function diagnoseConnection(
  dependencies: DiagnosisDependencies,
  signal: AbortSignal,
): Promise<ConnectionReport> {
  const startMs = dependencies.clock.nowMs();
  const probe = new ConnectionProbe(dependencies, signal, startMs + wholeMs);
  const named = [dependencies.endpoint, ...dependencies.mirrors].flatMap((text) => {
    const address = hubAddress(text);
    return (address === undefined ? undefined : parseUrl(address)) ?? [];
  });
  const asked = await Promise.all(
    named.map(async (url, index) => {
      const role = index === 0 ? 'hub' : 'mirror';
      const way = await probe.way(url);
      const answer = way.isOpen ? [await probe.answer(url)] : [];
      const located = way.isOpen ? await probe.locate(url) : undefined;
      const [editor, token] =
        role === 'hub' ? await Promise.all([probe.editor(url), probe.token()]) : [[], undefined];
      const own = [...editor, ...(token === undefined ? [] : [token])];
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
