import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { isObject, parseJson } from '../../src/common/json';
import { toFetch } from './contenders';
import type { DownloaderTask } from './downloader';
import type { BenchFile } from './files';
import type { Programs } from './programs';

/** Kills our download at half of a file, starts it again, and gives the bytes that were there and fetched again. */
export async function killedAtHalf(
  programs: Programs,
  base: string,
  file: BenchFile,
  target: string,
): Promise<number> {
  await fs.rm(target, { recursive: true, force: true });
  await fs.mkdir(target, { recursive: true });
  const files = [toFetch(base, file, target)];
  const task: DownloaderTask = { worker: programs.worker, files, maxConnections: 16 };

  async function run(onBytes: (bytes: number, kill: () => void) => void): Promise<void> {
    const child = spawn(process.execPath, [programs.downloader, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const report = parseJson(line);
      const bytes = isObject(report) ? report['downloadedBytes'] : undefined;
      if (typeof bytes === 'number') onBytes(bytes, () => child.kill('SIGKILL'));
    });
    await exit;
  }

  let reached = 0;
  await run((bytes, kill) => {
    reached = Math.max(reached, bytes);
    if (bytes >= file.sizeBytes / 2) kill();
  });
  let resumedAt: number | undefined;
  await run((bytes) => {
    resumedAt ??= bytes;
  });
  return Math.max(0, reached - (resumedAt ?? 0));
}
