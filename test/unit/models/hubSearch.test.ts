import assert from 'node:assert/strict';
import { AsrError, isCancellation } from '../../../src/common/asrError';
import { deferred } from '../../../src/common/deferred';
import { localized } from '../../../src/common/localizedMessage';
import type { HubSearchPage } from '../../../src/hub';
import { ModelManager } from '../../../src/models';
import { FakeWorld } from './fakePorts';

const signal = new AbortController().signal;

function page(next?: string): HubSearchPage {
  const found = [
    {
      repo: 'org/whisper',
      gated: false,
      languages: ['de'],
      licence: 'mit',
      paths: ['ggml-tiny.bin', 'README.md'],
    },
    {
      repo: 'org/python',
      gated: true,
      languages: [],
      paths: ['model.safetensors', 'config.json'],
    },
    { repo: 'org/notes', gated: false, languages: [], paths: ['README.md'] },
  ];
  return next === undefined ? { found } : { found, next };
}

describe('models: the search of the hub', () => {
  const asked: (string | undefined)[] = [];
  let answer: () => Promise<HubSearchPage>;
  let manager: ModelManager;
  beforeEach(() => {
    asked.length = 0;
    answer = () => Promise.resolve(page());
    const searchHub = (_search: unknown, next: string | undefined): Promise<HubSearchPage> => {
      asked.push(next);
      return answer();
    };
    manager = new ModelManager({ ...new FakeWorld().ports, searchHub });
  });
  afterEach(() => manager.dispose());

  it('says which formats the files of a repository are, and whether one runs here', async () => {
    const { found } = await manager.advice.searchHub({ text: 'tiny' }, undefined, signal);
    assert.deepEqual(
      found.map(({ repo, formats, runsHere }) => ({ repo, formats, runsHere })),
      [
        { repo: 'org/whisper', formats: ['ggml'], runsHere: true },
        { repo: 'org/python', formats: ['transformers'], runsHere: false },
        { repo: 'org/notes', formats: [], runsHere: false },
      ],
    );
  });

  it('knows a model by what the hub read in its files, where their names say less', async () => {
    const gguf = { gated: false, languages: [], paths: ['model-q4_k.gguf'] };
    const moonshine = [
      'onnx/encoder_model.onnx',
      'onnx/decoder_model_merged.onnx',
      'config.json',
      'tokenizer.json',
    ];
    const found = [
      { ...gguf, repo: 'org/parakeet', ggufArchitecture: 'parakeet' },
      { ...gguf, repo: 'org/unsaid' },
      { ...gguf, repo: 'org/language-model', ggufArchitecture: 'llama' },
      { ...gguf, repo: 'org/nemo', ggufArchitecture: 'asr' },
      { repo: 'org/ours', gated: false, languages: [], paths: moonshine, modelType: 'moonshine' },
      { repo: 'org/theirs', gated: false, languages: [], paths: moonshine, modelType: 'whisper' },
    ];
    answer = () => Promise.resolve({ found });
    const page = await manager.advice.searchHub({ text: 'kinds' }, undefined, signal);
    assert.deepEqual(
      page.found.map(({ repo, formats, runsHere }) => [repo, formats, runsHere]),
      [
        ['org/parakeet', ['gguf-transcribe-cpp'], true],
        ['org/unsaid', ['gguf-transcribe-cpp'], true],
        ['org/language-model', [], false],
        ['org/nemo', ['gguf-nemo-speech-cpp'], false],
        ['org/ours', ['onnx-transformers'], true],
        ['org/theirs', ['onnx-transformers'], false],
      ],
    );
  });

  it('gives the models themselves, with what the card says, page by page until there are enough', async () => {
    answer = () => Promise.resolve(page(asked.length < 3 ? 'https://hub.test/next' : undefined));
    const search = { text: 'tiny' };
    const models = await manager.advice.findOnHub(search, { limit: 3, signal });
    assert.equal(asked.length, 2);
    assert.deepEqual(
      models.map(({ id, gated, licence, languages }) => [id, gated, licence.id, languages]),
      [
        ['hf:org/whisper#ggml-tiny.bin', false, 'mit', ['de']],
        ['hf:org/python#model.safetensors,config.json', true, 'NOASSERTION', []],
        ['hf:org/whisper#ggml-tiny.bin', false, 'mit', ['de']],
      ],
    );
  });

  it('asks one question at a time, and none that was given up meanwhile', async () => {
    const first = deferred<HubSearchPage>();
    answer = () => first.promise;
    const waiting = new AbortController();
    const one = manager.advice.searchHub({ text: 'one' }, undefined, signal);
    const two = manager.advice.searchHub({ text: 'two' }, undefined, waiting.signal);
    const same = manager.advice.searchHub({ text: 'one' }, undefined, signal);
    await new Promise(setImmediate);
    assert.equal(asked.length, 1);
    waiting.abort();
    first.resolve(page());
    await assert.rejects(two, isCancellation);
    assert.equal(await one, await same, 'answered once');
    assert.equal(asked.length, 1);
  });

  it('asks for each page once in a session', async () => {
    answer = () => Promise.resolve(page('https://hub.test/next'));
    const first = await manager.advice.searchHub({ text: 'tiny' }, undefined, signal);
    await manager.advice.searchHub({ text: 'tiny' }, undefined, signal);
    await manager.advice.searchHub({ text: 'tiny' }, first.next, signal);
    await manager.advice.searchHub({ text: 'base' }, undefined, signal);
    assert.deepEqual(asked, [undefined, 'https://hub.test/next', undefined]);
  });

  it('rejects as the hub does, and asks again the next time', async () => {
    const working = answer;
    answer = () => Promise.reject(new AsrError('network', localized('No network.')));
    await assert.rejects(
      manager.advice.searchHub({ text: 'tiny' }, undefined, signal),
      (error) => error instanceof AsrError && error.code === 'network',
    );
    answer = working;
    const { found } = await manager.advice.searchHub({ text: 'tiny' }, undefined, signal);
    assert.equal(found.length, 3);
  });
});
