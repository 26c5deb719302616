import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(__dirname, '../../../..');
let bundle: Promise<string> | undefined;

/** Builds the worker as esbuild.mjs does, once per test process, and gives its path. */
export function workerBundle(): Promise<string> {
  bundle ??= buildBundle();
  return bundle;
}

async function buildBundle(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-worker-'));
  process.once('exit', () => {
    void import('node:fs').then(({ rmSync }) => {
      rmSync(folder, { recursive: true, force: true });
    });
  });
  const outfile = path.join(folder, 'transferWorker.js');
  await build({
    entryPoints: [path.join(root, 'src/download/worker/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    logLevel: 'warning',
  });
  return outfile;
}
