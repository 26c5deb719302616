import type { Segment, Transcription } from './transcriber';

/** The formats of an answer, by OpenAI's names. */
export const responseFormats = ['json', 'text', 'srt', 'vtt', 'verbose_json'] as const;

export type ResponseFormat = (typeof responseFormats)[number];

/** Whether a text names one of the {@link responseFormats}. */
export function isResponseFormat(text: string): text is ResponseFormat {
  return responseFormats.some((format) => format === text);
}

/**
 * The answer for `verbose_json`. Times are seconds. Clients with strict types need every field of a segment; what no
 * engine here reports (probabilities, tokens) has the value that no filter of such a client acts upon.
 */
export function verboseJson(
  { text, language, audioMs, segments }: Transcription,
  task: 'transcribe' | 'translate',
): object {
  return {
    task,
    language: languageName(task === 'translate' ? 'en' : language),
    duration: audioMs / 1000,
    text: text.trim(),
    segments: segments.map(({ startMs, endMs, text: cue }, id) => ({
      id,
      seek: Math.round(startMs / 10),
      start: startMs / 1000,
      end: endMs / 1000,
      text: cue,
      tokens: [],
      temperature: 0,
      avg_logprob: 0,
      compression_ratio: 1,
      no_speech_prob: 0,
    })),
  };
}

/** OpenAI names languages in English and lower case ("german"). */
function languageName(code: string | undefined): string {
  if (code === undefined) return 'unknown';
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(code)?.toLowerCase() ?? code;
  } catch {
    return code;
  }
}

/** Scripts that have no spaces between words, and so none between subtitles. */
const unspaced =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]';
const endsUnspaced = new RegExp(`${unspaced}\\p{P}*$`, 'u');
const beginsUnspaced = new RegExp(`^\\p{P}*${unspaced}`, 'u');

/** Turns segments into the deltas of a stream, whose sum reads as the text does. */
export class Deltas {
  #last = '';

  next(segments: readonly Segment[]): string {
    let delta = '';
    for (const { text } of segments) {
      const cue = text.trim();
      if (cue === '') continue;
      const isJoined = endsUnspaced.test(this.#last) && beginsUnspaced.test(cue);
      delta += this.#last === '' || isJoined ? cue : ` ${cue}`;
      this.#last = cue;
    }
    return delta;
  }
}
