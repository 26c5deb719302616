import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { AsrError, Cancelled } from '../../common/asrError';
import { type LocalizedMessage, localized } from '../../common/localizedMessage';
import { readHead } from '../../common/readAt';
import type { AudioSource } from './audioSource';
import { modelSampleRate } from './resampler';

/** At most this many characters of ffmpeg's complaints go into the log. */
const longestComplaints = 2000;
/** Samples that a decoder leaves out at the ends, and rounding in a header, are no loss. */
const toleratedLossMs = 500;

/** An audio track of a file, as ffmpeg describes it. */
export interface AudioTrack {
  /** Counted from 0 among the audio tracks. */
  readonly index: number;
  /** The language code in the file, where it has one. */
  readonly language?: string;
  /** "aac (LC), 48000 Hz, stereo". */
  readonly description: string;
  readonly isDefault: boolean;
}

/**
 * The audio of any file as 16 kHz mono samples, on the clock of the recording: what begins late or is missing in between
 * is silence. ffmpeg is started with arguments, never by a shell; killed when the reader stops or `signal` aborts. The
 * blocks reject with `unsupported` when ffmpeg can't read the file, or Cancelled.
 */
export function readWithFfmpeg(
  ffmpegPath: string,
  audioPath: string,
  track: number | undefined,
  signal: AbortSignal,
): AudioSource {
  const report = new FfmpegReport();
  let truncated = false;
  return {
    get durationMs() {
      return report.durationMs;
    },
    get truncated() {
      return truncated;
    },
    blocks: (async function* blocks() {
      let samples = 0;
      for await (const block of decode(ffmpegPath, audioPath, track, report, signal)) {
        samples += block.length;
        yield block;
      }
      truncated = report.tellsOfLoss((samples * 1000) / modelSampleRate);
    })(),
  };
}

async function* decode(
  ffmpegPath: string,
  audioPath: string,
  track: number | undefined,
  report: FfmpegReport,
  signal: AbortSignal,
): AsyncGenerator<Float32Array, void, undefined> {
  const isStream = await isTransportStream(audioPath);
  const child = spawn(ffmpegPath, ffmpegArguments(audioPath, track, isStream), {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const ended = endOf(child);
  child.stderr.setEncoding('utf8').on('data', (text: string) => report.add(text));
  const abort = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of child.stdout) {
      if (!Buffer.isBuffer(chunk)) continue;
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % 4);
      rest = bytes.subarray(whole);
      if (whole > 0) yield floats(bytes.subarray(0, whole));
    }
    const { code, error } = await ended;
    if (signal.aborted) throw new Cancelled();
    if (code !== 0) throw refused(audioPath, report, error);
  } finally {
    signal.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
}

function endOf(child: ChildProcess): Promise<{ code: number | null; error?: Error }> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }));
    child.once('close', (code) => resolve({ code }));
  });
}

function refused(audioPath: string, report: FfmpegReport, error: Error | undefined): AsrError {
  const cause = error ?? new Error(report.complaints);
  return new AsrError('unsupported', refusalText(path.basename(audioPath), report, error), {
    cause,
  });
}

function refusalText(
  name: string,
  report: FfmpegReport,
  error: Error | undefined,
): LocalizedMessage {
  if (error !== undefined) {
    return localized(
      'ffmpeg could not be started. Install it again, or set asr.ffmpeg.path to the program.',
    );
  }
  return report.hasNoSound
    ? localized('{0} has no sound. Choose a file with an audio track.', name)
    : localized('ffmpeg could not read {0}. Check that it is an audio file.', name);
}

/**
 * The log of ffmpeg while it works. With `level+info` each line carries its level, so that a complaint can be
 * distinguished from a description of the file.
 */
class FfmpegReport {
  #line = '';
  #complaints = '';
  #isInput = false;
  #hasAudio = false;
  #isEstimate = false;
  /** The length that the file states. */
  durationMs: number | undefined;

  get complaints(): string {
    return this.#complaints.trim();
  }

  get hasNoSound(): boolean {
    return this.#isInput && !this.#hasAudio;
  }

