import { isNoiseFloor } from './noiseFloor';
import { modelSampleRate } from './resampler';

/** A stretch of 16 kHz mono audio that is transcribed in one call of the engine. */
export interface Piece {
  /** From the start of the audio. */
  readonly startMs: number;
  readonly samples: Float32Array;
  /** The level of each of its frames, by the {@link Loudness} that it was cut with. */
  readonly levels: readonly number[];
}

/** Samples of one frame, the step in which the level is measured: 32 ms, the window of Silero's model. */
export const frameSamples = 512;

/** The level of a frame; with a voice detector it is almost 0 without speech. */
export type Loudness = (frame: Float32Array) => number;

/** Root mean square: 0 for digital silence, about 0.1 for speech close to a microphone. */
export const rootMeanSquare: Loudness = (frame) => {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, frame.length));
};

interface CutOptions {
  /**
   * The longest piece. Whisper uses the first 30 s of a piece and discards the rest (docs/model-formats.md section 7).
   */
  readonly longestMs: number;
  /** The earliest cut. */
  readonly shortestMs: number;
  /** A piece in which no frame is louder is skipped, and so is even noise: models invent words for both. */
  readonly silence: number;
}

export const defaultCut: CutOptions = { longestMs: 29_000, shortestMs: 14_000, silence: 0.0003 };

/** How pieces are cut for a model that takes no longer ones. */
export function cutFor(longestPieceMs = defaultCut.longestMs): CutOptions {
  const longestMs = Math.min(defaultCut.longestMs, longestPieceMs);
  return { ...defaultCut, longestMs, shortestMs: Math.min(defaultCut.shortestMs, longestMs / 2) };
}

/** Frames over which a pause is judged: about a fifth of a second. */
const pauseFrames = 6;

/**
 * Cuts a stream of samples into pieces at the quietest point between the shortest and the longest length, so
 * that words are rarely cut in two. Holds one piece in memory, whatever the file's length.
 */
export class PieceCutter {
  readonly #longest: number;
  readonly #shortest: number;
  readonly #silence: number;
  readonly #loudness: Loudness;
  readonly #buffer: Float32Array;
  #levels: number[] = [];
  #filled = 0;
  #startSample = 0;

  constructor(loudness: Loudness = rootMeanSquare, options: CutOptions = defaultCut) {
    this.#loudness = loudness;
    this.#silence = options.silence;
    this.#longest = framesOf(options.longestMs) * frameSamples;
    this.#shortest = framesOf(options.shortestMs) * frameSamples;
    this.#buffer = new Float32Array(this.#longest);
  }

  /** Takes a block of any length and returns the pieces that are complete. */
  push(block: Float32Array): Piece[] {
    const pieces: Piece[] = [];
    let taken = 0;
    while (taken < block.length) {
      const count = Math.min(block.length - taken, this.#longest - this.#filled);
      this.#buffer.set(block.subarray(taken, taken + count), this.#filled);
      this.#filled += count;
      taken += count;
      this.#measure();
      if (this.#filled === this.#longest) pieces.push(...this.#cut(this.#quietestCut()));
    }
    return pieces;
  }

  /** The end of the stream: returns the last piece. */
  finish(): Piece[] {
    const measured = this.#levels.length * frameSamples;
    if (measured < this.#filled) {
      const frame = new Float32Array(frameSamples);
      frame.set(this.#buffer.subarray(measured, this.#filled));
      this.#levels.push(this.#loudness(frame));
    }
    return this.#cut(this.#filled);
  }

  #measure(): void {
    while ((this.#levels.length + 1) * frameSamples <= this.#filled) {
      const at = this.#levels.length * frameSamples;
      this.#levels.push(this.#loudness(this.#buffer.subarray(at, at + frameSamples)));
    }
  }

  #quietestCut(): number {
    const last = this.#levels.length - pauseFrames;
    return quietestFrame(this.#levels, this.#shortest / frameSamples, last) * frameSamples;
  }

  #cut(length: number): Piece[] {
    const samples = this.#buffer.slice(0, length);
    const levels = this.#levels.splice(0, Math.ceil(length / frameSamples));
    const isSilent = levels.every((level) => level <= this.#silence) || isNoiseFloor(levels);
    const startMs = Math.round((this.#startSample * 1000) / modelSampleRate);
    this.#buffer.copyWithin(0, length, this.#filled);
    this.#filled -= length;
    this.#startSample += length;
    return isSilent ? [] : [{ startMs, samples, levels }];
  }
}

/** The middle of the quietest fifth of a second that begins between two frames; the last one of those that are equal. */
export function quietestFrame(levels: readonly number[], first: number, last: number): number {
  let best = last;
  let quietest = Number.POSITIVE_INFINITY;
  for (let frame = first; frame <= last; frame += 1) {
    let level = 0;
    for (let step = 0; step < pauseFrames; step += 1) level += levels[frame + step] ?? 0;
    if (level <= quietest) {
      quietest = level;
      best = frame;
    }
  }
  return best + pauseFrames / 2;
}

function framesOf(timeMs: number): number {
  return Math.max(pauseFrames * 2, Math.floor((timeMs * modelSampleRate) / 1000 / frameSamples));
}
