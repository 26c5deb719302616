import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { journalText, parseJournal, usablePieces } from '../../../src/common/journal';
import { SegmentPlan, type Segment } from '../../../src/download/files/segmentPlan';
import { attemptDelayMs } from '../../../src/download/schedule/faultHandler';
import type { Fault } from '../../hub';
import { made, TransferBench } from './support/transferBench';

const digest = { algorithm: 'sha256' as const, hex: 'a'.repeat(64) };

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('reset' as const), afterBytes: fc.nat(300_000) }),
  fc.record({ kind: fc.constant('truncate' as const), afterBytes: fc.nat(300_000) }),
  fc.record({ kind: fc.constant('stall' as const), afterBytes: fc.nat(300_000) }),
  fc.record({ kind: fc.constant('corrupt' as const), offset: fc.nat(1_000_000) }),
  fc.record({
    kind: fc.constant('contentLength' as const),
    delta: fc.integer({ min: -500, max: 500 }),
  }),
  fc.record({
    kind: fc.constant('shiftedBody' as const),
    bytes: fc.integer({ min: -500, max: 500 }),
  }),
  fc.record({
    kind: fc.constant('overlong' as const),
    bytes: fc.integer({ min: 1, max: 9000 }),
    framing: fc.constantFrom('length' as const, 'chunked' as const),
  }),
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(403, 404, 416, 429, 500, 503),
  }),
  fc.constantFrom<Fault>(
    { kind: 'ignoreRange' },
    { kind: 'gzip' },
    { kind: 'htmlPage' },
    { kind: 'chunked' },
  ),
);

describe('whatever happens to a transfer', () => {
  it('it ends with the right bytes or with an honest error, and progress only goes forward', async () => {
    const bench = await TransferBench.start({ 'a.bin': made(1200) });
    const file = await bench.file('a.bin');
    const scenario = fc.record({
      faults: fc.array(fc.record({ fault, nth: fc.integer({ min: 1, max: 12 }) }), {
        maxLength: 6,
      }),
      pauses: fc.array(fc.nat(1_200_000), { maxLength: 2 }),
    });
    let completed = 0;
    try {
      await fc.assert(
        fc.asyncProperty(scenario, async ({ faults, pauses }) => {
          await fs.rm(file.partialPath, { force: true });
          await fs.rm(file.journalPath, { force: true });
          bench.hub.faults.clear();
          for (const { fault: one, nth } of faults)
            bench.hub.faults.add(one, { origin: 'cdn', nth });
          const stops = [...pauses].sort((a, b) => a - b);
          for (;;) {
            const stop = stops.shift();
            const run = bench.run([file], {
              settings: { stallTimeoutMs: 120, maxRetries: 6 },
              onProgress({ downloadedBytes }, transfer) {
                if (stop !== undefined && downloadedBytes >= stop) transfer.pause();
              },
            });
            const outcome = await run.outcome;
            let before = 0;
            let restarts = 0;
            for (const { downloadedBytes, startedOver } of run.progress) {
              if (downloadedBytes < before) {
                assert.ok(startedOver !== undefined);
                restarts++;
              }
              before = downloadedBytes;
            }
            assert.ok(restarts <= 1);
            if (outcome.kind === 'paused') continue;
            if (outcome.kind === 'completed') {
              await bench.assertWhole(file);
              assert.deepEqual(run.verified, ['a.bin']);
              completed++;
            } else {
              assert.equal(outcome.kind, 'failed');
              assert.notEqual(outcome.error.code, 'unknown', outcome.error.message);
              assert.deepEqual(run.verified, []);
            }
            return;
          }
        }),
        { numRuns: 25, seed: 20_260, endOnFailure: true },
      );
    } finally {
      await bench.close();
    }
    assert.ok(completed >= 18, `${String(completed)} of 25 completed`);
  });

  it('retry delays stay within their bounds and never undercut the server', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        fc.nat(100_000),
        (attempt, random, askedMs) => {
          const limits = { retryBaseMs: 1000, retryMaxMs: 30_000 };
          const delay = attemptDelayMs(attempt, limits, random);
          assert.ok(delay >= 750 && delay <= 30_000);
          assert.ok(attemptDelayMs(attempt, limits, random, askedMs) >= askedMs);
          assert.ok(attemptDelayMs(attempt + 1, limits, random) >= delay);
        },
      ),
    ));
});

