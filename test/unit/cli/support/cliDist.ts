import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { onDemand, undiciOnDemand } from '../../../../scripts/build/onDemand.mjs';

/** Names the folder of an unpacked VSIX, the command line of which is tried instead of the source tree's. */
const givenPackage = process.env['ASR_TEST_PACKAGE'] ?? '';
const root = path.resolve(__dirname, '../../../..');
let dist: Promise<string> | undefined;

/**
 * The bundles of the command line as esbuild.mjs makes them, once for each test process; its folder, below the repository,
 * so that the runtime's process finds its packages.
 */
export function cliDist(): Promise<string> {
  if (givenPackage !== '') return Promise.resolve(path.join(givenPackage, 'dist'));
  return (dist ??= buildDist());
}

async function buildDist(): Promise<string> {
  const folder = path.join(root, 'out', 'unit', `cli-${String(process.pid)}`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outdir = path.join(folder, 'dist');
  cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  cpSync(path.join(root, 'src/catalog/data'), path.join(outdir, 'catalog'), { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: [
      { in: 'src/cli/main.ts', out: 'cli' },
      { in: 'src/models/createManager.ts', out: 'core' },
      { in: 'src/server/index.ts', out: 'server' },
      { in: 'src/download/worker/main.ts', out: 'transferWorker' },
      { in: 'src/http/undiciTransport.ts', out: 'undiciTransport' },
      { in: 'src/cache/unpack/worker.ts', out: 'unpackWorker' },
      { in: 'src/runtime/process/main.ts', out: 'runtimeProcess' },
    ],
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    mainFields: ['module', 'main'],
    logLevel: 'warning',
    external: ['sherpa-onnx-node', 'sherpa-onnx', '@fugood/*', 'transcribe-cpp'],
    plugins: [
      onDemand(/\/models\/createManager$/, './core.js'),
      onDemand(/^\.\.\/\.\.\/server$/, './server.js'),
      undiciOnDemand,
    ],
  });
  return outdir;
}
