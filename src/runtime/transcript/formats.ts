import { onOneLine, sentenceEnds, widthOf, wordsOf } from './breaks';
import { pauseMs } from './cues';
import type { Segment, Transcription } from './segment';

/** The file formats of a transcript. */
export type TranscriptFormat = 'text' | 'srt' | 'vtt' | 'json';

/** A wider subtitle gets two lines; wide characters count as two. */
const widestLine = 42;

/** The text of a transcript file. `text`: a line for each sentence; `srt`, `vtt`: subtitles; `json`: with all metadata. */
export function formatTranscript(transcription: Transcription, format: TranscriptFormat): string {
  const { text, language, audioMs } = transcription;
  const segments = transcription.segments.filter((segment) => segment.text.trim() !== '');
  switch (format) {
    case 'text':
      return textLines(text, segments)
        .map((line) => `${line}\n`)
        .join('');
    case 'srt':
      return segments
        .map((segment, index) => `${String(index + 1)}\n${srtCue(segment)}\n`)
        .join('\n');
    case 'vtt':
      return ['WEBVTT\n', ...segments.map((segment) => vttCue(segment))].join('\n');
    case 'json':
      return `${JSON.stringify(
        {
          language,
          durationMs: audioMs,
          text: text.trim(),
          segments: segments.map(({ startMs, endMs, text: cue }) => ({
            startMs,
            endMs,
            text: cue.trim(),
          })),
        },
        undefined,
        2,
      )}\n`;
  }
}

/** The text in lines: a new one after a sentence and after a pause. Within a line the spaces are the text's own. */
function textLines(text: string, segments: readonly Segment[]): string[] {
  const whole = onOneLine(text);
  const ends = sentenceEnds(whole);
  const lines: string[] = [];
  let line = '';
  let at = 0;
  segments.forEach((segment, index) => {
    const cue = onOneLine(segment.text).trim();
    const found = whole.indexOf(cue, at);
    const gap = found < 0 ? ' ' : whole.slice(at, found);
    const endedAt = found < 0 ? -1 : found;
    const pauses = segment.startMs - (segments[index - 1]?.endMs ?? segment.startMs) >= pauseMs;
    if (line !== '' && (pauses || ends.has(endedAt))) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? cue : gap + cue;
    if (found >= 0) at = found + cue.length;
  });
  return line === '' ? lines : [...lines, line];
}

/** An arrow between hyphens would make a line of text a line of times. */
function srtCue(segment: Segment): string {
  return `${span(segment, ',')}\n${cueText(segment.text).replaceAll('-->', '→')}`;
}

function vttCue(segment: Segment): string {
  const text = cueText(segment.text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return `${span(segment, '.')}\n${text}\n`;
}

/** On one line, or on two of about the same width. Line breaks of the text itself could begin a cue of their own. */
function cueText(text: string): string {
  const line = onOneLine(text).trim();
  if (widthOf(line) <= widestLine) return line;
  let first = '';
  let best = line;
  let narrowest = widthOf(line);
  for (const word of wordsOf(line, widestLine)) {
    first += word;
    const second = line.slice(first.length);
    const width = Math.max(widthOf(first.trimEnd()), widthOf(second));
    if (second === '' || width >= narrowest) continue;
    narrowest = width;
    best = `${first.trimEnd()}\n${second}`;
  }
  return best;
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
