import assert from 'node:assert/strict';
import { withSecondRun } from '../../../scripts/test/secondRun';
import { failure, noResults, type TestResults } from '../../../scripts/test/testResults';

const failed = (title: string, file: string): TestResults['failed'][number] => ({
  title,
  message: `${title} went wrong`,
  file,
});

describe('a second run of the files in which a test failed', () => {
  let asked: (readonly string[])[];
  let lines: string[];

  beforeEach(() => {
    asked = [];
    lines = [];
  });

  function after(first: TestResults, second: TestResults): Promise<TestResults> {
    const runFiles = (files: readonly string[]): Promise<TestResults> => {
      asked.push(files);
      return Promise.resolve(second);
    };
    return withSecondRun(first, runFiles, (line) => lines.push(line));
  }

  it('is not made when nothing failed', async () => {
    const first = { ...noResults, passed: ['a'] };
    assert.equal(await after(first, noResults), first);
    assert.deepEqual([asked, lines], [[], []]);
  });

  it('tells what passes then as unsteady, with what went wrong, and counts every test once', async () => {
    const first = {
      ...noResults,
      passed: ['a', 'b', 'c'],
      failed: [failed('d', '/x.test.ts'), failed('e', '/x.test.ts')],
    };
    const results = await after(first, { ...noResults, passed: ['c', 'd', 'e'] });
    assert.deepEqual(asked, [['/x.test.ts']]);
    assert.deepEqual(results, {
      passed: ['a', 'b', 'c', 'd', 'e'],
      failed: [],
      skipped: [],
      unsteady: first.failed,
    });
    assert.match(lines.join('\n'), /2 failed\. .*: x\.test\.ts/);
  });

  it('leaves failed what fails again, and what failed only then', async () => {
    const first = { ...noResults, passed: ['a', 'b'], failed: [failed('c', '/x.test.ts')] };
    const second = {
      ...noResults,
      passed: ['a'],
      failed: [failed('b', '/x.test.ts'), failed('c', '/x.test.ts')],
    };
    const results = await after(first, second);
    assert.deepEqual(results, { ...noResults, passed: ['a'], failed: second.failed });
  });

  it('is failed when it does not run to its end', async () => {
    const first = { ...noResults, passed: ['a'], failed: [failed('b', '/x.test.ts')] };
    const results = await after(first, failure('mocha runs to its end', 'It was ended.'));
    assert.deepEqual(
      results.failed.map(({ title }) => title),
      ['mocha runs to its end'],
    );
  });

  it('is not made for many files, nor for a failure outside a file', async () => {
    const many = ['/x', '/y', '/z'].map((file) => failed(`fails in ${file}`, file));
    for (const first of [
      { ...noResults, failed: many },
      { ...failure('mocha runs to its end', 'It was ended.'), passed: ['a'] },
      { ...noResults, failed: [failed('a', '/x'), ...failure('b', 'no file').failed] },
    ])
      assert.equal(await after(first, { ...noResults, passed: ['all'] }), first);
    assert.deepEqual(asked, []);
  });
});
