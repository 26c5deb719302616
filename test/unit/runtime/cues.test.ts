import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatTranscript, type Segment, type Transcription } from '../../../src/runtime';
import { onOneLine, sentenceEnds, widthOf, wordsOf } from '../../../src/runtime/transcript/breaks';
import { cuesOf, type PieceText } from '../../../src/runtime/transcript/cues';
import type { TimedPart } from '../../../src/runtime/transcript/partTimes';
import { hasFfprobe, packetsOf } from './ffprobe';
import { TempFolder } from './support';

const limits = { maxMs: 7000, maxCharacters: 84 };

/** A text as an engine reports it: tokens that begin `seconds` after the piece. */
function timed(text: string, tokens: readonly (readonly [string, number])[]): PieceText {
  return {
    text,
    parts: tokens.map(([token, seconds]) => ({ text: token, startMs: seconds * 1000 })),
  };
}

/** Each character of a text as a token, `everySeconds` apart, with a pause after each of `pauses`. */
function spelled(
  text: string,
  everySeconds: number,
  pauses: Readonly<Record<string, number>> = {},
) {
  let at = 0;
  const tokens = Array.from(text).map((character): [string, number] => {
    const here = at;
    at += everySeconds + (pauses[character] ?? 0);
    return [character, here];
  });
  return { piece: timed(text, tokens), durationMs: at * 1000 };
}

const texts = (cues: readonly Segment[]): string[] => cues.map(({ text }) => text);

