import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  budgetLine,
  budgetProblems,
  measure,
  type Measured,
} from '../../../scripts/package/budgets';

const root = path.resolve(__dirname, '../../..');

describe('the budgets of the build', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-budgets-'));
    await mkdir(path.join(folder, 'dist', 'webview'), { recursive: true });
    await mkdir(path.join(folder, 'dist', 'catalog'), { recursive: true });
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** Every bundle of the build, each with so many bytes. */
  async function built(bytes: number): Promise<readonly string[]> {
    const text = await readFile(path.join(root, 'esbuild.mjs'), 'utf8');
    const bundles = [...text.matchAll(/outfile: '(dist\/\w+\.js)'/g)].flatMap(
      ([, name]) => name ?? [],
    );
    assert.ok(bundles.length > 10);
    const page = ['dist/webview/panel.js', 'dist/webview/panel.css', 'dist/catalog/catalog.json'];
    for (const name of [...bundles, ...page]) {
      await writeFile(path.join(folder, name), Buffer.alloc(bytes));
    }
    return [...bundles, ...page];
  }

  async function measured(bytes: number): Promise<readonly Measured[]> {
    const files = await built(bytes);
    return await measure(folder, path.join(folder, 'dist', 'core.js'), files);
  }

  it('are there for each bundle that the build makes, and for nothing else', async () => {
    const files = await built(1000);
    const all = await measured(1000);
    assert.deepEqual(budgetProblems(all, files), []);
    const named = all.map(({ what }) => what).filter((what) => /^dist\/[\w/.]+$/.test(what));
    assert.deepEqual([...named].sort(), [...files].sort());
  });

  it('are exceeded by what is too large, and a bundle without one is named', async () => {
    const problems = budgetProblems(await measured(101_000), ['dist/new.js']);
    assert.ok(
      problems.some((problem) => problem.includes('101.0 of  100 kB     dist/extension.js')),
    );
    assert.ok(!problems.some((problem) => problem.includes('dist/core.js')));
    assert.ok(problems.includes('dist/new.js has no bound in scripts/package/budgets.ts'));
  });

  it('bound a package by its size and its files', () => {
    const vsix = { what: 'the VSIX', figure: 45.1, bound: 45, unit: 'MB' } as const;
    const files = { what: 'its files', figure: 400, bound: 400, unit: 'files' } as const;
    assert.deepEqual(budgetProblems([vsix, files], []), [`over: ${budgetLine(vsix)}`]);
    assert.equal(budgetLine(files), '   400 of  400 files  its files');
  });
});
