import assert from 'node:assert/strict';
import type { ModelUpdate } from '../../../src/models';
import { checkDaily } from '../../../src/vscode/commands/dailyUpdates';

const update: ModelUpdate = {
  modelId: 'tiny',
  modelName: 'Tiny',
  currentRevision: 'a'.repeat(40),
  newRevision: 'b'.repeat(40),
  changedFiles: ['model.bin'],
  downloadBytes: 10,
};
const hourMs = 3_600_000;
const startMs = 1_700_000_000_000;

/** A day in the life: what was asked, offered and logged. */
class Life {
  checks = 0;
  readonly offers: (readonly ModelUpdate[])[] = [];
  readonly lines: string[] = [];
  #remembered: unknown;

  constructor(
    private readonly downloaded: number,
    private readonly answer: () => Promise<readonly ModelUpdate[]>,
  ) {}

  check(nowMs: number): Promise<void> {
    return checkDaily(
      {
        get: () =>
          Promise.resolve({
            downloadedModels: () => Promise.resolve(Array.from({ length: this.downloaded })),
            library: {
              checkForUpdates: () => {
                this.checks++;
                return this.answer();
              },
            },
          }),
      },
      {
        get: () => this.#remembered as never,
        update: (_key, value) => {
          this.#remembered = value;
          return Promise.resolve();
        },
      },
      { info: (line) => this.lines.push(line) },
      (updates) => {
        this.offers.push(updates);
        return Promise.resolve();
      },
      nowMs,
    );
  }
}

describe('the daily check for updates', () => {
  it('comes once a day, and says so only when there is one', async () => {
    let answer: readonly ModelUpdate[] = [];
    const life = new Life(1, () => Promise.resolve(answer));
    await life.check(startMs);
    await life.check(startMs + hourMs);
    assert.equal(life.checks, 1);
    assert.deepEqual(life.offers, []);
    answer = [update];
    await life.check(startMs + 25 * hourMs);
    assert.equal(life.checks, 2);
    assert.deepEqual(life.offers, [[update]]);
  });

  it('sends no request when nothing is downloaded', async () => {
    const life = new Life(0, () => assert.fail('the hub was asked'));
    await life.check(startMs);
    assert.equal(life.checks, 0);
    assert.deepEqual(life.lines, []);
  });

  it('keeps a failure to the log, and tries again the next day', async () => {
    const life = new Life(1, () => Promise.reject(new Error('no line')));
    await life.check(startMs);
    assert.match(life.lines.join(), /no line/);
    await life.check(startMs + hourMs);
    assert.equal(life.checks, 1);
    await life.check(startMs + 25 * hourMs);
    assert.equal(life.checks, 2);
  });

  it('comes again when the clock was set back', async () => {
    const life = new Life(1, () => Promise.resolve([]));
    await life.check(startMs);
    await life.check(startMs - 400 * 24 * hourMs);
    assert.equal(life.checks, 2);
  });
});
