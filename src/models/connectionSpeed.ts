import type { Clock } from '../common/clock';
import { getOnce, measured, type NetworkSettings } from '../http';

/** Bytes that are enough for a measurement: more would cost a metered line too much. */
const enoughBytes = 32_000_000;

interface SpeedTest {
  readonly file: URL;
  /** 0: not known, so that no parts can be asked for. */
  readonly sizeBytes: number;
  readonly connections: number;
  /** How long bytes are counted, from the first one on. */
  readonly countMs: number;
  /** How long the whole may take. */
  readonly wholeMs: number;
  readonly network: NetworkSettings;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** Bytes per second of a file over so many connections, from their first byte on; 0 when none came. */
export async function connectionSpeed(
  { file, sizeBytes, connections, countMs, wholeMs, network, clock, userAgent }: SpeedTest,
  signal: AbortSignal,
): Promise<number> {
  const stop = new AbortController();
  const shareBytes = Math.floor(sizeBytes / connections);
  let firstMs: number | undefined;
  let lastMs = 0;
  let bytes = 0;
  const onBytes = (count: number): void => {
    lastMs = clock.nowMs();
    firstMs ??= lastMs;
    bytes += count;
    if (lastMs - firstMs >= countMs || bytes >= enoughBytes) stop.abort();
  };
  const ask = async (index: number): Promise<void> => {
    const firstByte = index * shareBytes;
    const range = `bytes=${String(firstByte)}-${String(firstByte + shareBytes - 1)}`;
    const headers = { 'User-Agent': userAgent, ...(shareBytes === 0 ? {} : { Range: range }) };
    const enough = shareBytes === 0 ? enoughBytes : shareBytes;
    await measured(file.host, wholeMs, signal, (either) =>
      getOnce(file, network, either, { headers, enoughBytes: enough, stop: stop.signal, onBytes }),
    );
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => ask(index)));
  // Bytes that come within a millisecond were there before the measurement.
  return firstMs === undefined ? 0 : Math.round((bytes / Math.max(1, lastMs - firstMs)) * 1000);
}
