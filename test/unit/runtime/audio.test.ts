import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, truncate } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { clip } from '../../../scripts/media/clip';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import { isProcessRunning } from '../../../src/common/process';
import { openAudio } from '../../../src/runtime/audio/audioSource';
import { ffmpegArguments } from '../../../src/runtime/audio/ffmpeg';
import { findFfmpeg, findProgram, usualFolders } from '../../../src/runtime/audio/findFfmpeg';
import { PieceCutter } from '../../../src/runtime/audio/pieceCutter';
import { Resampler } from '../../../src/runtime/audio/resampler';
import { compandedSamples, openWave } from '../../../src/runtime/audio/waveFile';
import { clipPath, TempFolder } from './support';
import { wave, type WaveOptions } from './waveFile';

const folder = new TempFolder();
const never = new AbortController().signal;
beforeEach(() => folder.create());
afterEach(() => folder.remove());

async function samplesOf(bytes: Uint8Array): Promise<Float32Array> {
  const source = await openAudio(await folder.write('a.wav', bytes), {}, never);
  return joined(source.blocks);
}

async function joined(blocks: AsyncIterable<Float32Array>): Promise<Float32Array> {
  const all: number[] = [];
  for await (const block of blocks) for (const sample of block) all.push(sample);
  return Float32Array.from(all);
}

/** How much of a sine of this frequency is in the middle of the samples: 1 for a sine of amplitude 1. */
function strength(samples: Float32Array, hertz: number, sampleRate = 16_000): number {
  const middle = samples.subarray(samples.length * 0.2, samples.length * 0.8);
  let re = 0;
  let im = 0;
  middle.forEach((sample, index) => {
    const angle = (2 * Math.PI * hertz * index) / sampleRate;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
  });
  return (2 * Math.hypot(re, im)) / middle.length;
}

describe('a WAV file of any rate, width and channel count becomes 16 kHz mono', () => {
  const widths = [
    ['8 bit', { bits: 8 }, 0.02],
    ['16 bit', { bits: 16 }, 0.001],
    ['24 bit', { bits: 24 }, 0.001],
    ['32 bit', { bits: 32 }, 0.001],
    ['32 bit float', { bits: 32, float: true }, 0.001],
    ['64 bit float', { bits: 64, float: true }, 0.001],
    ['20 bit in 24', { bits: 24, validBits: 20, extensible: true }, 0.001],
    ['extensible 16 bit', { bits: 16, extensible: true }, 0.001],
    ['extensible float', { bits: 32, float: true, extensible: true }, 0.001],
    ['A-law', { bits: 8, law: 'aLaw' }, 0.005],
    ['µ-law', { bits: 8, law: 'muLaw' }, 0.005],
    ['extensible µ-law stereo', { bits: 8, law: 'muLaw', channels: 2, extensible: true }, 0.005],
    ['stereo', { channels: 2 }, 0.001],
    ['six channels', { channels: 6, extensible: true }, 0.001],
    ['with other chunks before and an odd one', { before: [['LIST', 7]] }, 0.001],
    ['RF64', { rf64: true }, 0.001],
    ['with an unknown data size', { dataSize: 0xffffffff }, 0.001],
    ['with a data size of zero', { dataSize: 0 }, 0.001],
    ['with the data size of a pipe', { dataSize: 0x7ffff000 }, 0.001],
    ['with a frame size of one sample', { channels: 2, frameBytes: 2 }, 0.001],
    ['with a frame size that is too large', { frameBytes: 8 }, 0.001],
    ['with a frame size of zero', { bits: 24, frameBytes: 0 }, 0.001],
  ] as const satisfies readonly (readonly [string, WaveOptions, number])[];
  for (const [name, options, tolerance] of widths) {
    it(name, async () => {
      const samples = await samplesOf(wave({ seconds: 1, hertz: 440, ...options }));
      assert.equal(samples.length, 16_000);
      assert.ok(Math.abs(strength(samples, 440) - 0.5) < tolerance, String(strength(samples, 440)));
    });
  }

  for (const sampleRate of [
    8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000, 15_999,
  ]) {
    it(`${String(sampleRate)} Hz`, async () => {
      const samples = await samplesOf(wave({ seconds: 2, hertz: 1000, sampleRate }));
      assert.ok(Math.abs(samples.length - 32_000) <= 1, String(samples.length));
      assert.ok(Math.abs(strength(samples, 1000) - 0.5) < 0.002);
      assert.ok(strength(samples, 1700) < 0.002);
    });
  }

  it('the ends and the middle of A-law and µ-law are those of G.711', () => {
    const values = (law: 'aLaw' | 'muLaw', codes: readonly number[]): number[] =>
      codes.map((code) => (compandedSamples(law)[code] ?? 0) * 32_768);
    assert.deepEqual(values('muLaw', [0x00, 0x80, 0xff, 0x7f, 0xfe]), [-32_124, 32_124, 0, -0, 8]);
    assert.deepEqual(values('aLaw', [0x2a, 0xaa, 0xd5, 0x55]), [-32_256, 32_256, 8, -8]);
  });

  it('drops what 16 kHz can’t hold instead of folding it back', async () => {
    const samples = await samplesOf(wave({ seconds: 1, hertz: 10_000, sampleRate: 48_000 }));
    assert.ok(strength(samples, 6000) < 0.001, String(strength(samples, 6000)));
  });

  it('keeps what lies below 6.7 kHz', async () => {
    const samples = await samplesOf(wave({ seconds: 1, hertz: 6700, sampleRate: 44_100 }));
    assert.ok(Math.abs(strength(samples, 6700) - 0.5) < 0.02, String(strength(samples, 6700)));
  });

  it('reads the bundled clip, which is the script’s', async () => {
    assert.deepEqual(await readFile(clipPath), clip());
    const source = await openAudio(clipPath, {}, never);
    assert.equal(source.durationMs, 10_000);
    const samples = await joined(source.blocks);
    assert.equal(samples.length, 160_000);
    assert.ok(samples.some((sample) => Math.abs(sample) > 0.3));
  });

  it('turns numbers that are none into silence', async () => {
    const bytes = wave({ seconds: 0.1, bits: 32, float: true });
    bytes.writeFloatLE(Number.NaN, bytes.length - 8);
    bytes.writeFloatLE(Number.POSITIVE_INFINITY, bytes.length - 4);
    const samples = await samplesOf(bytes);
    assert.ok(samples.every((sample) => Number.isFinite(sample)));
  });
});

