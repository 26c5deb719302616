import assert from 'node:assert/strict';
import { runTiers, summary } from '../../../scripts/test/runTiers';
import { addResults, failure, noResults } from '../../../scripts/test/testResults';
import type { Tier } from '../../../scripts/test/tier';

function tier(name: string, run: Tier['run']): Tier {
  return { name, run };
}

describe('the tiers of npm test', () => {
  const passing = tier('fine', () => Promise.resolve({ ...noResults, passed: ['a', 'b'] }));

  it('counts a tier without a test as a failure', async () => {
    const results = await runTiers(
      [[tier('empty', () => Promise.resolve(noResults))]],
      () => undefined,
    );
    assert.deepEqual(
      results.failed.map(({ title }) => title),
      ['empty: at least one test ran'],
    );
  });

  it('counts a tier of skipped tests alone as a failure', async () => {
    const skipping = tier('lazy', () => Promise.resolve({ ...noResults, skipped: ['a'] }));
    assert.equal((await runTiers([[skipping]], () => undefined)).failed.length, 1);
  });

  it('counts what a tier throws as a failure and continues', async () => {
    const broken = tier('broken', () => Promise.reject(new Error('no browser')));
    const results = await runTiers([[broken], [passing]], () => undefined);
    assert.equal(summary(results), '2 passed, 1 failed');
    assert.match(results.failed[0]?.message ?? '', /no browser/);
  });

  it('names every skipped and every failed test', async () => {
    const lines: string[] = [];
    const mixed = tier('mixed', () =>
      Promise.resolve({ ...failure('bad', 'why'), passed: ['good'], skipped: ['later'] }),
    );
    const results = await runTiers([[mixed]], (line) => lines.push(line));
    assert.equal(summary(results), '1 passed, 1 failed, 1 skipped');
    assert.ok(lines.some((line) => line.includes('SKIPPED  later')));
    assert.ok(lines.some((line) => /FAILED {3}bad/.test(line)));
    assert.ok(lines.some((line) => /^ +why$/.test(line)));
  });

  it('tells each result once', async () => {
    const lines: string[] = [];
    const { failed } = failure('bad', 'why');
    const telling = tier('telling', (narrator) => {
      for (const each of failed) narrator.labelled('[here] ').failed(each);
      return Promise.resolve(addResults(noResults, { ...noResults, failed }, '[here] '));
    });
    await runTiers([[telling]], (line) => lines.push(line));
    assert.equal(lines.filter((line) => line.includes('bad')).length, 1, lines.join('\n'));
  });

  it('says how long a tier took', async () => {
    const lines: string[] = [];
    await runTiers([[passing]], (line) => lines.push(line));
    assert.ok(
      lines.some((line) => /^fine: 2 passed, 0 failed \(\d+\.\d s\)$/.test(line)),
      lines.join('\n'),
    );
  });

  it('runs the tiers of a stage side by side, and the next stage after them', async () => {
    const lines: string[] = [];
    const order: string[] = [];
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const waiting = tier('waiting', async (narrator) => {
      order.push('waiting begins');
      await released;
      narrator.passed('a', 1);
      return { ...noResults, passed: ['a'] };
    });
    const releasing = tier('releasing', () => {
      order.push('releasing');
      release();
      return Promise.resolve({ ...noResults, passed: ['b'] });
    });
    const last = tier('last', () => {
      order.push('last');
      return Promise.resolve({ ...noResults, passed: ['c'] });
    });
    const results = await runTiers([[waiting, releasing], [last]], (line) => lines.push(line));
    assert.deepEqual(order, ['waiting begins', 'releasing', 'last']);
    assert.deepEqual(results.passed, ['waiting: a', 'releasing: b', 'last: c']);
    assert.ok(
      lines.some((line) => line.includes('ok       waiting: a')),
      lines.join('\n'),
    );
  });

  it('begins no tier after the signal, and the one under way has failed', async () => {
    const ending = new AbortController();
    const ended = tier('ended', () => {
      ending.abort();
      return Promise.resolve({ ...noResults, passed: ['a'] });
    });
    const results = await runTiers([[passing], [ended], [passing]], () => undefined, ending.signal);
    assert.equal(summary(results), '3 passed, 1 failed');
  });
});
