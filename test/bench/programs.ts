import path from 'node:path';
import { build } from 'esbuild';
import { undiciOnDemand } from '../../scripts/build/onDemand.mjs';

/** Our engine as it ships. */
export interface Programs {
  /** A program that downloads with the engine and prints what it measured. */
  readonly downloader: string;
  readonly worker: string;
}

export async function buildPrograms(folder: string): Promise<Programs> {
  const root = path.resolve(__dirname, '../..');
  const programs = {
    downloader: path.join(folder, 'downloader.js'),
    worker: path.join(folder, 'transferWorker.js'),
  };
  for (const [entry, outfile] of [
    ['test/bench/downloader.ts', programs.downloader],
    ['src/download/worker/main.ts', programs.worker],
    ['src/http/undiciTransport.ts', path.join(folder, 'undiciTransport.js')],
  ] as const) {
    await build({
      entryPoints: [path.join(root, entry)],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20.18',
      mainFields: ['module', 'main'],
      plugins: [undiciOnDemand],
      logLevel: 'warning',
    });
  }
  return programs;
}