describe('a damaged WAV file is read as far as it goes, or refused in a sentence', () => {
  const refused = async (bytes: Uint8Array | string, text: RegExp): Promise<void> => {
    const file = await folder.write('bad.wav', bytes);
    await assert.rejects(openAudio(file, {}, never), (error) => {
      assert.ok(error instanceof AsrError);
      assert.equal(error.code, 'unsupported');
      assert.match(error.message, text);
      return true;
    });
  };

  it('cut in the middle: gives the part that is there, and says so', async () => {
    const bytes = wave({ seconds: 2 });
    const file = await folder.write('cut.wav', bytes.subarray(0, bytes.length / 2));
    const source = await openAudio(file, {}, never);
    assert.equal(source.truncated, true);
    assert.ok(Math.abs((source.durationMs ?? 0) - 1000) < 5);
    const { length } = await joined(source.blocks);
    assert.ok(Math.abs(length / 16 - (source.durationMs ?? 0)) < 1);
  });

  /** Whether a file is reported as cut short, and its length in milliseconds. */
  const extent = async (file: string): Promise<readonly [boolean, number]> => {
    const opened = await openWave(file);
    assert.ok(typeof opened !== 'string', JSON.stringify(opened));
    await opened.close();
    return [opened.truncated, (opened.frames * 1000) / opened.format.sampleRate];
  };

  it('a size that stands for an unknown one, or counts the header, is no sign of a cut', async () => {
    for (const dataSize of [
      0, 0x7ffff000, 0x7fffefff, 0x7fffffff, 0x7fffffdb, 0x80000000, 0xffffffff, 0xffffffdb, 32_044,
    ]) {
      const file = await folder.write('pipe.wav', wave({ seconds: 1, dataSize }));
      assert.deepEqual(await extent(file), [false, 1000], String(dataSize));
    }
    const long = wave({ seconds: 1, rf64: true });
    for (const size of [-1n, 0n]) {
      long.writeBigInt64LE(size, long.indexOf('ds64') + 16);
      assert.deepEqual(await extent(await folder.write('long.wav', long)), [false, 1000]);
    }
    const cut = await folder.write('cut.wav', wave({ seconds: 1, dataSize: 64_000 }));
    assert.deepEqual(await extent(cut), [true, 1000]);
  });

  it('over 4 GiB, where the size has lost its upper bits or is a writer’s largest: all of it', async () => {
    const wholeBytes = 2 ** 32 + 320_000;
    for (const dataSize of [320_000, 0xffffffff, 0x7ffff000, 1_000_000]) {
      const head = wave({ seconds: 0, dataSize });
      const file = await folder.write('huge.wav', head);
      await truncate(file, head.length + wholeBytes);
      assert.deepEqual(await extent(file), [false, wholeBytes / 32], String(dataSize));
    }
  });

  it('other content, no format, no data, compressed, senseless', async () => {
    await refused('ID3 not a wave file', /is not a WAV file\. Install ffmpeg/);
    await refused('', /contains no audio/);
    await refused(wave({ seconds: 1 }).subarray(0, 20), /damaged WAV/);
    await refused(wave({ seconds: 1 }).subarray(0, 36), /contains no audio/);
    await refused(wave({ seconds: 1, tag: 2 }), /compressed WAV file\. Install ffmpeg/);
    await refused(wave({ seconds: 0.1, sampleRate: 3 }), /damaged WAV/);
    await refused(wave({ seconds: 0.1, bits: 24, frameBytes: 4 }), /damaged WAV/);
  });

  it('any bytes at all: samples or a sentence, never a crash', async () => {
    const whole = wave({ seconds: 0.01 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 12 }),
        fc.nat(whole.length),
        async (changes, length) => {
          const bytes = Buffer.from(whole.subarray(0, length));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const file = await folder.write('fuzz.wav', bytes);
          const opened = await openWave(file);
          if (typeof opened === 'string') return;
          const samples = await joined(opened.blocks());
          assert.equal(samples.length, opened.frames);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the resampler', () => {
  it('gives the same samples however the stream is cut into blocks', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(8000, 11_025, 44_100, 48_000),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 8 }),
        (rate, lengths) => {
          const total = lengths.reduce((sum, length) => sum + length, 0);
          const input = new Float32Array(total).map((_, index) => Math.sin(index / 5));
          const whole = resample(rate, [input]);
          let at = 0;
          const blocks = lengths.map((length) => input.slice(at, (at += length)));
          assert.deepEqual(resample(rate, blocks), whole);
          assert.equal(whole.length, Math.round((total * 16_000) / rate));
        },
      ),
      { numRuns: 60 },
    ));
});

