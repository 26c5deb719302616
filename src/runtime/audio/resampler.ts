/** The sample rate that every model expects, mono (docs/model-formats.md section 7). */
export const modelSampleRate = 16_000;

/** Zero crossings of the sinc on each side, and the share of the narrower band that passes untouched. */
const zeroCrossings = 24;
const passBand = 0.92;
const kaiserBeta = 7;

/**
 * Changes the sample rate of a stream by a windowed sinc: exact rational phases, so that no drift builds up over
 * hours. Feed blocks with {@link push}, then take the rest with {@link finish}.
 */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #halfWidth: number;
  readonly #cutoff: number;
  readonly #filters = new Map<number, Float64Array>();
  #buffer: Float32Array;
  #filled: number;
  /** The input sample, in the buffer, that the next output lies after, and the phase between it and the next. */
  #index: number;
  #phase = 0;
  #received = 0;
  #produced = 0;

  constructor(fromHz: number, toHz: number = modelSampleRate) {
    const divisor = greatestCommonDivisor(fromHz, toHz);
    this.#up = toHz / divisor;
    this.#down = fromHz / divisor;
    this.#cutoff = Math.min(1, toHz / fromHz) * passBand;
    this.#halfWidth = Math.ceil(zeroCrossings / this.#cutoff);
    this.#buffer = new Float32Array(this.#halfWidth * 4);
    this.#filled = this.#halfWidth;
    this.#index = this.#halfWidth;
  }

  /** Takes the next block of input and returns the output that it completes. */
  push(block: Float32Array): Float32Array {
    this.#received += block.length;
    if (this.#up === this.#down) return block;
    return this.#process(block);
  }

  /** The end of the stream: the output's length becomes exactly the input's length times the ratio. */
  finish(): Float32Array {
    if (this.#up === this.#down) return new Float32Array(0);
    const wanted = Math.round((this.#received * this.#up) / this.#down) - this.#produced;
    return this.#process(new Float32Array(this.#halfWidth * 2 + 2)).subarray(
      0,
      Math.max(0, wanted),
    );
  }

  #process(block: Float32Array): Float32Array {
    this.#append(block);
    const available = this.#filled - this.#halfWidth - this.#index;
    const output = new Float32Array(
      Math.max(0, Math.ceil((available * this.#up) / this.#down) + 1),
    );
    let count = 0;
    while (this.#index + this.#halfWidth < this.#filled && count < output.length) {
      output[count] = this.#sample();
      count += 1;
      this.#phase += this.#down;
      this.#index += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    this.#produced += count;
    this.#discardUsed();
    return output.subarray(0, count);
  }

  #sample(): number {
    const filter = this.#filterOf(this.#phase);
    const buffer = this.#buffer;
    const start = this.#index - this.#halfWidth + 1;
    let sum = 0;
    for (let tap = 0; tap < filter.length; tap += 1) {
      sum += (buffer[start + tap] ?? 0) * (filter[tap] ?? 0);
    }
    return sum;
  }

  #filterOf(phase: number): Float64Array {
    const known = this.#filters.get(phase);
    if (known !== undefined) return known;
    const filter = new Float64Array(this.#halfWidth * 2);
    const fraction = phase / this.#up;
    let sum = 0;
    for (let tap = 0; tap < filter.length; tap += 1) {
      const distance = tap - this.#halfWidth + 1 - fraction;
      const value = sinc(distance * this.#cutoff) * kaiser(distance / this.#halfWidth);
      filter[tap] = value;
      sum += value;
    }
    for (let tap = 0; tap < filter.length; tap += 1) filter[tap] = (filter[tap] ?? 0) / sum;
    this.#filters.set(phase, filter);
    return filter;
  }

  #append(block: Float32Array): void {
    const needed = this.#filled + block.length;
    if (needed > this.#buffer.length) {
      const larger = new Float32Array(needed * 2);
      larger.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = larger;
    }
    this.#buffer.set(block, this.#filled);
    this.#filled = needed;
  }

  #discardUsed(): void {
    const unused = Math.min(this.#index - this.#halfWidth, this.#filled);
    if (unused <= 0) return;
    this.#buffer.copyWithin(0, unused, this.#filled);
    this.#filled -= unused;
    this.#index -= unused;
  }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel0(kaiserBeta * Math.sqrt(1 - x * x)) / bessel0(kaiserBeta);
}

/** The modified Bessel function of order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