describe('a text is cut into subtitles', () => {
  it('at the end of a sentence and at a pause', () => {
    const piece = timed('It works. Now we wait here', [
      [' It', 0],
      [' works', 0.4],
      ['.', 0.6],
      [' Now', 1],
      [' we', 1.2],
      [' wait', 1.4],
      [' here', 4],
    ]);
    assert.deepEqual(cuesOf(piece, 10_000, 6000), [
      { startMs: 10_000, endMs: 11_000, text: 'It works.' },
      { startMs: 11_000, endMs: 12_000, text: 'Now we wait' },
      { startMs: 14_000, endMs: 15_000, text: 'here' },
    ]);
  });

  it('in languages without spaces: four Chinese sentences with long pauses are four subtitles', () => {
    const text = '今天天气很好。我们去公园吧。你想吃什么？晚上见！';
    const { piece, durationMs } = spelled(text, 0.2, { '。': 4, '？': 4 });
    assert.deepEqual(texts(cuesOf(piece, 0, durationMs)), [
      '今天天气很好。',
      '我们去公园吧。',
      '你想吃什么？',
      '晚上见！',
    ]);
  });

  it('at pauses and between words where no punctuation is written: Chinese and Thai', () => {
    const chinese = spelled('今天天气很好我们去公园', 0.2, { 好: 15 });
    assert.deepEqual(texts(cuesOf(chinese.piece, 0, chinese.durationMs)), [
      '今天天气很好',
      '我们去公园',
    ]);
    const sentence = 'วันนี้อากาศดีมากเราไปเดินเล่นที่สวนสาธารณะกันเถอะนะครับ';
    const thai = spelled(sentence, 0.3);
    const cues = cuesOf(thai.piece, 0, thai.durationMs);
    assert.ok(cues.length > 1);
    assert.equal(texts(cues).join(''), sentence);
    const words = wordsOf(sentence);
    let rest = words;
    for (const cue of cues) {
      const whole = rest.findIndex((_, index) => rest.slice(0, index + 1).join('') === cue.text);
      assert.ok(whole >= 0, `${cue.text} ends within a word`);
      rest = rest.slice(whole + 1);
    }
  });

  it('never within a word, and not after an abbreviation', () => {
    const word = timed('transcription', [
      [' trans', 0],
      ['crip', 0.9],
      ['tion', 1.8],
    ]);
    assert.equal(cuesOf(word, 0, 20_000).length, 1);
    const doctor = 'Dr. Smith and J. R. Miller of the U.S. came.';
    const { piece, durationMs } = spelled(doctor, 0.1);
    assert.deepEqual(texts(cuesOf(piece, 0, durationMs)), [doctor]);
  });

  it('with the engine’s own spaces between scripts', () => {
    const mixed = timed('hello world 今天 good morning', [
      ['▁hello', 0],
      ['▁world', 0.4],
      ['▁今', 0.8],
      ['天', 1],
      ['▁good', 1.4],
      ['▁morning', 1.8],
    ]);
    assert.deepEqual(texts(cuesOf(mixed, 0, 3000)), ['hello world 今天 good morning']);
  });

  it('of an engine that reports sentences with their ends', () => {
    const parts: TimedPart[] = [
      { text: ' One moment.', startMs: 500, endMs: 2300 },
      { text: ' Two of them.', startMs: 2000, endMs: 99_000 },
    ];
    const cues = cuesOf({ text: ' One moment. Two of them.', parts }, 0, 6000);
    assert.deepEqual(cues, [
      { startMs: 500, endMs: 2000, text: 'One moment.' },
      { startMs: 2000, endMs: 6000, text: 'Two of them.' },
    ]);
  });

  it('that are spread over the piece by length where the model reports no times', () => {
    const short = 'This one is short.';
    const long =
      'And this other sentence is a good deal longer than that, as anybody can see at a glance.';
    const text = `${short} ${long} ${short}`;
    const cues = cuesOf({ text, parts: [] }, 1000, 12_000);
    assert.equal(texts(cues).join(' '), text);
    const [first] = cues;
    assert.ok(first !== undefined);
    assert.deepEqual([first.startMs, first.text], [1000, short]);
    assert.equal(cues.at(-1)?.endMs, 13_000);
    assert.ok(Math.abs(first.endMs - 1000 - (12_000 * 15) / 103) < 200, String(first.endMs));
    assert.ok(cues.length >= 4);
  });

  it('that are not cut into words where a silent piece has only a few', () => {
    assert.deepEqual(cuesOf({ text: 'hello model', parts: [] }, 0, 29_000), [
      { startMs: 0, endMs: 7000, text: 'hello model' },
    ]);
  });

  it('that ignore times that can’t be right', () => {
    const text = 'first words and then last words';
    const spread = cuesOf({ text, parts: [] }, 0, 5000);
    const words = text.split(' ');
    for (const startMs of [0, Number.NaN, 3_600_000]) {
      const parts = words.map((word) => ({ text: word, startMs }));
      assert.deepEqual(cuesOf({ text, parts }, 0, 5000), spread, String(startMs));
    }
    const others = words.map((_, index) => ({ text: '\ufffd', startMs: index * 1000 }));
    assert.deepEqual(cuesOf({ text, parts: others }, 0, 5000), spread);
  });

  it('as empty text gives none', () => {
    assert.deepEqual(cuesOf({ text: ' \n ', parts: [] }, 0, 1000), []);
  });

  it('whose line breaks are spaces, so that none can begin a subtitle of its own', () => {
    const text = 'one\n\n2\n00:00:09,000 --> 00:00:10,000\nforged';
    const cues = cuesOf({ text, parts: [] }, 0, 5000);
    assert.ok(texts(cues).every((cue) => !/[\r\n]/.test(cue)));
  });
});

