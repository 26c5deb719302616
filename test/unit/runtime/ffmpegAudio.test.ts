import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat, truncate } from 'node:fs/promises';
import { promisify } from 'node:util';
import { AsrError } from '../../../src/common/asrError';
import { openAudio, type AudioSource } from '../../../src/runtime/audio/audioSource';
import { audioTracks } from '../../../src/runtime/audio/ffmpeg';
import { findProgram } from '../../../src/runtime/audio/findFfmpeg';
import { TempFolder } from './support';
import { wave, type WaveOptions } from './waveFile';

const run = promisify(execFile);
const never = new AbortController().signal;
const rate = 16_000;

/** Real recordings, made and judged by the ffmpeg that is installed. */
describe('audio that ffmpeg reads', function () {
  this.timeout(300_000);
  const folder = new TempFolder();
  let ffmpegPath = '';

  before(async function () {
    const found = await findProgram('ffmpeg', process.env, process.platform);
    if (found === undefined) {
      console.log('      ffmpeg is not installed on this machine: nothing to compare with');
      this.skip();
    }
    ffmpegPath = found;
  });
  beforeEach(() => folder.create());
  afterEach(() => folder.remove());

  const file = (name: string): string => `${folder.path}/${name}`;
  const make = async (name: string, ...options: readonly string[]): Promise<string> => {
    await run(ffmpegPath, ['-nostdin', '-v', 'error', '-y', ...options, file(name)]);
    return file(name);
  };
  const sine = (hertz: number, seconds: number): string[] => [
    ...['-f', 'lavfi', '-i', `sine=f=${String(hertz)}:d=${String(seconds)}:r=${String(rate)}`],
  ];
  const picture = (seconds: number): string[] => [
    ...['-f', 'lavfi', '-i', `color=size=64x48:rate=5:duration=${String(seconds)}`],
  ];
  const read = async (source: AudioSource): Promise<Float32Array> => {
    const all: number[] = [];
    for await (const block of source.blocks) for (const sample of block) all.push(sample);
    return Float32Array.from(all);
  };
  const open = (path: string, track?: number): Promise<AudioSource> =>
    openAudio(path, { ffmpegPath, track }, never);
  /** Seconds that are not silent, to a twentieth. */
  const heard = (samples: Float32Array): readonly number[] => {
    const step = rate / 20;
    const steps = Array.from({ length: Math.ceil(samples.length / step) }, (_, index) =>
      samples.subarray(index * step, (index + 1) * step).some((sample) => Math.abs(sample) > 0.02),
    );
    return [...steps, false].flatMap((loud, index) =>
      loud === (steps[index - 1] ?? false) ? [] : [index / 20],
    );
  };
  const isClose = (actual: readonly number[], expected: readonly number[]): void => {
    const message = `${actual.join(' ')} instead of ${expected.join(' ')}`;
    assert.equal(actual.length, expected.length, message);
    for (const [index, value] of actual.entries()) {
      assert.ok(Math.abs(value - (expected[index] ?? 0)) <= 0.15, message);
    }
  };
  const crossings = (samples: Float32Array): number =>
    samples.reduce(
      (sum, sample, index) => sum + Number(sample > 0 && (samples[index - 1] ?? 0) <= 0),
      0,
    );

  const headers: readonly (readonly [string, WaveOptions])[] = [
    ['8 bit', { bits: 8 }],
    ['16 bit', {}],
    ['24 bit', { bits: 24 }],
    ['32 bit', { bits: 32 }],
    ['float', { bits: 32, float: true }],
    ['64 bit float', { bits: 64, float: true }],
    ['A-law', { bits: 8, law: 'aLaw' }],
    ['µ-law', { bits: 8, law: 'muLaw' }],
    ['stereo', { channels: 2 }],
    ['a frame size of one sample in stereo', { channels: 2, frameBytes: 2 }],
    ['a frame size of both samples in mono', { frameBytes: 4 }],
    ['a frame size of zero', { frameBytes: 0 }],
    ['RF64', { rf64: true }],
    ['the size of a pipe', { dataSize: 0x7ffff000 }],
    ['an unknown size', { dataSize: 0xffffffff }],
    ['extensible', { extensible: true, bits: 24 }],
  ];
  for (const [name, options] of headers) {
    it(`a WAV file has the samples that ffmpeg reads: ${name}`, async () => {
      const path = await folder.write('a.wav', wave({ seconds: 1, ...options }));
      const ours = await read(await openAudio(path, {}, never));
      // ffmpeg makes a mono of stereo that is louder by 3 dB; the mean is what it is compared with.
      const mean = options.channels === 2 ? ['-af', 'pan=mono|c0=0.5*c0+0.5*c1'] : [];
      const raw = await make('a.f32', '-i', path, ...mean, '-f', 'f32le', '-ar', String(rate));
      const bytes = await readFile(raw);
      assert.equal(ours.length, bytes.length / 4);
      for (const [index, sample] of ours.entries()) {
        const theirs = bytes.readFloatLE(index * 4);
        assert.ok(
          Math.abs(sample - theirs) < 1e-4,
          `${String(index)}: ${String(sample)} ${String(theirs)}`,
        );
      }
    });
  }

  const containers: readonly (readonly [string, ...string[]])[] = [
    ['mp3'],
    ['m4a'],
    ['aac'],
    ['flac'],
    ['ogg', '-c:a', 'libvorbis'],
    ['oga', '-c:a', 'flac'],
    ['opus'],
    ['wma'],
    ['aiff'],
    ['caf'],
    ['au'],
    ['w64'],
    ['mka'],
    ['mkv'],
    ['webm', '-c:a', 'libopus'],
    ['mp4'],
    ['m4v', '-f', 'mp4', '-c:a', 'aac'],
    ['mov'],
    ['avi'],
    ['ts'],
    ['mpg'],
    ['flv', '-ar', '44100'],
    ['3gp', '-c:a', 'aac'],
  ];
  for (const [ending, ...options] of containers) {
    it(`.${ending} decodes, whole, at its own speed and without a warning`, async () => {
      const path = await make(`a.${ending}`, ...sine(440, 3), ...options);
      const source = await open(path);
      const samples = await read(source);
      assert.ok(Math.abs(samples.length / rate - 3) < 0.2, String(samples.length / rate));
      assert.ok(Math.abs(crossings(samples.subarray(rate, 2 * rate)) - 440) < 5);
      assert.equal(source.truncated, false);
      if (source.durationMs !== undefined) assert.ok(Math.abs(source.durationMs - 3000) < 300);
    });
  }

  for (const ending of ['mkv', 'mov', 'ts', 'mp4']) {
    it(`a track that begins at 5 s is placed at 5 s: ${ending}`, async () => {
      const path = await make(
        `late.${ending}`,
        ...picture(8),
        ...['-itsoffset', '5'],
        ...sine(440, 2),
        ...['-map', '0:v', '-map', '1:a'],
      );
      isClose(heard(await read(await open(path))), [5, 7]);
    });
  }

  it('a missing stretch in the middle stays a pause', async () => {
    const path = await make(
      'gap.mkv',
      ...sine(440, 4),
      ...['-af', 'asetpts=if(gte(T\\,2)\\,PTS+3/TB\\,PTS)', '-c:a', 'pcm_s16le'],
    );
    isClose(heard(await read(await open(path))), [0, 2, 5, 7]);
  });

  for (const [ending, ...options] of [
    ['webm', '-c:a', 'libopus'],
    ['mkv'],
    ['mp4', '-movflags', '+faststart'],
  ]) {
    it(`a recording that was cut says so, though ffmpeg ends well: ${String(ending)}`, async () => {
      const path = await make(`cut.${String(ending)}`, ...sine(440, 6), ...options);
      await truncate(path, Math.round((await stat(path)).size * 0.4));
      const source = await open(path);
      const samples = await read(source);
      assert.ok(samples.length < 5 * rate, String(samples.length));
      assert.equal(source.truncated, true);
    });
  }

  it('a picture that is longer than its sound is not a cut', async () => {
    const source = await open(await make('long.mkv', ...picture(9), ...sine(440, 2)));
    await read(source);
    assert.equal(source.truncated, false);
  });

  it('of several tracks the default one is read, or the chosen one', async () => {
    const path = await make(
      'two.mkv',
      ...sine(440, 2),
      ...sine(880, 2),
      ...[
        '-map',
        '0',
        '-map',
        '1',
        '-metadata:s:a:0',
        'language=deu',
        '-metadata:s:a:1',
        'language=eng',
      ],
      ...['-disposition:a:0', '0', '-disposition:a:1', 'default'],
    );
    const hertz = async (track?: number): Promise<number> =>
      crossings(await read(await open(path, track))) / 2;
    assert.ok(Math.abs((await hertz()) - 880) < 20);
    assert.ok(Math.abs((await hertz(0)) - 440) < 20);
    const tracks = await audioTracks(ffmpegPath, path, never);
    assert.deepEqual(
      tracks.map(({ index, language, isDefault }) => [index, language, isDefault]),
      [
        [0, language(tracks, 0, 'deu'), false],
        [1, 'eng', true],
      ],
    );
    assert.match(tracks[0]?.description ?? '', /16000 Hz, mono/);
  });

  const sentences: readonly (readonly [string, () => Promise<string>, RegExp])[] = [
    ['a video without sound', () => make('mute.mp4', ...picture(1)), /mute\.mp4 has no sound/],
    ['an empty file', () => folder.write('empty.mp3', ''), /empty\.mp3 contains no audio/],
    ['no recording at all', () => folder.write('a.mp3', 'text'), /ffmpeg could not read a\.mp3/],
  ];
  for (const [name, path, sentence] of sentences) {
    it(`${name} is reported in a sentence`, async () => {
      const reading = async (): Promise<unknown> => read(await open(await path()));
      await assert.rejects(
        reading,
        (error) => error instanceof AsrError && sentence.test(error.message),
      );
    });
  }

  it('a program that can’t be started is not the recording’s fault', async () => {
    const path = await folder.write('a.mp3', 'x');
    const source = await openAudio(path, { ffmpegPath: file('none') }, never);
    await assert.rejects(read(source), /ffmpeg could not be started.*asr\.ffmpeg\.path/);
  });
});

/** Matroska may write a language in its older, bibliographic code. */
function language(
  tracks: readonly { readonly language?: string }[],
  index: number,
  code: string,
): string {
  const found = tracks[index]?.language;
  return code === 'deu' && found === 'ger' ? 'ger' : code;
}
