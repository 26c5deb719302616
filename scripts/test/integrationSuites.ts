import { rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

/** Where the compiled test module (`index.js`) and the suites beside it lie. */
export const integrationFolder = path.resolve('out', 'test', 'integration');

/** Compiles the integration tests: a bundle per suite, so that the extension host needs no TypeScript. */
export async function compileIntegrationSuites(): Promise<void> {
  await rm(integrationFolder, { recursive: true, force: true });
  await build({
    entryPoints: ['test/integration/index.ts', 'test/integration/**/*.test.ts'],
    outbase: 'test/integration',
    outdir: integrationFolder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}