describe('the journal', () => {
  const pieces = fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 5000 }),
        fc.nat(5000),
        fc.option(fc.nat(0xffff_ffff), { nil: undefined }),
      ),
      {
        maxLength: 20,
      },
    )
    .map((parts) => {
      let at = 0;
      return parts.map(([length, gap, sum]) => {
        const start = at + gap;
        at = start + length;
        return { start, end: at, sum };
      });
    });

  it('reads back what was written', () =>
    fc.assert(
      fc.property(pieces, (all) => {
        const journal = { sizeBytes: 1_000_000, digest, pieces: all };
        assert.deepEqual(parseJournal(journalText(journal)), journal);
      }),
    ));

  it('believes nothing of a text that was cut off or scrambled', () =>
    fc.assert(
      fc.property(pieces, fc.nat(10_000), fc.integer({ min: 1, max: 255 }), (all, at, flip) => {
        const journal = { sizeBytes: 1_000_000, digest, pieces: all };
        const text = Buffer.from(journalText(journal));
        const cut = text.subarray(0, at % (text.length - 1)).toString('latin1');
        assert.equal(parseJournal(cut), undefined);
        const index = at % (text.length - 1);
        text.writeUInt8(text.readUInt8(index) ^ flip, index);
        const scrambled = parseJournal(text.toString('latin1'));
        assert.ok(scrambled === undefined || isDeepStrictEqual(scrambled, journal));
      }),
    ));

  it('believes nothing of a text with a part doubled, turned into zeros, taken out or swapped', () => {
    const at = fc.nat(10_000);
    const how = fc.constantFrom('double', 'zeros', 'remove', 'swap', 'tail');
    fc.assert(
      fc.property(pieces, at, at, how, (all, first, second, damage) => {
        const journal = { sizeBytes: 1_000_000, digest, pieces: all };
        const text = journalText(journal);
        const [from = 0, to = 0] = [first, second]
          .map((offset) => offset % text.length)
          .sort((a, b) => a - b);
        const [head, middle, tail] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
        const damaged = {
          double: head + middle + middle + tail,
          zeros: head + '\0'.repeat(middle.length) + tail,
          remove: head + tail,
          swap: tail + middle + head,
          tail: text + tail,
        }[damage];
        const read = parseJournal(damaged);
        // Damage that only moves the end of a line leaves the same journal, word for word.
        const isSame = read !== undefined && journalText(read) === text;
        assert.ok(read === undefined || isSame);
      }),
      { numRuns: 300 },
    );
  });

  it('counts only for its own file, and only for bytes that are there', () => {
    const text = journalText({
      sizeBytes: 100,
      digest,
      pieces: [
        { start: 0, end: 50, sum: undefined },
        { start: 60, end: 70, sum: undefined },
      ],
    });
    assert.equal(usablePieces(text, { sizeBytes: 100, digest }, 100).length, 2);
    assert.equal(usablePieces(text, { sizeBytes: 100, digest }, 65).length, 1);
    assert.equal(usablePieces(text, { sizeBytes: 101, digest }, 100).length, 0);
    const other = { algorithm: 'sha256' as const, hex: 'b'.repeat(64) };
    assert.equal(usablePieces(text, { sizeBytes: 100, digest: other }, 100).length, 0);
    assert.equal(usablePieces(undefined, { sizeBytes: 100, digest }, 100).length, 0);
  });

  it('that is damaged on the disk leads to the right bytes all the same', async () => {
    const bench = await TransferBench.start(
      { 'a.bin': made(2000) },
      { pace: { bytesPerSecondTotal: 1e7 } },
    );
    try {
      const file = await bench.file('a.bin');
      for (const damage of ['', '{"version":1}', '\0\0\0']) {
        const first = bench.run([file]);
        await first.until(({ downloadedBytes }) => downloadedBytes > 400_000);
        first.transfer.pause();
        await first.outcome;
        await fs.writeFile(file.journalPath, damage);
        assert.deepEqual(await bench.run([file]).outcome, { kind: 'completed' });
        await bench.assertWhole(file);
        await fs.rm(file.partialPath);
        await fs.rm(file.journalPath);
      }
    } finally {
      await bench.close();
    }
  });
});

describe('the segment plan', () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant('take' as const), bytes: fc.integer({ min: 1, max: 400 }) }),
    fc.record({
      kind: fc.constant('write' as const),
      which: fc.nat(20),
      bytes: fc.integer({ min: 1, max: 200 }),
    }),
    fc.record({ kind: fc.constant('split' as const), which: fc.nat(20) }),
    fc.record({ kind: fc.constant('release' as const), which: fc.nat(20) }),
    fc.record({ kind: fc.constant('forget' as const), which: fc.nat(20) }),
  );

  it('never hands out a byte twice and never loses one', () =>
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const size = 3000;
        const plan = new SegmentPlan(size, [{ start: 100, end: 130, sum: undefined }], 256);
        const model = new Uint8Array(size).fill(0);
        model.fill(1, 100, 130);
        const segments: Segment[] = [];
        const pick = (which: number): Segment | undefined =>
          segments[which % Math.max(1, segments.length)];
        for (const one of actions) {
          if (one.kind === 'take') {
            const segment = plan.take(one.bytes);
            if (segment !== undefined) segments.push(segment);
          } else if (one.kind === 'write') {
            const segment = pick(one.which);
            if (segment === undefined) continue;
            const end = Math.min(segment.end, segment.position + one.bytes);
            if (end === segment.position) continue;
            assert.ok(model.subarray(segment.position, end).every((byte) => byte === 0));
            plan.wrote(segment.position, end, () => 0);
            model.fill(1, segment.position, end);
            segment.position = end;
          } else if (one.kind === 'split') {
            const segment = pick(one.which);
            const tail = segment === undefined ? undefined : plan.split(segment, 10);
            if (tail !== undefined) segments.push(tail);
          } else if (one.kind === 'release') {
            const [gone] = segments.splice(one.which % Math.max(1, segments.length), 1);
            if (gone !== undefined) plan.release(gone);
          } else if (segments.length === 0) {
            const all = plan.pieces();
            const piece = all[one.which % Math.max(1, all.length)];
            if (piece === undefined) continue;
            plan.forget([piece]);
            model.fill(0, piece.start, piece.end);
          }
          const written = model.reduce((sum, byte) => sum + byte, 0);
          assert.equal(plan.writtenBytes, written);
          const firstHole = model.indexOf(0);
          assert.equal(plan.frontier(), firstHole === -1 ? size : firstHole);
          const covered = plan.pieces().reduce((sum, { start, end }) => sum + end - start, 0);
          assert.equal(covered, written);
        }
        for (const segment of segments) plan.release(segment);
        const free = plan.unassigned().reduce((sum, { start, end }) => sum + end - start, 0);
        assert.equal(free + plan.writtenBytes, size);
      }),
      { numRuns: 300 },
    ));
});
