/** Downloads files with the engine and prints a line for each report and, in the end, what it measured, as JSON. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../../src/common/clock';
import { silentLogger } from '../../src/common/logger';
import { createDownloadEngine, type FileToFetch } from '../../src/download';
import { directNetwork } from '../../src/http';

export interface DownloaderTask {
  readonly worker: string;
  readonly files: readonly FileToFetch[];
  readonly maxConnections: number;
  /** Certificates that are trusted in addition to the usual ones, as PEM. */
  readonly certificates?: readonly string[];
  readonly proxyUrl?: string;
}

/** The last line that the program prints. */
export interface DownloaderResult {
  readonly ok: boolean;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** How much memory grew from before the transfer to its peak. */
  readonly grownMiB: number;
  readonly loopP99Ms: number;
  readonly verifySeconds: number;
  readonly connections: number;
}

const task = JSON.parse(process.argv[2] ?? '') as DownloaderTask;
const engine = createDownloadEngine({
  workerPath: task.worker,
  clock: systemClock,
  logger: silentLogger,
});
const delay = monitorEventLoopDelay({ resolution: 1 });
const baseBytes = process.memoryUsage.rss();
const startCpu = process.cpuUsage();
const startMs = performance.now();
let peakBytes = 0;
let connections = 0;
let lastByteMs = startMs;
let lastBytes = 0;
const timer = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 10);
delay.enable();

const transfer = engine.start(
  {
    files: task.files,
    settings: {
      maxConnections: task.maxConnections,
      stallTimeoutMs: 30_000,
      maxRetries: 5,
      maxBytesPerSecond: 0,
    },
    network: {
      ...directNetwork,
      extraCertificates: task.certificates ?? [],
      strictTls: task.proxyUrl === undefined,
      ...(task.proxyUrl === undefined ? {} : { proxyUrl: task.proxyUrl }),
    },
    userAgent: 'asr-bench/1',
  },
  {
    progress(report) {
      connections = Math.max(connections, report.connections);
      if (report.downloadedBytes > lastBytes) lastByteMs = performance.now();
      lastBytes = report.downloadedBytes;
      process.stdout.write(`${JSON.stringify({ downloadedBytes: report.downloadedBytes })}\n`);
    },
    verified: () => undefined,
  },
);
void transfer.finished.then((outcome) => {
  const endMs = performance.now();
  const cpu = process.cpuUsage(startCpu);
  clearInterval(timer);
  delay.disable();
  const result: DownloaderResult = {
    ok: outcome.kind === 'completed',
    seconds: (endMs - startMs) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    grownMiB: Math.max(0, peakBytes - baseBytes) / 2 ** 20,
    loopP99Ms: delay.percentile(99) / 1e6,
    verifySeconds: (endMs - lastByteMs) / 1000,
    connections,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
});
