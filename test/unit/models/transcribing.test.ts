import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CatalogModel } from '../../../src/catalog';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import { deferred } from '../../../src/common/deferred';
import { englishText, localized } from '../../../src/common/localizedMessage';
import { ModelManager, type SpeechRequest } from '../../../src/models';
import {
  recordingsIn,
  transcribeFiles,
  transcriptPaths,
} from '../../../src/models/transcribeFiles';
import type { LoadedModel, TranscribeOptions, Transcription } from '../../../src/runtime';
import { FakeWorld, hubModel } from './fakePorts';

const never = new AbortController().signal;
const nothing = (): void => undefined;

const heard: Transcription = {
  text: 'hello',
  segments: [{ startMs: 0, endMs: 1000, text: 'hello' }],
  gaps: [],
  audioMs: 1000,
  elapsedMs: 1,
  truncated: false,
  warnings: [],
};

/** A manager whose model is loaded and gives the same text for every recording. */
function speechWorld(
  about: Partial<CatalogModel>,
  can: Partial<LoadedModel> = {},
  result: Partial<Transcription> = {},
) {
  const world = new FakeWorld();
  const asked: TranscribeOptions[] = [];
  world.models.push({ ...hubModel(about.id ?? 'a'), ...about });
  const loaded: LoadedModel = {
    modelId: about.id ?? 'a',
    name: 'Model a',
    engine: 'whisper.cpp',
    engineDescription: 'fake',
    threads: 1,
    onGpu: false,
    takesLanguage: true,
    asksForLanguage: false,
    translates: false,
    takesPrompt: false,
    loadMs: 1,
    memory: { verdict: 'fits', neededBytes: 1, availableBytes: 2 },
    ...can,
  };
  const manager = new ModelManager({
    ...world.ports,
    cueLimits: () => ({ maxMs: 3000, maxCharacters: 40 }),
    runtime: {
      ...world.ports.runtime,
      loaded,
      transcribe: (_audio, options) => {
        asked.push(options);
        return Promise.resolve({ ...heard, ...result });
      },
    },
  });
  const transcribe = (request: SpeechRequest): Promise<Transcription> =>
    manager.speech.transcribe({ path: 'a.wav' }, request, nothing, never);
  return { manager, asked, transcribe };
}

const unsupported = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AsrError);
  assert.equal(error.code, 'unsupported');
  assert.match(error.message, text);
  return true;
};

describe('a model that is transcribing', () => {
  it('is waited for by what wants to load another one, until all of it has ended', async () => {
    const world = new FakeWorld();
    const recordings = [deferred<Transcription>(), deferred<Transcription>()];
    const waiting = [...recordings];
    const { speech } = new ModelManager({
      ...world.ports,
      runtime: {
        ...world.ports.runtime,
        transcribe: () => waiting.shift()?.promise ?? assert.fail('a third recording'),
      },
    });
    await speech.idle(never);
    const running = recordings.map(() =>
      speech.transcribe({ path: 'a.wav' }, {}, nothing, never).catch(nothing),
    );
    // Each has asked for the languages of the model first.
    while (waiting.length > 0) await new Promise(setImmediate);
    const gone = new AbortController();
    const givenUp = speech.idle(gone.signal);
    gone.abort();
    await assert.rejects(givenUp, { name: 'Cancelled' });
    let isIdle = false;
    const idle = speech.idle(never).then(() => (isIdle = true));
    recordings[0]?.resolve(heard);
    await running[0];
    await new Promise(setImmediate);
    assert.equal(isIdle, false);
    recordings[1]?.reject(new Error('the second fails'));
    await idle;
  });
});

describe('the language of a transcription', () => {
  it('and the other options reach the engine as the model spells them, with the limits of subtitles', async () => {
    const { asked, transcribe } = speechWorld({ languages: ['iw', 'de'] }, { translates: true });
    await transcribe({ language: 'he-IL', task: 'translate', prompt: 'Grafana' });
    await transcribe({ language: 'auto' });
    const cueLimits = { maxMs: 3000, maxCharacters: 40 };
    assert.deepEqual(asked, [
      { language: 'iw', task: 'translate', prompt: 'Grafana', cueLimits },
      { cueLimits },
    ]);
  });

  it('that the model does not speak is refused before it invents a text', async () => {
    for (const can of [{}, { takesLanguage: false }, { languages: ['en'] }]) {
      const { asked, transcribe } = speechWorld({ languages: ['en'] }, can);
      await assert.rejects(
        transcribe({ language: 'de' }),
        unsupported(/does not speak the language “de” and would invent a text\. Load a model/),
      );
      assert.deepEqual(asked, []);
    }
  });

  it('is not refused where not all languages of the model are known, or the person insists', async () => {
    for (const about of [
      { languages: [] },
      { languages: ['any'] },
      { languages: ['en'], languageCount: 99 },
      { id: 'hf:org/repo', languages: ['en'] },
    ]) {
      const { asked, transcribe } = speechWorld(about);
      await transcribe({ language: 'de' });
      assert.equal(asked[0]?.language, 'de', JSON.stringify(about));
    }
    const { asked, transcribe } = speechWorld({ languages: ['en'] });
    await transcribe({ language: 'de', inAnyLanguage: true });
    assert.equal(asked.length, 1);
  });

  it('that was detected and is not the model’s is a warning', async () => {
    const german = speechWorld({ languages: ['de', 'nl'] }, {}, { language: 'en' });
    const { warnings, text } = await german.transcribe({});
    assert.equal(text, 'hello', 'the text is not lost');
    assert.match(
      warnings.map(englishText).join(),
      /seems to be in the language “en”, which Model a/,
    );
    assert.deepEqual((await german.transcribe({ language: 'de' })).warnings, []);
    const fits = speechWorld({ languages: ['de', 'en'] }, {}, { language: 'en' });
    assert.deepEqual((await fits.transcribe({})).warnings, []);
  });

  it('of a model with one language is named', async () => {
    const { transcribe } = speechWorld({ languages: ['uk'] }, { takesLanguage: false });
    assert.equal((await transcribe({})).language, 'uk');
    const several = speechWorld({ languages: ['uk', 'en'] }, { takesLanguage: false });
    assert.equal((await several.transcribe({})).language, undefined);
  });

  it('translation is refused by a model that can’t', async () => {
    const { asked, transcribe } = speechWorld({ languages: ['de'] });
    await assert.rejects(transcribe({ task: 'translate' }), unsupported(/does not translate/));
    assert.deepEqual(asked, []);
  });
});

