import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Detail } from '../../../scripts/test/collectResults';
import { Narrator } from '../../../scripts/test/narrator';
import { runMocha } from '../../../scripts/test/runMocha';
import { summary } from '../../../scripts/test/runTiers';
import type { TestResults } from '../../../scripts/test/testResults';

/** Two pass, one fails, one is skipped. */
const mixed = `
  describe('mixed', () => {
    it('one', () => {});
    it('two', () => {});
    it('bad', () => { throw new Error('what went wrong'); });
    it.skip('later', () => {});
  });`;
/** Passes one, and then never ends. */
const hanging = `
  describe('hanging', () => {
    it('first', () => {});
    it('second', () => new Promise(() => { setInterval(() => {}, 1000); }));
  });`;

describe('a run of mocha', function () {
  // It starts Node several times.
  this.timeout(120_000);
  let folder: string;
  let lines: string[];
  let heard: () => void;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-run-mocha-'));
    lines = [];
    heard = () => undefined;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function run(
    files: Readonly<Record<string, string>>,
    args: readonly string[],
    { detail = 'tests', signal }: { readonly detail?: Detail; readonly signal?: AbortSignal } = {},
  ): Promise<TestResults> {
    const paths: string[] = [];
    for (const [name, text] of Object.entries(files)) {
      paths.push(path.join(folder, name));
      await writeFile(path.join(folder, name), text);
    }
    const narrator = new Narrator((line) => {
      lines.push(line);
      heard();
    });
    return runMocha(['--no-config', '--timeout', '0', ...args, ...paths], {
      narrator,
      detail,
      signal,
    });
  }

  const printed = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;

  const parallel = ['--parallel', '--jobs', '2'];
  const other = "describe('other', () => { it('third', () => {}); });";

  it('tells every test once, though two processes tell of it', async () => {
    const results = await run({ 'mixed.cjs': mixed, 'other.cjs': other }, parallel);
    assert.equal(summary(results), '3 passed, 1 failed, 1 skipped');
    for (const title of ['mixed.cjs: mixed one', 'mixed.cjs: mixed two', 'other.cjs: other third'])
      assert.equal(printed(new RegExp(`ok +${title} \\(\\d+\\.\\d s\\)`)), 1, lines.join('\n'));
    assert.deepEqual([printed(/FAILED +mixed bad/), printed(/what went wrong/)], [1, 1]);
    assert.equal(printed(/SKIPPED +mixed later/), 1);
    assert.equal(results.failed[0]?.file, path.join(folder, 'mixed.cjs'));
  });

  it('tells a line for each file where that is enough, and each failure', async () => {
    await run({ 'mixed.cjs': mixed, 'other.cjs': other }, [], { detail: 'files' });
    assert.equal(printed(/mixed\.cjs: 2 passed, 1 FAILED/), 1, lines.join('\n'));
    assert.equal(printed(/ok +.*other\.cjs: 1 passed \(/), 1, lines.join('\n'));
    assert.equal(printed(/FAILED +mixed bad/), 1);
  });

  it('keeps what ran when it is ended in the middle of a file', async () => {
    const ending = new AbortController();
    heard = () => ending.abort();
    const results = await run({ 'hanging.cjs': hanging }, parallel, { signal: ending.signal });
    assert.deepEqual(results.passed, ['hanging first']);
    assert.deepEqual(
      results.failed.map(({ title }) => title),
      ['mocha runs to its end'],
    );
  });

  it('is a failure when a file does not load', async () => {
    const results = await run({ 'broken.cjs': "throw new Error('no such thing')" }, []);
    assert.equal(summary(results), '0 passed, 1 failed');
    assert.match(lines.join('\n'), /no such thing/);
  });
});
