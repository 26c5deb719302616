import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { largestPackageBytes } from './platforms';

/**
 * What each part may weigh, in kilobytes (1000 bytes) of the production build. All but activation's leave room to
 * grow by a third: they find a dependency that slips in, such as a second copy of the core, and no feature. A bound is
 * raised where a part was meant to grow.
 */
const bundleBudgets: Readonly<Record<string, number>> = {
  // Every window loads this one at its start.
  'dist/extension.js': 100,
  'dist/cacheCommands.js': 30,
  'dist/cli.js': 80,
  'dist/core.js': 520,
  'dist/detailsText.js': 5,
  'dist/openLink.js': 15,
  'dist/panelDocument.js': 25,
  'dist/picker.js': 40,
  'dist/runtimeProcess.js': 70,
  'dist/server.js': 140,
  'dist/serverHost.js': 150,
  'dist/transcribeCommand.js': 40,
  'dist/transferWorker.js': 120,
  'dist/undiciTransport.js': 700,
  'dist/unpackWorker.js': 80,
  'dist/webview/panel.css': 25,
  'dist/webview/panel.js': 280,
  'dist/catalog/catalog.json': 700,
};

/** What the page costs a browser over a slow remote connection. */
const pageGzippedBudget = 120;

/** Files of one VSIX: an editor unpacks and scans each. */
const fileBudget = 400;

export interface Measured {
  readonly what: string;
  readonly figure: number;
  readonly bound: number;
  readonly unit: 'kB' | 'MB' | 'files';
}

/** Measures what was built, and the VSIX with its list of files. */
export async function measure(
  folder: string,
  vsix: string,
  files: readonly string[],
): Promise<readonly Measured[]> {
  const sizes = Object.entries(bundleBudgets).map(async ([file, bound]): Promise<Measured> => {
    const bytes = await stat(path.join(folder, file)).then(({ size }) => size);
    return { what: file, figure: bytes / 1000, bound, unit: 'kB' };
  });
  const page = gzipSync(await readFile(path.join(folder, 'dist/webview/panel.js'))).length;
  const { size } = await stat(vsix);
  return [
    ...(await Promise.all(sizes)),
    {
      what: 'dist/webview/panel.js, gzipped',
      figure: page / 1000,
      bound: pageGzippedBudget,
      unit: 'kB',
    },
    { what: 'the VSIX', figure: size / 1e6, bound: largestPackageBytes / 1e6, unit: 'MB' },
    { what: 'its files', figure: files.length, bound: fileBudget, unit: 'files' },
  ];
}

/** A line of the table: `  89.9 of  100 kB  dist/extension.js`. */
export function budgetLine({ what, figure, bound, unit }: Measured): string {
  const shown = unit === 'files' ? String(figure) : figure.toFixed(1);
  return `${shown.padStart(6)} of ${String(bound).padStart(4)} ${unit.padEnd(5)}  ${what}`;
}

/** What is over its bound, and each bundle that has none. */
export function budgetProblems(
  measured: readonly Measured[],
  files: readonly string[],
): readonly string[] {
  const bundles = files.filter((file) => /^dist\/.+\.(js|css)$/.test(file));
  return [
    ...measured
      .filter(({ figure, bound }) => figure > bound)
      .map((one) => `over: ${budgetLine(one)}`),
    ...bundles
      .filter((file) => !measured.some(({ what }) => what === file))
      .map((file) => `${file} has no bound in scripts/package/budgets.ts`),
  ];
}
