import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock, type Clock } from '../../../src/common/clock';
import { silentLogger } from '../../../src/common/logger';
import type { Transfer } from '../../../src/download';
import { MemoryPool } from '../../../src/download/files/bufferPool';
import { HashQueue } from '../../../src/download/files/hashQueue';
import { realPartialFiles } from '../../../src/download/files/partialFiles';
import { runTransfer } from '../../../src/download/schedule/transferRun';
import { directNetwork, type Transport } from '../../../src/http';
import { RawTransport } from '../../../src/http/rawTransport';
import { startRawServer } from '../../hub/adversary';
import { quickSettings, quickTuning } from './support/transferBench';

const content = Buffer.alloc(3000, 'three thousand bytes');
const hex = createHash('sha256').update(content).digest('hex');
const descriptors = '/proc/self/fd';

/** The process's clock, which can sleep, and how many of its timers are set. */
class SleepingClock implements Clock {
  readonly #set = new Set<object>();
  #sleptMs = 0;
  readonly nowMs = (): number => systemClock.nowMs();
  readonly wallMs = (): number => systemClock.wallMs() + this.#sleptMs;

  after(delayMs: number, task: () => void): { dispose(): void } {
    const timer = systemClock.after(delayMs, () => {
      this.#set.delete(timer);
      task();
    });
    this.#set.add(timer);
    return {
      dispose: () => {
        this.#set.delete(timer);
        timer.dispose();
      },
    };
  }

  get pending(): number {
    return this.#set.size;
  }

  sleep(ms: number): void {
    this.#sleptMs += ms;
  }
}

/** The resources that keep this process busy, by kind, and the number of open descriptors where that can be seen. */
function held(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    // Timers of the test runner come and go; those of the transfers are counted by their clock.
    if (/^(?:TCP|TLS|FS|DNS|GetAddr|Message|Worker)/.test(kind))
      counts[kind] = (counts[kind] ?? 0) + 1;
  }
  if (existsSync(descriptors)) counts['descriptors'] = readdirSync(descriptors).length;
  return counts;
}

describe('a thousand downloads', () => {
  it('with two hundred cancelled ones and a sleep leave no socket, timer, file or handle', async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-leaks-'));
    const before = held();
    const server = await startRawServer({ content, answer: (ask) => ask.sendRight() });
    const none: Transport = {
      request: () => Promise.reject(new Error('the complete client was asked')),
      close: () => Promise.resolve(),
    };
    const clock = new SleepingClock();
    const transport = new RawTransport(directNetwork, none, clock);
    const memory = new MemoryPool();
    let nth = 0;
    const start = (): Transfer => {
      const partialPath = path.join(folder, String(++nth));
      const file = {
        path: 'a.bin',
        sizeBytes: content.length,
        digest: { algorithm: 'sha256' as const, hex },
        partialPath,
        journalPath: `${partialPath}.json`,
        sources: [{ url: `${server.url}/` }],
      };
      return runTransfer(
        { files: [file], settings: quickSettings, network: directNetwork, userAgent: 'asr-test/1' },
        { progress: () => undefined, verified: () => undefined },
        {
          transport,
          disk: realPartialFiles,
          hasher: new HashQueue(),
          clock,
          logger: silentLogger,
          tuning: quickTuning,
          memory,
          random: () => 0.5,
        },
      );
    };
    const complete = async (times: number): Promise<void> => {
      const outcomes = await Promise.all(Array.from({ length: times }, () => start().finished));
      assert.ok(outcomes.every(({ kind }) => kind === 'completed'));
    };
    try {
      for (let batch = 0; batch < 40; batch++) await complete(25);
      const files = (await fs.readdir(folder)).length;
      for (let cancel = 0; cancel < 200; cancel++) {
        const transfer = start();
        // At ever other moments: before the request, on its way, while the answer comes, when all is there.
        for (let turn = 0; turn < cancel % 40; turn++) await new Promise(setImmediate);
        transfer.cancel();
        const { kind } = await transfer.finished;
        if (kind === 'completed') await fs.rm(path.join(folder, String(nth)));
        if (kind === 'completed') await fs.rm(path.join(folder, `${String(nth)}.json`));
      }
      assert.equal((await fs.readdir(folder)).length, files, 'what was cancelled leaves no file');
      clock.sleep(10 * 60_000);
      await complete(25);
      assert.ok(transport.openSockets <= 25, String(transport.openSockets));
    } finally {
      await transport.close();
      await server.close();
      await fs.rm(folder, { recursive: true, force: true });
    }
    assert.equal(clock.pending, 0, 'timers');
    // Closed resources are gone after some turns of the event loop.
    for (let turn = 0; turn < 1000 && more(held(), before).length > 0; turn++) {
      await new Promise(setImmediate);
    }
    assert.deepEqual(more(held(), before), []);
  });
});

/** The kinds of which there are more than before. */
function more(
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(now)
    .filter(([kind, count]) => count > (before[kind] ?? 0))
    .map(([kind, count]) => `${kind}: ${String(before[kind] ?? 0)} before, ${String(count)} now`);
}
