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

  look(nowMs: number): Promise<void> {
    return checkDaily(
      {
        memento: {
          get: () => this.#remembered as never,
          update: (_key, value) => {
            this.#remembered = value;
            return Promise.resolve();
          },
        },
        logger: { info: (line) => this.lines.push(line) },
        downloaded: () => Promise.resolve(this.downloaded),
        check: () => {
          this.checks++;
          return this.answer();
        },
        offer: (updates) => {
          this.offers.push(updates);
          return Promise.resolve();
        },
      },
      nowMs,
    );
  }
}

describe('the daily look for updates', () => {
  it('comes once a day, and says so only when there is one', async () => {
    let answer: readonly ModelUpdate[] = [];
    const life = new Life(1, () => Promise.resolve(answer));
    await life.look(startMs);
    await life.look(startMs + hourMs);
    assert.equal(life.checks, 1);
    assert.deepEqual(life.offers, []);
    answer = [update];
    await life.look(startMs + 25 * hourMs);
    assert.equal(life.checks, 2);
    assert.deepEqual(life.offers, [[update]]);
  });

  it('asks nobody when nothing is downloaded', async () => {
    const life = new Life(0, () => assert.fail('the hub was asked'));
    await life.look(startMs);
    assert.equal(life.checks, 0);
    assert.deepEqual(life.lines, []);
  });

  it('keeps a failure to the log, and tries again the next day', async () => {
    const life = new Life(1, () => Promise.reject(new Error('no line')));
    await life.look(startMs);
    assert.match(life.lines.join(), /no line/);
    await life.look(startMs + hourMs);
    assert.equal(life.checks, 1);
    await life.look(startMs + 25 * hourMs);
    assert.equal(life.checks, 2);
  });

  it('comes again when the clock was set back', async () => {
    const life = new Life(1, () => Promise.resolve([]));
    await life.look(startMs);
    await life.look(startMs - 400 * 24 * hourMs);
    assert.equal(life.checks, 2);
  });
});