function resample(rate: number, blocks: readonly Float32Array[]): number[] {
  const resampler = new Resampler(rate);
  const output = blocks.flatMap((block) => [...resampler.push(block)]);
  return [...output, ...resampler.finish()];
}

describe('long audio is cut at silences', () => {
  const rate = 16_000;
  const speech = (seconds: number): Float32Array =>
    new Float32Array(seconds * rate).map((_, index) => Math.sin(index / 7) * 0.2);
  const silence = (seconds: number): Float32Array => new Float32Array(seconds * rate);
  const concat = (...parts: Float32Array[]): Float32Array =>
    Float32Array.from(parts.flatMap((part) => [...part]));

  it('in the pause, not in a word', () => {
    const cutter = new PieceCutter();
    const pieces = [...cutter.push(concat(speech(20), silence(1), speech(20))), ...cutter.finish()];
    assert.equal(pieces.length, 2);
    const cutMs = pieces[1]?.startMs ?? 0;
    assert.ok(cutMs > 20_000 && cutMs < 21_000, String(cutMs));
  });

  it('even in speech without a pause, at 29 s at the latest', () => {
    const cutter = new PieceCutter();
    const pieces = [...cutter.push(speech(100)), ...cutter.finish()];
    assert.ok(pieces.every(({ samples }) => samples.length <= 29 * rate));
    assert.equal(
      pieces.reduce((sum, { samples }) => sum + samples.length, 0),
      100 * rate,
    );
  });

  it('leaves out pieces of silence and keeps the time of what follows', () => {
    const cutter = new PieceCutter();
    const pieces = [...cutter.push(concat(silence(60), speech(5))), ...cutter.finish()];
    assert.equal(pieces.length, 1);
    const [piece] = pieces;
    assert.ok(piece !== undefined && piece.startMs <= 60_000 && piece.startMs > 25_000);
    assert.equal(piece.startMs + piece.samples.length / 16, 65_000);
  });

  const noise = (seconds: number, level: number, step = 0): Float32Array => {
    let seed = 1;
    return new Float32Array(seconds * rate).map(() => {
      seed = (seed * 48_271) % 2_147_483_647;
      const value = (seed / 2_147_483_647 - 0.5) * 2 * level;
      return step === 0 ? value : Math.round(value / step) * step;
    });
  };
  /** Syllables of a fifth of a second with a pause after every fifth of them. */
  const syllables = (seconds: number, level: number): Float32Array =>
    speech(seconds).map((sample, index) => {
      const syllable = Math.floor(index / (0.2 * rate));
      return syllable % 5 === 4
        ? 0
        : (sample / 0.2) * level * Math.sin((index * Math.PI) / (0.2 * rate));
    });
  const floors: readonly (readonly [string, Float32Array])[] = [
    ['hiss at -65 dBFS', noise(60, 0.001)],
    ['hiss at -45 dBFS', noise(60, 0.01)],
    ['8 bits that flicker', noise(60, 0.008, 1 / 128)],
    ['8 bits with a rare tick', noise(60, 0.003915, 1 / 128)],
    ['the hum of a wire', speech(60).map((sample) => sample * 0.05)],
  ];
  for (const [name, samples] of floors) {
    it(`${name} is not speech`, () => {
      const cutter = new PieceCutter();
      assert.deepEqual([...cutter.push(samples), ...cutter.finish()], []);
    });
  }

  it('quiet speech is, also over hiss', () => {
    for (const level of [0.002, 0.005, 0.02, 0.2]) {
      const hiss = noise(20, level / 10);
      const samples = syllables(20, level).map((sample, index) => sample + (hiss[index] ?? 0));
      const cutter = new PieceCutter();
      assert.equal([...cutter.push(samples), ...cutter.finish()].length, 1, String(level));
    }
  });

  it('gives every sample once and in order, however the stream is cut into blocks', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 30 }), (lengths) => {
        const options = { longestMs: 800, shortestMs: 300, silence: -1 };
        const cutter = new PieceCutter(undefined, options);
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const input = new Float32Array(total).map((_, index) => index + 1);
        let at = 0;
        const pieces = lengths.flatMap((length) => cutter.push(input.slice(at, (at += length))));
        pieces.push(...cutter.finish());
        assert.deepEqual(
          pieces.flatMap(({ samples }) => [...samples]),
          [...input],
        );
        let start = 0;
        for (const piece of pieces) {
          assert.equal(piece.startMs, Math.round(start / 16));
          start += piece.samples.length;
        }
      }),
      { numRuns: 50 },
    ));
});

