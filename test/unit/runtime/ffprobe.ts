import { execFileSync } from 'node:child_process';

/** Whether ffprobe is installed here. */
export function hasFfprobe(): boolean {
  try {
    execFileSync('ffprobe', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The subtitles of a file as ffprobe reads them. */
export function packetsOf(
  file: string,
): readonly { readonly startMs: number; readonly endMs: number }[] {
  const entries = ['-show_entries', 'packet=pts_time,duration_time', '-of', 'csv=p=0'];
  const output = execFileSync('ffprobe', ['-v', 'error', ...entries, file], { encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const [start = Number.NaN, length = Number.NaN] = line.split(',').map(Number);
      return { startMs: Math.round(start * 1000), endMs: Math.round((start + length) * 1000) };
    });
}
