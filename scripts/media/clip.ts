/** Synthesises media/clip.wav. `npx tsx scripts/media/clip.ts`, from the root of the project, writes it. */
import { writeFileSync } from 'node:fs';

/** Formants of five vowels in Hz. */
const vowels = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
] as const;

const sampleRate = 8000;
const seconds = 10;
const syllableSeconds = 0.22;
const syllablesPerPhrase = 7;
const formantWidthHertz = 90;

/**
 * The bytes of media/clip.wav: 10 s of speech-like sound (a buzz through three moving formants, in syllables with
 * pauses), on which the speed of a model is measured. Synthetic, so it has no licence. 8 kHz, 16 bit, mono; the
 * same bytes every time.
 */
export function clip(): Buffer {
  const resonators = [0, 1, 2].map(() => resonator());
  let phase = 0;
  const samples = Array.from({ length: sampleRate * seconds }, (_, index) => {
    const time = index / sampleRate;
    const syllable = Math.floor(time / syllableSeconds);
    const within = (time % syllableSeconds) / syllableSeconds;
    const isPause = syllable % (syllablesPerPhrase + 1) === syllablesPerPhrase;
    phase = (phase + (115 + 20 * Math.sin(time * 2.1) - 8 * within) / sampleRate) % 1;
    const buzz = isPause ? 0 : (1 - 2 * phase) * Math.sin(Math.PI * within) ** 2;
    const from = vowel(syllable);
    const to = vowel(syllable * 3 + 1);
    return resonators.reduce((sum, resonate, formant) => {
      const start = from[formant] ?? 0;
      const hertz = start + ((to[formant] ?? 0) - start) * within;
      return sum + resonate(buzz, hertz) / (formant + 1);
    }, 0);
  });
  return wave(samples);
}

function vowel(number: number): readonly number[] {
  return vowels[number % vowels.length] ?? vowels[0];
}

/** A filter with two poles that lets one frequency through. */
function resonator(): (input: number, hertz: number) => number {
  const radius = Math.exp((-Math.PI * formantWidthHertz) / sampleRate);
  let last = 0;
  let beforeLast = 0;
  return (input, hertz) => {
    const turn = 2 * radius * Math.cos((2 * Math.PI * hertz) / sampleRate);
    const output = (1 - radius) * input + turn * last - radius * radius * beforeLast;
    beforeLast = last;
    last = output;
    return output;
  };
}

function wave(samples: readonly number[]): Buffer {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(Math.round((sample / peak) * 0.6 * 32_767), 44 + index * 2);
  });
  return bytes;
}

if (process.argv[1] === __filename) writeFileSync('media/clip.wav', clip());
