import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatTranscript, type Transcription } from '../../../src/runtime';

const transcription: Transcription = {
  text: ' Hello there. a\n\nb <i> & c --> d late',
  segments: [
    { startMs: 0, endMs: 1300, text: ' Hello there.' },
    { startMs: 2000, endMs: 2000, text: 'a\n\nb <i> & c --> d' },
    { startMs: 3_600_001.4, endMs: 3_661_002, text: 'late' },
    { startMs: 5, endMs: 6, text: '  ' },
  ],
  gaps: [],
  language: 'en',
  audioMs: 3_700_000,
  elapsedMs: 10,
  truncated: false,
  warnings: [],
};

describe('a transcription is written as text, SRT, VTT and JSON', () => {
  it('text', () =>
    assert.equal(
      formatTranscript(transcription, 'text'),
      'Hello there.\na  b <i> & c --> d\nlate\n',
    ));
  it('SRT', () =>
    assert.equal(
      formatTranscript(transcription, 'srt'),
      [
        '1\n00:00:00,000 --> 00:00:01,300\nHello there.\n',
        '2\n00:00:02,000 --> 00:00:02,001\na  b <i> & c → d\n',
        '3\n01:00:00,001 --> 01:01:01,002\nlate\n',
      ].join('\n'),
    ));
  it('VTT, with what would be markup escaped', () =>
    assert.equal(
      formatTranscript(transcription, 'vtt'),
      [
        'WEBVTT\n',
        '00:00:00.000 --> 00:00:01.300\nHello there.\n',
        '00:00:02.000 --> 00:00:02.001\na  b &lt;i&gt; &amp; c --&gt; d\n',
        '01:00:00.001 --> 01:01:01.002\nlate\n',
      ].join('\n'),
    ));
  it('JSON, which parses back', () => {
    const parsed: unknown = JSON.parse(formatTranscript(transcription, 'json'));
    assert.deepEqual(parsed, {
      language: 'en',
      durationMs: 3_700_000,
      text: 'Hello there. a\n\nb <i> & c --> d late',
      segments: [
        { startMs: 0, endMs: 1300, text: 'Hello there.' },
        { startMs: 2000, endMs: 2000, text: 'a\n\nb <i> & c --> d' },
        { startMs: 3_600_001.4, endMs: 3_661_002, text: 'late' },
      ],
    });
  });
  it('nothing said is an empty file of its kind', () => {
    const silent = { ...transcription, text: '', segments: [] };
    assert.equal(formatTranscript(silent, 'text'), '');
    assert.equal(formatTranscript(silent, 'srt'), '');
    assert.equal(formatTranscript(silent, 'vtt'), 'WEBVTT\n');
  });
  it('a long subtitle is on two lines of about the same width, in every script', () => {
    const cue = (text: string): string[] => {
      const one = { ...transcription, text, segments: [{ startMs: 0, endMs: 1000, text }] };
      return formatTranscript(one, 'srt').trimEnd().split('\n').slice(2);
    };
    assert.deepEqual(cue('The quick brown fox jumps over the lazy dog, and then it sleeps.'), [
      'The quick brown fox jumps over',
      'the lazy dog, and then it sleeps.',
    ]);
    for (const text of [
      '今天天气很好，我们一起去公园散步，然后回家吃饭看电视吧。',
      'วันนี้อากาศดีมากเราไปเดินเล่นที่สวนสาธารณะกันเถอะนะครับ',
    ]) {
      const lines = cue(text);
      assert.equal(lines.length, 2, text);
      assert.equal(lines.join(''), text);
    }
  });
  it('a text has its own spaces within a line, and a new line after a sentence or a pause', () => {
    const text = 'hello world 今天 good morning. Dr. Who  is here 好。再见';
    const segments = [
      { startMs: 0, endMs: 900, text: 'hello world 今天' },
      { startMs: 900, endMs: 2000, text: 'good morning.' },
      { startMs: 2000, endMs: 3000, text: 'Dr. Who  is' },
      { startMs: 4000, endMs: 5000, text: 'here 好。' },
      { startMs: 5000, endMs: 6000, text: '再见' },
    ];
    assert.equal(
      formatTranscript({ ...transcription, text, segments }, 'text'),
      'hello world 今天 good morning.\nDr. Who  is\nhere 好。\n再见\n',
    );
  });
  it('no segment, whatever it says, adds a cue of its own', () => {
    const forged = fc.constantFrom(
      '\n',
      '\r',
      '\u2028',
      '\u0085',
      '\n\n2\n',
      '00:00:09,000 --> 00:00:10,000',
      'WEBVTT',
      ' ',
      'x',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(forged).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const one = { ...transcription, text, segments: [{ startMs: 0, endMs: 1000, text }] };
        for (const format of ['srt', 'vtt'] as const) {
          const file = formatTranscript(one, format);
          const cues = file.split('\n\n').slice(format === 'vtt' ? 1 : 0);
          assert.ok(cues.filter((cue) => cue.trim() !== '').length <= 1);
          assert.ok(file.split('-->').length <= 2, file);
          assert.ok(file.split(/[\r\u0085\u2028\u2029]/).length === 1);
        }
      }),
    );
  });
});
