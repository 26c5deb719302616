import type { Segment, Transcription } from './segment';

/** The file formats of a transcript. */
export type TranscriptFormat = 'text' | 'srt' | 'vtt' | 'json';

/** The text of a transcript file. `text`: a line for each segment; `srt`, `vtt`: subtitles; `json`: with all metadata. */
export function formatTranscript(transcription: Transcription, format: TranscriptFormat): string {
  const segments = transcription.segments.filter(({ text }) => text.trim() !== '');
  switch (format) {
    case 'text':
      return segments.map(({ text }) => `${text.trim()}\n`).join('');
    case 'srt':
      return segments
        .map(
          (segment, index) =>
            `${String(index + 1)}\n${span(segment, ',')}\n${cueText(segment.text)}\n`,
        )
        .join('\n');
    case 'vtt':
      return ['WEBVTT\n', ...segments.map((segment) => vttCue(segment))].join('\n');
    case 'json':
      return `${JSON.stringify(
        {
          language: transcription.language,
          durationMs: transcription.audioMs,
          text: segments.map(({ text }) => text.trim()).join(' '),
          segments: segments.map(({ startMs, endMs, text }) => ({
            startMs,
            endMs,
            text: text.trim(),
          })),
        },
        undefined,
        2,
      )}\n`;
  }
}

function vttCue(segment: Segment): string {
  const text = cueText(segment.text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return `${span(segment, '.')}\n${text}\n`;
}

/** A blank line would end the cue. */
function cueText(text: string): string {
  return text.trim().replace(/\s*[\r\n]+\s*/g, '\n');
}

function span({ startMs, endMs }: Segment, fraction: string): string {
  return `${timecode(startMs, fraction)} --> ${timecode(Math.max(endMs, startMs + 1), fraction)}`;
}

function timecode(timeMs: number, fraction: string): string {
  const whole = Math.max(0, Math.round(timeMs));
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = Math.floor(whole / 1000) % 60;
  return `${part(hours, 2)}:${part(minutes, 2)}:${part(seconds, 2)}${fraction}${part(whole % 1000, 3)}`;
}
