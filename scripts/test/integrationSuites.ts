import { rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

/** The extension as its VSIX holds it. */
export const unpackedFolder = path.resolve('out', 'package', 'unpacked');

/**
 * Where the compiled test module (`index.js`) and the suites beside it lie: in the extension's folder, by which VS Code
 * gives them the extension's own `vscode`, whose dialogs they answer.
 */
export const integrationFolder = path.join(unpackedFolder, 'test');

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
    // As the extension is bundled (esbuild.mjs).
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}