describe('several recordings', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'asr-recordings-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function put(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const file = path.join(folder, ...name.split('/'));
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, '');
    }
  }

  it('are files as they are named, and what has a recording’s ending in folders', async () => {
    await put('b/talk 10.mp3', 'b/talk 2.WAV', 'b/notes.txt', 'b/c/clip.mkv', 'b/.cache/x.wav');
    await put('b/node_modules/p/x.wav', 'odd.xyz', 'b/app.ts');
    const found = await recordingsIn([
      path.join(folder, 'odd.xyz'),
      path.join(folder, 'b'),
      path.join(folder, 'b', 'c', 'clip.mkv'),
      path.join(folder, 'missing.wav'),
    ]);
    assert.deepEqual(
      found.map((each) => path.relative(folder, each).replaceAll('\\', '/')),
      ['odd.xyz', 'b/c/clip.mkv', 'b/talk 2.WAV', 'b/talk 10.mp3', 'missing.wav'],
    );
  });

  it('get a transcript next to each, or in one folder, none in the place of another file of theirs', () => {
    const at = (...names: string[]) => path.join(path.sep, ...names);
    const recordings = [
      at('a', 'Talk.wav'),
      at('a', 'talk.mp4'),
      at('b', 'talk.wav'),
      at('b', 'x.srt'),
    ];
    assert.deepEqual(transcriptPaths(recordings, 'srt'), [
      at('a', 'Talk.wav.srt'),
      at('a', 'talk.mp4.srt'),
      at('b', 'talk.srt'),
      at('b', 'x 2.srt'),
    ]);
    assert.deepEqual(transcriptPaths(recordings.slice(0, 3), 'text', at('out')), [
      at('out', 'Talk.wav.txt'),
      at('out', 'talk.mp4.txt'),
      at('out', 'talk.wav 2.txt'),
    ]);
  });

  /** Transcribes everything but recordings called bad; one called crash ends the model's process. */
  function listener(abort?: { readonly at: string; readonly controller: AbortController }) {
    const world = {
      loaded: { modelId: 'a' } as { readonly modelId: string } | undefined,
      loads: [] as string[],
      load: (modelId: string) => {
        world.loads.push(modelId);
        world.loaded = { modelId };
        return Promise.resolve(world.loaded);
      },
      transcribe: (audio: object): Promise<Transcription> => {
        const name = 'path' in audio ? String(audio.path) : '';
        if (name === abort?.at) {
          abort.controller.abort();
          return Promise.reject(new Cancelled());
        }
        if (name === 'crash') world.loaded = undefined;
        return name === 'bad' || name === 'crash'
          ? Promise.reject(new AsrError('unsupported', localized('It is bad.')))
          : Promise.resolve({ ...heard, text: name });
      },
    };
    return world;
  }

  it('are transcribed one after the other; one that fails stops none, and is named', async () => {
    const speech = listener();
    const kept: string[] = [];
    const fractions: number[] = [];
    const results = await transcribeFiles(speech, ['one', 'bad', 'crash', 'full', 'two'], {
      request: {},
      signal: never,
      onProgress: ({ fraction }) => fractions.push(fraction),
      keep: (recording) => {
        if (recording === 'full') return Promise.reject(new Error('disk full'));
        kept.push(recording);
        return Promise.resolve();
      },
    });
    assert.deepEqual(kept, ['one', 'two']);
    assert.deepEqual(
      results.map(({ path: recording, error }) => [recording, error?.code]),
      [
        ['one', undefined],
        ['bad', 'unsupported'],
        ['crash', 'unsupported'],
        ['full', 'unknown'],
        ['two', undefined],
      ],
    );
    assert.deepEqual(speech.loads, ['a'], 'the model is loaded again after its process ended');
    assert.deepEqual(fractions, [0, 0.2, 0.4, 0.6, 0.8]);
  });

  it('keep what is done when they are cancelled', async () => {
    const controller = new AbortController();
    const speech = listener({ at: 'three', controller });
    const kept: string[] = [];
    const results = await transcribeFiles(speech, ['one', 'bad', 'three', 'four'], {
      request: {},
      signal: controller.signal,
      onProgress: nothing,
      keep: (recording) => Promise.resolve(void kept.push(recording)),
    });
    assert.deepEqual(kept, ['one']);
    assert.equal(results.length, 2, 'the failed one is known, the others were not begun');
  });
});
