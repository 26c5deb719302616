import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { winePath } from './windowsNode';

const outFolder = path.resolve('out', 'wine', 'tests');

/** A bundle has one `__dirname` for all its files: each of ours gets its own, as Windows' Node sees it. */
const placeOfFiles: Plugin = {
  name: 'place-of-files',
  setup(builder) {
    builder.onLoad({ filter: /\.tsx?$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      const usesPlace = /\b__(?:dir|file)name\b/.test(text);
      const place = usesPlace
        ? `const __dirname = ${JSON.stringify(winePath(path.dirname(file)))};` +
          `const __filename = ${JSON.stringify(winePath(file))};`
        : '';
      return { contents: place + text, loader: file.endsWith('x') ? 'tsx' : 'ts' };
    });
  },
};

/** Bundles each test file as plain JavaScript; gives back the bundles in the same order. */
export async function bundleTests(files: readonly string[]): Promise<readonly string[]> {
  rmSync(outFolder, { recursive: true, force: true });
  if (files.length === 0) return [];
  await build({
    entryPoints: files.map((file) => path.resolve(file)),
    outdir: outFolder,
    outbase: path.resolve('.'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    mainFields: ['module', 'main'],
    // Packages with programs or addons of their own, and those that look for files beside them.
    external: [
      'mocha',
      'tsx',
      'sherpa-onnx*',
      '@fugood/*',
      'transcribe-cpp',
      'typescript',
      'eslint',
    ],
    alias: { esbuild: path.resolve('scripts', 'wine', 'remoteEsbuild.cjs') },
    plugins: [placeOfFiles],
    logLevel: 'error',
  });
  return files.map((file) => path.join(outFolder, file.replace(/\.tsx?$/, '.js')));
}
