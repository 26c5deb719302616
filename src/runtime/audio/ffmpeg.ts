import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { AsrError, Cancelled } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import { modelSampleRate } from './resampler';

/** At most this much of ffmpeg's error output goes into the log. */
const longestErrorOutput = 2000;

/**
 * The absolute path of a program on `PATH`, or undefined. Relative folders are skipped: they would run
 * a program from whatever the current folder is.
 */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  const isWindows = platform === 'win32';
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(isWindows ? ';' : ':');
  const fileName = isWindows ? `${name}.exe` : name;
  for (const folder of folders) {
    if (!path.isAbsolute(folder)) continue;
    const candidate = path.join(folder, fileName);
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return candidate;
  }
  return undefined;
}

/**
 * Converts any audio file to 16 kHz mono samples with ffmpeg, block by block. Started with arguments, never by a shell;
 * killed when the reader stops or `signal` aborts. Rejects with `unsupported` when ffmpeg can't read the file, or Cancelled.
 */
export async function* readWithFfmpeg(
  ffmpegPath: string,
  audioPath: string,
  signal: AbortSignal,
): AsyncGenerator<Float32Array, void, undefined> {
  const child = spawn(ffmpegPath, ffmpegArguments(audioPath), {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const ended = new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }));
    child.once('close', (code) => resolve({ code }));
  });
  let errorOutput = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (errorOutput.length < longestErrorOutput) errorOutput += text;
  });
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
    if (code !== 0) {
      throw new AsrError(
        'unsupported',
        localized(
          'ffmpeg could not read {0}. Check that it is an audio file.',
          path.basename(audioPath),
        ),
        { cause: error ?? new Error(errorOutput.trim().slice(0, longestErrorOutput)) },
      );
    }
  } finally {
    signal.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
}

/** `file:` keeps ffmpeg from taking a colon in the name for a protocol. */
export function ffmpegArguments(audioPath: string): string[] {
  return [
    ['-nostdin', '-hide_banner', '-loglevel', 'error'],
    ['-i', `file:${audioPath}`, '-vn', '-map', '0:a:0'],
    ['-f', 'f32le', '-ac', '1', '-ar', String(modelSampleRate), 'pipe:1'],
  ].flat();
}

function floats(bytes: Buffer): Float32Array {
  const samples = new Float32Array(bytes.length / 4);
  for (let index = 0; index < samples.length; index += 1) {
    const value = bytes.readFloatLE(index * 4);
    samples[index] = Number.isFinite(value) ? value : 0;
  }
  return samples;
}