describe('sentences end', () => {
  const sentences = (text: string): string[] => {
    const ends = [...sentenceEnds(text)].sort((a, b) => a - b);
    return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end).trim());
  };
  for (const [language, all] of [
    ['English', ['It is late.', 'Is it?', 'Yes!', '“Go now.”', 'He left at 3.5 percent.']],
    ['Chinese', ['你好。', '我们走吧！', '真的吗？', '是。']],
    ['Arabic', ['كيف حالك؟', 'أنا بخير.', 'شكرا!']],
    ['Urdu', ['آپ کیسے ہیں؟', 'میں ٹھیک ہوں۔', 'شکریہ۔']],
    ['Hindi', ['आप कैसे हैं।', 'ठीक है।']],
  ] as const) {
    it(`in ${language}`, () => {
      const separator = language === 'Chinese' ? '' : ' ';
      assert.deepEqual(sentences(all.join(separator)), all);
    });
  }
  it('not at an abbreviation, an initial or an ordinal', () => {
    for (const text of [
      'Dr. Smith met Mr. Jones and Prof. Li.',
      'J. K. Rowling left the U.S. Embassy.',
      'Das war z. B. Herr Dr. Maier am 3. Mai.',
      'Mme. Dupont vs. St. John.',
    ]) {
      assert.deepEqual(sentences(text), [text]);
    }
  });
});

describe('words in every script', () => {
  it('joined are the text, and none is wider than asked for', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 20, max: 60 }),
        (text, width) => {
          const words = wordsOf(text, width);
          assert.equal(words.join(''), text);
        },
      ),
    ));
  it('are cut between characters where they are too wide', () => {
    const words = wordsOf('x'.repeat(200), 84);
    assert.deepEqual(
      words.map((word) => word.length),
      [84, 84, 32],
    );
  });
  it('keep their punctuation', () => {
    assert.deepEqual(wordsOf('“Oui” ? Non !'), ['“Oui” ? ', 'Non !']);
    assert.deepEqual(wordsOf('你好，（世界）。'), ['你好，', '（世界）。']);
  });
});

/** Words of four scripts, with what engines put between them. */
const languages = {
  English: [
    'the',
    'model',
    'Dr.',
    'listens',
    'to',
    'recordings,',
    'always.',
    'Really?',
    'supercalifragilistic',
  ],
  Chinese: ['今天', '天气', '很好，', '我们', '去', '公园。', '你', '想', '吃', '什么？'],
  Arabic: ['كيف', 'حالك؟', 'أنا', 'بخير،', 'والحمد', 'لله.', 'وداعا'],
  Thai: ['วันนี้', 'อากาศ', 'ดี', 'มาก ', 'เรา', 'ไป', 'เดินเล่น'],
} as const;
type Language = keyof typeof languages;
const languageNames = Object.keys(languages) as readonly Language[];

interface Spoken {
  readonly language: Language;
  readonly piece: PieceText;
  readonly durationMs: number;
}

/** A piece as one of the engines reports it: with times of tokens, of sentences, with wrong ones, or without. */
function spoken(language: Language): fc.Arbitrary<Spoken> {
  const word = fc.record({
    word: fc.constantFrom(...languages[language]),
    gapMs: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 9000 })),
    lengthMs: fc.integer({ min: 0, max: 2000 }),
    split: fc.boolean(),
  });
  return fc
    .record({
      words: fc.array(word, { minLength: 1, maxLength: 60 }),
      kind: fc.constantFrom('tokens', 'ends', 'none', 'wrong'),
      tailMs: fc.integer({ min: 0, max: 3000 }),
    })
    .map(({ words, kind, tailMs }) => {
      const space = language === 'English' || language === 'Arabic' ? ' ' : '';
      let at = 0;
      const parts = words.flatMap(({ word: text, gapMs, lengthMs, split }): TimedPart[] => {
        at += gapMs;
        const startMs = kind === 'wrong' ? (gapMs * 977) % 40_000 : at;
        const end = kind === 'ends' ? { endMs: startMs + lengthMs } : {};
        return split && kind !== 'ends'
          ? [
              { text: space + text.slice(0, 1), startMs },
              { text: text.slice(1), startMs: startMs + 10 },
            ]
          : [{ text: space + text, startMs, ...end }];
      });
      const text = words.map(({ word: each }) => space + each).join('');
      return {
        language,
        piece: { text, parts: kind === 'none' ? [] : parts },
        durationMs: Math.max(1, at + tailMs),
      };
    });
}

