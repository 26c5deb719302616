import assert from 'node:assert/strict';
import { PieceCutter, cutFor, type Piece } from '../../../src/runtime/audio/pieceCutter';
import type { Engine } from '../../../src/runtime/process/engine';
import { hasSpeech, transcribeOrSplit } from '../../../src/runtime/process/transcribeOrSplit';
import { transcribeAudio } from '../../../src/runtime/process/transcribeAudio';

const call = { signal: new AbortController().signal, onText: (): void => undefined };

/** Something like speech: syllables of a fifth of a second, with a pause after each. */
function speech(seconds: number): Float32Array {
  return new Float32Array(seconds * 16_000).map((_, index) =>
    Math.floor(index / 3200) % 2 === 0 ? Math.sin(index / 9) * 0.3 : 0.001,
  );
}

function pieceOf(samples: Float32Array): Piece {
  const cutter = new PieceCutter();
  const [piece] = [...cutter.push(samples), ...cutter.finish()];
  assert.ok(piece !== undefined);
  return piece;
}

/**
 * An engine that gives the same words for each piece, and nothing for those that `fails` picks by length and first
 * sample.
 */
function engineThat(fails: (seconds: number, first: number) => boolean): Engine & {
  readonly transcribed: number[];
} {
  const transcribed: number[] = [];
  return {
    description: 'fake',
    onGpu: false,
    transcribed,
    transcribePiece(samples) {
      const seconds = samples.length / 16_000;
      transcribed.push(seconds);
      const text = fails(seconds, samples[0] ?? 0) ? '' : 'some words';
      return Promise.resolve({ text, parts: [] });
    },
  };
}

describe('a piece full of speech that gives no text', () => {
  it('is cut at its quietest place and transcribed again', async () => {
    const engine = engineThat((seconds) => seconds > 20);
    const transcribed = await transcribeOrSplit(engine, pieceOf(speech(24)), {}, call);
    assert.equal(transcribed.texts.length, 2);
    assert.deepEqual(transcribed.gaps, []);
    assert.equal(engine.transcribed.length, 3);
    assert.equal((engine.transcribed[1] ?? 0) + (engine.transcribed[2] ?? 0), 24);
    const [first, second] = transcribed.texts;
    assert.equal(second?.startMs, (first?.startMs ?? 0) + (first?.durationMs ?? 0));
  });

  it('is a gap with its times when its parts give none either', async () => {
    const samples = speech(24).fill(0.5, 0, 1);
    const engine = engineThat((seconds, first) => seconds > 20 || first === 0.5);
    const transcribed = await transcribeOrSplit(engine, pieceOf(samples), {}, call);
    const [gap, ...others] = transcribed.gaps;
    assert.deepEqual([gap?.startMs, others], [0, []]);
    assert.ok(gap !== undefined && gap.endMs < 12_000);
    assert.ok(transcribed.texts.length > 0);
  });

  it('is transcribed a bounded number of times', async () => {
    const engine = engineThat(() => true);
    const transcribed = await transcribeOrSplit(engine, pieceOf(speech(28)), {}, call);
    assert.equal(engine.transcribed.length, 7);
    assert.equal(transcribed.gaps.at(-1)?.endMs, 28_000);
  });

  it('is no reason to transcribe silence, noise, a hum or a short sound again', async () => {
    const noise = new Float32Array(160_000).map(() => Math.random() * 0.4 - 0.2);
    const hum = new Float32Array(160_000).map((_, index) => Math.sin(index / 50) * 0.3);
    const click = new Float32Array(160_000).fill(0.001).fill(0.5, 0, 800);
    for (const samples of [noise, hum, click]) {
      const engine = engineThat(() => true);
      const transcribed = await transcribeOrSplit(engine, pieceOf(samples), {}, call);
      assert.deepEqual([transcribed.gaps, engine.transcribed.length], [[], 1]);
    }
    assert.equal(hasSpeech(new Array<number>(100).fill(1.2)), true, 'a detector found speech');
  });

  it('leaves its mark between the segments, and none where there is no text at all', async () => {
    const order = { audio: { samples: speech(60) }, options: {} };
    let calls = 0;
    // The second piece of three, and the six parts of it that are transcribed again.
    const second = engineThat(() => (calls += 1) > 1 && calls <= 8);
    const some = await transcribeAudio(
      second,
      order,
      () => 1.2,
      () => undefined,
      call.signal,
    );
    assert.deepEqual(
      some.warnings.map(({ template }) => template),
      [
        'The model gave no text for {0} s of speech. The places are marked with […]; try another model.',
      ],
    );
    const texts = some.segments.map(({ text }) => text);
    assert.ok(
      texts.indexOf('[…]') > 0 && texts.lastIndexOf('[…]') < texts.length - 1,
      texts.join(),
    );
    assert.equal(texts.filter((text) => text === '[…]').length, some.gaps.length);
    const none = await transcribeAudio(
      engineThat(() => true),
      order,
      () => 1.2,
      () => undefined,
      call.signal,
    );
    assert.deepEqual(none.segments, []);
    assert.ok(none.gaps.length > 0);
  });

  it('pieces are no longer than what the model takes', async () => {
    const engine = { ...engineThat(() => false), longestPieceMs: 8000 };
    const order = { audio: { samples: speech(60) }, options: {} };
    await transcribeAudio(
      engine,
      order,
      () => 1.2,
      () => undefined,
      call.signal,
    );
    assert.ok(engine.transcribed.length >= 8);
    assert.ok(engine.transcribed.every((seconds) => seconds <= 8));
    assert.equal(cutFor(undefined).longestMs, 29_000);
  });
});