describe('other formats go through ffmpeg', () => {
  const env = (): Record<string, string> => ({ PATH: `relative:${folder.path}/bin:/nowhere` });

  /** A stand-in that writes one second of samples, or complains: a script by its first line, which Windows starts none by. */
  async function fakeFfmpeg(script: string): Promise<string> {
    const file = await folder.write('bin/ffmpeg', `#!${process.execPath}\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  beforeEach(function () {
    const isScript = !(this.currentTest?.title ?? '').includes('Windows');
    if (process.platform === 'win32' && isScript) this.skip(); // It has no programs by `#!`.
  });

  it('which is looked for on PATH, in absolute folders only', async () => {
    assert.equal(await findProgram('ffmpeg', env(), 'linux'), undefined);
    const file = await fakeFfmpeg('');
    assert.equal(await findProgram('ffmpeg', env(), 'linux'), file);
    await chmod(file, 0o644);
    assert.equal(await findProgram('ffmpeg', env(), 'linux'), undefined);
    assert.equal(await findProgram('ffmpeg', {}, 'linux'), undefined);
    await rename(file, `${folder.path}/elsewhere`);
    await mkdir(`${folder.path}/bin/ffmpeg`);
    assert.equal(await findProgram('ffmpeg', env(), 'linux'), undefined, 'a folder is no program');
  });

  it('which Windows may have in quotes, under any spelling of PATH', async () => {
    const file = await folder.write('with;semicolon/ffmpeg.exe', '');
    await chmod(file, 0o755);
    const Path = `C:\\x;"${folder.path}/with;semicolon";`;
    assert.equal(await findProgram('ffmpeg', { Path }, 'win32'), file);
  });

  it('which lies where Homebrew and Windows’ installers put it, when PATH has none', async () => {
    assert.ok(usualFolders({}, 'darwin').includes('/opt/homebrew/bin'));
    const homebrew = await fakeFfmpeg('');
    const usual = ['/nowhere', path.dirname(homebrew)];
    assert.equal(await findFfmpeg('', { PATH: '/usr/bin-none' }, 'darwin', usual), homebrew);
    assert.equal(
      await findFfmpeg('', { PATH: '/usr/bin-none' }, 'darwin', ['/nowhere']),
      undefined,
    );
    const winget = await folder.write('local/Microsoft/WinGet/Links/ffmpeg.exe', '');
    await chmod(winget, 0o755);
    const env = { LOCALAPPDATA: `${folder.path}/local` };
    assert.equal(await findFfmpeg('', env, 'win32'), winget);
    assert.equal(await findFfmpeg('', {}, 'win32'), undefined);
  });

  it('which a setting names: the program or its folder; a wrong one is reported', async () => {
    const file = await fakeFfmpeg('');
    assert.equal(await findFfmpeg(file, {}, 'linux'), file);
    assert.equal(await findFfmpeg(`${folder.path}/bin`, {}, 'linux'), file);
    assert.equal(await findFfmpeg('', env(), 'linux'), file);
    await assert.rejects(findFfmpeg('bin/ffmpeg', env(), 'linux'), /asr\.ffmpeg\.path/);
    await assert.rejects(findFfmpeg(`${folder.path}/none`, env(), 'linux'), /asr\.ffmpeg\.path/);
  });

  it('which gets the file as one argument and gives samples', async () => {
    const ffmpeg = await fakeFfmpeg(
      `const samples = new Float32Array(16001).fill(0.25);
       const name = process.argv[process.argv.indexOf('-i') + 1];
       if (!name.endsWith("it's $(a) \\"song\\".mp3")) process.exit(3);
       process.stdout.write(Buffer.from(samples.buffer));`,
    );
    const audio = await folder.write('it\'s $(a) "song".mp3', 'compressed');
    const source = await openAudio(audio, { ffmpegPath: ffmpeg }, never);
    const samples = await joined(source.blocks);
    assert.equal(samples.length, 16_001);
    assert.equal(samples[16_000], 0.25);
    assert.ok(ffmpegArguments(audio).includes(`file:${audio}`));
  });

  it('whose complaint becomes a sentence', async () => {
    const ffmpeg = await fakeFfmpeg(`console.error('Invalid data found'); process.exit(1);`);
    const audio = await folder.write('broken.mp3', 'compressed');
    const source = await openAudio(audio, { ffmpegPath: ffmpeg }, never);
    await assert.rejects(joined(source.blocks), (error) => {
      assert.ok(error instanceof AsrError && error.cause instanceof Error);
      assert.match(error.message, /ffmpeg could not read broken\.mp3/);
      assert.match(error.cause.message, /Invalid data found/);
      return true;
    });
  });

  it('which is ended by a cancel, even when it says nothing', async () => {
    const ffmpeg = await fakeFfmpeg(
      `require('node:fs').writeFileSync(${JSON.stringify(`${folder.path}/pid`)}, String(process.pid));
       process.stdout.write(Buffer.alloc(64000));
       setInterval(() => {}, 1000);`,
    );
    const abort = new AbortController();
    const audio = await folder.write('silent.mp3', 'x');
    const source = await openAudio(audio, { ffmpegPath: ffmpeg }, abort.signal);
    const read = async (): Promise<void> => {
      for await (const block of source.blocks) if (block.length > 0) abort.abort();
    };
    await assert.rejects(read(), Cancelled);
    const pid = Number(await readFile(`${folder.path}/pid`, 'utf8'));
    while (isProcessRunning(pid)) await new Promise((resolve) => setImmediate(resolve));
  });

  it('which is ended when no more samples are wanted', async () => {
    const ffmpeg = await fakeFfmpeg(
      `require('node:fs').writeFileSync(${JSON.stringify(`${folder.path}/pid`)}, String(process.pid));
       const block = Buffer.alloc(64000);
       const more = () => process.stdout.write(block, more);
       more();`,
    );
    const source = await openAudio(
      await folder.write('endless.mp3', 'x'),
      { ffmpegPath: ffmpeg },
      never,
    );
    for await (const block of source.blocks) if (block.length > 0) break;
    const pid = Number(await readFile(`${folder.path}/pid`, 'utf8'));
    while (isProcessRunning(pid)) await new Promise((resolve) => setImmediate(resolve));
  });
});
