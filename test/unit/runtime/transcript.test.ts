import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatTranscript, type Transcription } from '../../../src/runtime';
import { splitTokens } from '../../../src/runtime/transcript/splitTokens';

const transcription: Transcription = {
  segments: [
    { startMs: 0, endMs: 1500, text: ' Hello there.' },
    { startMs: 2000, endMs: 2000, text: 'a\n\nb <i> & c --> d' },
    { startMs: 3_600_001.4, endMs: 3_661_002, text: 'late' },
    { startMs: 5, endMs: 6, text: '  ' },
  ],
  language: 'en',
  audioMs: 3_700_000,
  elapsedMs: 10,
  truncated: false,
};

describe('a transcription is written as text, SRT, VTT and JSON', () => {
  it('text', () =>
    assert.equal(
      formatTranscript(transcription, 'text'),
      'Hello there.\na\n\nb <i> & c --> d\nlate\n',
    ));
  it('SRT', () =>
    assert.equal(
      formatTranscript(transcription, 'srt'),
      [
        '1\n00:00:00,000 --> 00:00:01,500\nHello there.\n',
        '2\n00:00:02,000 --> 00:00:02,001\na\nb <i> & c --> d\n',
        '3\n01:00:00,001 --> 01:01:01,002\nlate\n',
      ].join('\n'),
    ));
  it('VTT, with what would be markup escaped', () =>
    assert.equal(
      formatTranscript(transcription, 'vtt'),
      [
        'WEBVTT\n',
        '00:00:00.000 --> 00:00:01.500\nHello there.\n',
        '00:00:02.000 --> 00:00:02.001\na\nb &lt;i&gt; &amp; c --&gt; d\n',
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
        { startMs: 0, endMs: 1500, text: 'Hello there.' },
        { startMs: 2000, endMs: 2000, text: 'a\n\nb <i> & c --> d' },
        { startMs: 3_600_001.4, endMs: 3_661_002, text: 'late' },
      ],
    });
  });
  it('nothing said is an empty file of its kind', () => {
    const silent = { ...transcription, segments: [] };
    assert.equal(formatTranscript(silent, 'text'), '');
    assert.equal(formatTranscript(silent, 'srt'), '');
    assert.equal(formatTranscript(silent, 'vtt'), 'WEBVTT\n');
  });
  it('no segment, whatever it says, adds a cue of its own', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        const one = { ...transcription, segments: [{ startMs: 0, endMs: 1000, text }] };
        const cues = formatTranscript(one, 'vtt').split('\n\n').slice(1);
        assert.ok(cues.filter((cue) => cue.trim() !== '').length <= 1);
        assert.ok(formatTranscript(one, 'vtt').split(' --> ').length <= 2);
      }),
    ));
});

describe('words become segments of a subtitle’s length', () => {
  it('at a sentence’s end and at a pause', () => {
    const tokens = [' It', ' works', '.', ' Now', ' we', ' wait', ' here'];
    const segments = splitTokens(
      { text: 'It works. Now we wait here', tokens, timesSeconds: [0, 0.4, 0.6, 1, 1.2, 1.4, 4] },
      10_000,
      6000,
    );
    assert.deepEqual(segments, [
      { startMs: 10_000, endMs: 10_900, text: 'It works.' },
      { startMs: 11_000, endMs: 11_700, text: 'Now we wait' },
      { startMs: 14_000, endMs: 14_300, text: 'here' },
    ]);
  });
  it('never inside a word', () => {
    const segments = splitTokens(
      { text: 'transcription', tokens: [' trans', 'crip', 'tion'], timesSeconds: [0, 5, 9.5] },
      0,
      20_000,
    );
    assert.equal(segments.length, 1);
  });
  it('one segment where the model knows no times, or other tokens than text', () => {
    const whole = [{ startMs: 5, endMs: 1005, text: 'hello' }];
    assert.deepEqual(splitTokens({ text: ' hello', tokens: [], timesSeconds: [] }, 5, 1000), whole);
    assert.deepEqual(
      splitTokens({ text: 'hello', tokens: ['he', '\ufffd'], timesSeconds: [0, 1] }, 5, 1000),
      whole,
    );
    assert.deepEqual(splitTokens({ text: ' ', tokens: [], timesSeconds: [] }, 0, 1), []);
  });
  it('loses no word and keeps the order', () => {
    const words = fc.array(
      fc.record({
        word: fc.constantFrom(' one', ' two', 'three', '.', ' four!'),
        gap: fc.double({ min: 0, max: 3, noNaN: true }),
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(words, (list) => {
        let time = 0;
        const timesSeconds = list.map(({ gap }) => (time += gap));
        const tokens = list.map(({ word }) => word);
        const text = tokens.join('');
        const durationMs = time * 1000 + 500;
        const segments = splitTokens({ text, tokens, timesSeconds }, 0, durationMs);
        const said = segments.map((segment) => segment.text).join('');
        assert.equal(said.replaceAll(' ', ''), text.replaceAll(' ', ''));
        segments.forEach((segment, index) => {
          assert.ok(segment.endMs > segment.startMs);
          assert.ok(segment.startMs >= (segments[index - 1]?.startMs ?? 0));
        });
      }),
    );
  });
});