  add(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  /**
   * Whether ffmpeg, which ends well also when a file is cut, has complained of that: in so many words, or of anything
   * while less came than the file says it has.
   */
  tellsOfLoss(readMs: number): boolean {
    this.#read(this.#line);
    if (this.complaints === '') return false;
    if (/ended prematurely|partial file|truncated|unexpected end/i.test(this.complaints)) {
      return true;
    }
    const saidMs = this.#isEstimate ? undefined : this.durationMs;
    return saidMs !== undefined && readMs < saidMs - toleratedLossMs;
  }

  #read(line: string): void {
    this.#isInput ||= line.includes('Input #0,');
    this.#hasAudio ||= /Stream #0:\d.*: Audio:/.test(line);
    this.#isEstimate ||= line.includes('Estimating duration from bitrate');
    this.durationMs ??= durationMs(line);
    const isComplaint = /\[(?:error|fatal|panic)\]/.test(line) || !/\[\w+\]/.test(line);
    if (isComplaint && this.#complaints.length < longestComplaints) {
      this.#complaints += `${line.slice(0, longestComplaints)}\n`;
    }
  }
}

/** "Duration: 00:01:02.34": centiseconds; undefined where there is none ("N/A"). */
function durationMs(line: string): number | undefined {
  const found = /^(?:\[\w+\])?\s*Duration: (\d+):(\d\d):(\d\d)\.(\d\d)/.exec(line);
  if (found === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0, hundredths = 0] = found.slice(1).map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + hundredths * 10;
}

/**
 * `file:` keeps ffmpeg from taking a colon in the name for a protocol. Without a track it takes the one that the file
 * calls its default. `aresample` fills what is missing and puts the first sample where the recording has it. Of a
 * transport stream ffmpeg takes the clock of the tracks that are used, so its picture is used too, for nothing.
 */
export function ffmpegArguments(
  audioPath: string,
  track?: number,
  isTransportStream = false,
): string[] {
  return [
    ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+info'],
    ['-i', `file:${audioPath}`, '-vn', '-sn', '-dn'],
    track === undefined ? [] : ['-map', `0:a:${String(track)}`],
    ['-af', 'aresample=async=1:first_pts=0'],
    ['-f', 'f32le', '-ac', '1', '-ar', String(modelSampleRate), 'pipe:1'],
    isTransportStream ? ['-map', '0:v?', '-map', '0:a?', '-c', 'copy', '-f', 'null', '-'] : [],
  ].flat();
}

/** MPEG's streams begin their packets of 188 bytes (192 with a time in front) with 0x47, its programs with a start code. */
async function isTransportStream(audioPath: string): Promise<boolean> {
  const head = Buffer.from(await readHead(audioPath, 200).catch(() => new Uint8Array()));
  const isPacket = (first: number, second: number): boolean =>
    head[first] === 0x47 && head[second] === 0x47;
  return isPacket(0, 188) || isPacket(4, 196) || head.subarray(0, 4).toString('hex') === '000001ba';
}

/** More than this is written of no file that has audio tracks to choose from. */
const longestDescription = 1_000_000;

/** The audio tracks of a file, without decoding it; empty when ffmpeg can't read it. */
export async function audioTracks(
  ffmpegPath: string,
  audioPath: string,
  signal: AbortSignal,
): Promise<readonly AudioTrack[]> {
  const child = spawn(ffmpegPath, ['-nostdin', '-hide_banner', '-i', `file:${audioPath}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
    signal,
    killSignal: 'SIGKILL',
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    if (text.length < longestDescription) text += more;
  });
  await endOf(child);
  if (signal.aborted) throw new Cancelled();
  const lines = [...text.matchAll(/^\s*Stream #0:\d+(?:\[\w+\])?(?:\((\w+)\))?: Audio: (.*)$/gm)];
  return lines.map(([, language, about = ''], index) => ({
    index,
    ...(language === undefined || language === 'und' ? {} : { language }),
    description: about
      .replace(/ \((?:0x\w+|\w+ \/ 0x\w+)\)| \(default\).*$/g, '')
      .split(', ')
      .slice(0, 3)
      .join(', '),
    isDefault: about.includes('(default)'),
  }));
}

function floats(bytes: Buffer): Float32Array {
  const samples = new Float32Array(bytes.length / 4);
  for (let index = 0; index < samples.length; index += 1) {
    const value = bytes.readFloatLE(index * 4);
    samples[index] = Number.isFinite(value) ? value : 0;
  }
  return samples;
}