const anySpoken = fc.oneof(...languageNames.map((language) => spoken(language)));

const bare = (text: string): string => text.replace(/\s+/gu, '');

/** The transcription of pieces one after the other. */
function transcriptionOf(pieces: readonly Spoken[]): Transcription {
  let at = 0;
  const segments = pieces.flatMap(({ piece, durationMs }) => {
    const cues = cuesOf(piece, at, durationMs, limits);
    at += durationMs;
    return cues;
  });
  const text = pieces.map(({ piece }) => piece.text.trim()).join(' ');
  return { text, segments, gaps: [], audioMs: at, elapsedMs: 1, truncated: false, warnings: [] };
}

function checkCues({ text, segments, audioMs }: Transcription): void {
  assert.equal(bare(segments.map((cue) => cue.text).join('')), bare(text), 'lost or doubled');
  segments.forEach((cue, index) => {
    const { startMs, endMs } = cue;
    assert.ok(Number.isInteger(startMs) && Number.isInteger(endMs));
    assert.ok(endMs > startMs, JSON.stringify(cue));
    assert.ok(startMs >= (segments[index - 1]?.endMs ?? 0), 'overlap');
    assert.ok(endMs <= audioMs, `${String(endMs)} of ${String(audioMs)}`);
    assert.ok(text.includes(cue.text), `other spaces than the engine's: ${cue.text}`);
  });
}

describe('the subtitles of any piece', () => {
  for (const language of languageNames) {
    it(`are ordered, do not overlap, lie in the audio, lose and double nothing: ${language}`, () =>
      fc.assert(
        fc.property(fc.array(spoken(language), { minLength: 1, maxLength: 3 }), (pieces) => {
          const transcription = transcriptionOf(pieces);
          checkCues(transcription);
          for (const { startMs, endMs, text } of transcription.segments) {
            if (transcription.audioMs > 100) assert.ok(endMs - startMs <= limits.maxMs);
            if (transcription.audioMs > 100) assert.ok(widthOf(text) <= limits.maxCharacters, text);
          }
        }),
      ));
  }

  it('hold for any text and any times', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.record({ text: fc.string(), startMs: fc.double(), endMs: fc.double() })),
        fc.integer({ min: 1, max: 30_000 }),
        (text, parts, durationMs) => {
          const segments = cuesOf({ text, parts }, 0, durationMs, limits);
          const clean = onOneLine(text);
          checkCues({
            text: clean,
            segments,
            gaps: [],
            audioMs: durationMs,
            elapsedMs: 1,
            truncated: false,
            warnings: [],
          });
        },
      ),
    ));

  it('obey other limits', () =>
    fc.assert(
      fc.property(anySpoken, ({ piece, durationMs }) => {
        for (const cue of cuesOf(piece, 0, durationMs + 1000, { maxMs: 3000, maxCharacters: 30 })) {
          assert.ok(cue.endMs - cue.startMs <= 3000);
          assert.ok(widthOf(cue.text) <= 30, cue.text);
        }
      }),
    ));
});

describe('ffprobe reads the subtitles back', () => {
  const folder = new TempFolder();
  beforeEach(() => folder.create());
  afterEach(() => folder.remove());
  for (const format of ['srt', 'vtt'] as const) {
    for (const language of languageNames) {
      it(`${format}, ${language}`, async function () {
        if (!hasFfprobe()) {
          console.log('      ffprobe is not installed: what it would read is not compared');
          this.skip();
        }
        const transcription = transcriptionOf(fc.sample(spoken(language), 20));
        const file = await folder.write(`a.${format}`, formatTranscript(transcription, format));
        const expected = transcription.segments.map(({ startMs, endMs }) => ({ startMs, endMs }));
        assert.deepEqual(packetsOf(file), expected);
      });
    }
  }
});
