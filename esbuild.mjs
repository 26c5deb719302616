// Builds every bundle of the extension, listed flat below. `node esbuild.mjs [--watch] [--production]`.
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { context } from 'esbuild';
import { bundledPackages } from './scripts/build/bundledPackages.mjs';
import { onDemand, undiciOnDemand } from './scripts/build/onDemand.mjs';
import { watchReport } from './scripts/build/watchReport.mjs';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

// Node 20.18: what the oldest supported VS Code (engines.vscode, 1.99) runs extensions with.
const node = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.18',
  // A package's ES modules can be bundled; the UMD file that some name as `main` requires its parts at run time.
  mainFields: ['module', 'main'],
};
// Chromium 132: what the oldest supported VS Code shows webviews with.
const page = { bundle: true, platform: 'browser', format: 'iife', target: 'chrome132' };
const common = {
  logLevel: 'warning',
  metafile: true,
  minify: production,
  sourcemap: production ? false : 'linked',
};

/** Activation loads extension.js alone; the core is fetched by its one dynamic import on first use. */
const coreOnDemand = onDemand(/\/models\/createManager$/, './core.js');
/** The panel's page with all its sentences comes with the first panel. */
const panelOnDemand = onDemand(/^\.\/panelDocument$/, './panelDocument.js');
/** The lists to choose a model from come with the first choice. */
const pickerOnDemand = onDemand(/\/picker\/modelPicker$/, './picker.js');
/** The questions before a transcription come with the first one. */
const transcribeOnDemand = onDemand(/^\.\/transcribeCommand$/, './transcribeCommand.js');

/** The commands that change the whole cache (import, export, move, clear) are rarely used. */
const cacheOnDemand = onDemand(/^\.\/cacheCommands$/, './cacheCommands.js');
/** The code for links is loaded with the first link. */
const linkOnDemand = onDemand(/^\.\/openLink$/, './openLink.js');
/** The server for other programs and the tools for agents come when they are wanted. */
const serverOnDemand = onDemand(/^\.\/serverHost$/, './serverHost.js');
/** The same server without the editor, for the command line. */
const cliServerOnDemand = onDemand(/^\.\.\/\.\.\/server$/, './server.js');
/** The code for copied details is loaded with the first report. */
const detailsOnDemand = onDemand(/^\.\/detailsText$/, './detailsText.js');

const bundles = [
  {
    ...node,
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    plugins: [
      coreOnDemand,
      panelOnDemand,
      pickerOnDemand,
      transcribeOnDemand,
      cacheOnDemand,
      serverOnDemand,
      linkOnDemand,
      detailsOnDemand,
    ],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/vscode/links/openLink.ts'],
    outfile: 'dist/openLink.js',
    external: ['vscode'],
    plugins: [coreOnDemand, detailsOnDemand],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/vscode/commands/transcribeCommand.ts'],
    outfile: 'dist/transcribeCommand.js',
    external: ['vscode'],
    plugins: [coreOnDemand, pickerOnDemand, detailsOnDemand],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/vscode/picker/modelPicker.ts'],
    outfile: 'dist/picker.js',
    external: ['vscode'],
    plugins: [coreOnDemand, detailsOnDemand],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/vscode/ui/detailsText.ts'],
    outfile: 'dist/detailsText.js',
    external: ['vscode'],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/vscode/commands/cacheCommands.ts'],
    outfile: 'dist/cacheCommands.js',
    external: ['vscode'],
    plugins: [detailsOnDemand],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/vscode/server/serverHost.ts'],
    outfile: 'dist/serverHost.js',
    external: ['vscode'],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/vscode/panel/panelDocument.ts'],
    outfile: 'dist/panelDocument.js',
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/models/createManager.ts'],
    outfile: 'dist/core.js',
    plugins: [undiciOnDemand],
  },
  {
    ...node,
    ...common,
    // The command line: the same core and workers, without the editor.
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [coreOnDemand, cliServerOnDemand],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/server/index.ts'],
    outfile: 'dist/server.js',
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/download/worker/main.ts'],
    outfile: 'dist/transferWorker.js',
    plugins: [undiciOnDemand],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/http/undiciTransport.ts'],
    outfile: 'dist/undiciTransport.js',
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/runtime/process/main.ts'],
    outfile: 'dist/runtimeProcess.js',
    // Native addons and WebAssembly lie beside the bundle, in node_modules, and are looked for when a model is loaded.
    external: ['sherpa-onnx-node', 'sherpa-onnx', '@fugood/*', 'transcribe-cpp'],
  },
  {
    ...node,
    ...common,
    entryPoints: ['src/cache/unpack/worker.ts'],
    outfile: 'dist/unpackWorker.js',
  },
  {
    ...page,
    ...common,
    entryPoints: [
      { in: 'webview-ui/main.tsx', out: 'panel' },
      { in: 'webview-ui/styles/panel.css', out: 'panel' },
    ],
    outdir: 'dist/webview',
  },
];

await cp('src/catalog/data', 'dist/catalog', { recursive: true });
const report = watchReport(bundles.length, (line) => console.log(line));
const metafiles = [];
for (const options of bundles) {
  const { plugins = [] } = options;
  const build = await context(watch ? { ...options, plugins: [...plugins, report] } : options);
  if (watch) await build.watch();
  else {
    metafiles.push((await build.rebuild()).metafile);
    await build.dispose();
  }
}
// Whose code is in the bundles: compared with THIRD-PARTY-NOTICES.txt by the build tier.
await mkdir('out', { recursive: true });
await writeFile('out/bundledPackages.json', JSON.stringify(bundledPackages(metafiles)));
