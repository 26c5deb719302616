import { findFfmpeg } from '../../src/runtime/audio/findFfmpeg';
import { runCommand } from '../process/runCommand';

/** A picture of an animation, and how long it is seen. */
export interface FilmFrame {
  /** The path of a PNG file. */
  readonly path: string;
  readonly milliseconds: number;
}

/** The path of ffmpeg. Rejects with a sentence on how to get it. */
export async function requireFfmpeg(): Promise<string> {
  const found = await findFfmpeg('', process.env, process.platform);
  if (found !== undefined) return found;
  throw new Error(
    'The pictures are compressed and animated by ffmpeg. Install it (Debian, Ubuntu: `sudo apt-get install ffmpeg`), ' +
      'or put it on PATH.',
  );
}

const quiet = ['-nostdin', '-hide_banner', '-v', 'error', '-y'];

/** Writes a PNG with the 256 colours that fit it best: a window has few, and the file is a third of the size. */
export async function reducePng(ffmpeg: string, source: string, target: string): Promise<void> {
  await runCommand(ffmpeg, pngArguments(source, target));
}

export function pngArguments(source: string, target: string): readonly string[] {
  const filter = 'split[a][b];[a]palettegen=max_colors=256[p];[b][p]paletteuse=dither=none';
  return [...quiet, '-i', source, '-vf', filter, '-frames:v', '1', '-update', '1', target];
}

/** Writes an animated GIF that repeats; `listPath` is a {@link frameList}. */
export async function encodeGif(ffmpeg: string, listPath: string, target: string): Promise<void> {
  await runCommand(ffmpeg, gifArguments(listPath, target));
}

export function gifArguments(listPath: string, target: string): readonly string[] {
  // Without dithering a part of the window that does not change is not stored again.
  const filter =
    'split[a][b];[a]palettegen=max_colors=128:stats_mode=full[p];' +
    '[b][p]paletteuse=dither=none:diff_mode=rectangle';
  const input = ['-f', 'concat', '-safe', '0', '-i', listPath];
  return [...quiet, ...input, '-vf', filter, '-fps_mode', 'vfr', '-loop', '0', target];
}

/**
 * The list that ffmpeg's concat demuxer reads. The last frame is named twice, each time with half of its time: the encoder
 * gives the end of a film the time of the frame before it.
 */
export function frameList(frames: readonly FilmFrame[]): string {
  const last = frames.at(-1);
  const parts = frames.flatMap((frame) => {
    if (frame !== last) return [frame];
    const half = { ...frame, milliseconds: frame.milliseconds / 2 };
    return [half, half];
  });
  const lines = parts.flatMap(({ path, milliseconds }) => [
    `file '${path.replaceAll("'", "'\\''")}'`,
    `duration ${(milliseconds / 1000).toFixed(2)}`,
  ]);
  return ['ffconcat version 1.0', ...lines, ''].join('\n');
}
