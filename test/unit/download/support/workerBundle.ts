import { rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(__dirname, '../../../..');
const bundles = new Map<string, Promise<string>>();

/** Builds the worker as esbuild.mjs does, once per test process, and gives its path. */
export function workerBundle(): Promise<string> {
  return bundled('src/download/worker/main.ts');
}

/** Builds any program of the project for Node, once per test process, and gives its path. */
export function bundled(entry: string): Promise<string> {
  const known = bundles.get(entry) ?? buildBundle(entry);
  bundles.set(entry, known);
  return known;
}

async function buildBundle(entry: string): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-worker-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outfile = path.join(folder, path.basename(entry).replace(/\.ts$/, '.js'));
  await build({
    entryPoints: [path.join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    target: 'node20.18',
    logLevel: 'warning',
  });
  return outfile;
}
