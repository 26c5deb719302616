import assert from 'node:assert/strict';
import { deferred } from '../../../src/common/deferred';
import { Emitter } from '../../../src/common/event';
import type { ModelManager } from '../../../src/models';
import { managerTranscriber, type Transcriber } from '../../../src/server';
import { spoken } from './testServer';

const never = new AbortController().signal;
const nothing = (): void => undefined;

/** A transcriber over speech that has one model loaded; what it does is written down. */
function bench(
  loaded: string | undefined,
  activeId = '',
): { log: string[]; transcriber: Transcriber; idle: () => void } {
  const log: string[] = [];
  const idle = deferred<undefined>();
  const here = ['a', 'b'];
  const speech = {
    loaded: loaded === undefined ? undefined : { modelId: loaded },
    idle: async () => {
      log.push('waits');
      await idle.promise;
    },
    load: (modelId: string) => Promise.resolve(void log.push(`loads ${modelId}`)),
    transcribe: () => Promise.resolve(void log.push('transcribes')).then(() => spoken),
  };
  const manager = {
    speech,
    downloadedModel: (modelId: string) =>
      Promise.resolve(here.includes(modelId) ? { modelId } : undefined),
    findModel: (id: string) => Promise.resolve({ id, name: id.toUpperCase() }),
  } as unknown as ModelManager;
  const transcriber = managerTranscriber(
    {
      get: () => Promise.resolve(manager),
      onDidChangeDownload: new Emitter<never>().event,
      onDidChangeModels: new Emitter<undefined>().event,
    },
    () => activeId,
  );
  return { log, transcriber, idle: () => idle.resolve(undefined) };
}

describe('the model of a transcription', () => {
  const ask = (transcriber: Transcriber, model?: string): Promise<unknown> =>
    transcriber.transcribe(
      { path: 'a.wav', request: {}, ...(model === undefined ? {} : { model }) },
      nothing,
      never,
    );

  it('that is loaded is used at once', async () => {
    const { log, transcriber } = bench('a');
    await ask(transcriber, 'a');
    assert.deepEqual(log, ['transcribes']);
  });

  it('that is another one is loaded when nothing is transcribed any more', async () => {
    const { log, transcriber, idle } = bench('a');
    const asked = ask(transcriber, 'b');
    await new Promise(setImmediate);
    assert.deepEqual(log, ['waits'], 'a person’s transcription goes on');
    idle();
    await asked;
    assert.deepEqual(log, ['waits', 'loads b', 'transcribes']);
  });

  for (const name of [undefined, '', 'whisper-1'])
    it(`that is not named (${String(name)}) is the loaded one, else the active one`, async () => {
      const first = bench('b', 'a');
      await ask(first.transcriber, name);
      assert.deepEqual(first.log, ['transcribes']);
      const second = bench(undefined, 'a');
      second.idle();
      await ask(second.transcriber, name);
      assert.deepEqual(second.log, ['waits', 'loads a', 'transcribes']);
      await assert.rejects(ask(bench(undefined).transcriber, name), { status: 404 });
    });

  it('that is not here is not downloaded', async () => {
    await assert.rejects(
      bench('a').transcriber.checkModel('c'),
      /C is not downloaded\. Run "asr-models download c"/,
    );
  });
});
