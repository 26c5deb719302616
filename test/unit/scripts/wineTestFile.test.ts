import assert from 'node:assert/strict';
import { runTestFile } from '../../../scripts/wine/runTestFile';
import type { Ended, WindowsNode } from '../../../scripts/wine/windowsNode';

const lines = (...events: readonly object[]): string =>
  events.map((event) => `${JSON.stringify(event)}\r\n`).join('');

/** A Node that ends in this way, whatever it is to run. */
function nodeThatEnds(ended: Partial<Ended>): WindowsNode {
  return {
    version: 'v20.0.0',
    run: () => Promise.resolve({ exitCode: 0, tookTooLong: false, output: '', ...ended }),
    probe: () => Promise.resolve({}),
    endAll: () => Promise.resolve(),
  };
}

const resultOf = (ended: Partial<Ended>): ReturnType<typeof runTestFile> =>
  runTestFile(nodeThatEnds(ended), 'a.test.ts', 'a.js', {
    lacks: [],
    unpacked: '',
    temporary: '',
    buildUrl: '',
    grep: '',
  });

describe('a file of tests under wine', () => {
  const passes = [{ begins: 'one' }, { test: 'one', state: 'passed' }];

  it('is counted by what its tests came to', async () => {
    const output =
      lines(
        ...passes,
        { test: 'two', state: 'pending' },
        { begins: 'three' },
        { test: 'three', state: 'lacking', why: 'links' },
        { begins: 'four' },
        { test: 'four', state: 'failed', why: 'it broke' },
      ) + 'ENDED\r\n';
    assert.deepEqual(await resultOf({ exitCode: 2, output }), {
      file: 'a.test.ts',
      passed: 1,
      skipped: 1,
      lacking: ['links'],
      failed: ['four: it broke'],
    });
  });

  it('that hangs has failed, and names the test that it hung in', async () => {
    const output = lines(...passes, { begins: 'two' });
    const { passed, failed } = await resultOf({ exitCode: 143, tookTooLong: true, output });
    assert.equal(passed, 1);
    assert.deepEqual(failed, ['did not end within 6 minutes, in “two”']);
  });

  it('that hangs after its last test has failed', async () => {
    const output = lines(...passes) + 'ENDED\r\n';
    const { failed } = await resultOf({ exitCode: 143, tookTooLong: true, output });
    assert.deepEqual(failed, ['did not end within 6 minutes']);
  });

  it('that ends too early has failed, with what it said last', async () => {
    const { failed } = await resultOf({ exitCode: 1, output: lines(...passes) + 'no module\r\n' });
    assert.equal(failed.length, 1);
    assert.match(failed[0] ?? '', /^did not come to its end: .*no module/s);
  });
});
