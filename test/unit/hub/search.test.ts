import assert from 'node:assert/strict';
import { AsrError } from '../../../src/common/asrError';
import { createFetchTransport } from '../../../src/http';
import { searchHub, type HubSearch, type HubSearchPage } from '../../../src/hub/search';
import {
  createListLogger,
  createQuickClock,
  type ScriptedServer,
  startScriptedServer,
} from './scriptedServer';

const tiny = {
  id: 'org/tiny-gguf',
  gated: false,
  downloads: 1200,
  tags: ['gguf', 'license:mit', 'en'],
  siblings: [{ rfilename: 'tiny-Q8_0.gguf' }, { rfilename: 'README.md' }],
};

describe('hub: the search for models', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.close());

  function search(
    wanted: HubSearch,
    next?: string,
    signal = new AbortController().signal,
  ): Promise<HubSearchPage> {
    return searchHub(
      {
        endpoint: server.origin,
        transport: createFetchTransport((url, init) => fetch(url, init)),
        token: () => Promise.resolve(undefined),
        clock: createQuickClock(),
        logger: createListLogger(),
        userAgent: 'asr-test/1',
      },
      wanted,
      next,
      signal,
    );
  }

  it('asks for speech-recognition models with the person’s words and filters', async () => {
    server.answer = () => ({ body: [tiny] });
    const { found, next } = await search({
      text: 'tiny & fast',
      language: 'de',
      format: 'gguf',
      order: 'newest',
    });
    const [request] = server.requests;
    assert.equal(request?.path, '/api/models');
    assert.equal(request.query.get('search'), 'tiny & fast');
    assert.equal(request.query.get('pipeline_tag'), 'automatic-speech-recognition');
    assert.deepEqual(request.query.getAll('filter'), ['de', 'gguf']);
    assert.equal(request.query.get('sort'), 'lastModified');
    assert.deepEqual(found, [
      {
        repo: 'org/tiny-gguf',
        gated: false,
        languages: ['en'],
        licence: 'mit',
        downloads: 1200,
        paths: ['tiny-Q8_0.gguf', 'README.md'],
      },
    ]);
    assert.equal(next, undefined);
  });

  it('gives the next page, and never one of another server', async () => {
    const pages = [
      `<${server.origin}/api/models?cursor=abc%3D&search=x>; rel="next"`,
      '<http://127.0.0.1:9/api/models?cursor=evil>; rel="next"',
    ];
    server.answer = (_request, index) => ({
      body: [{ ...tiny, id: `org/page-${String(index)}` }],
      headers: { link: pages[index] ?? '' },
    });
    const first = await search({ text: 'x' });
    assert.match(first.next ?? '', /cursor=abc%3D/);
    const second = await search({ text: 'x' }, first.next);
    assert.equal(server.requests[1]?.query.get('cursor'), 'abc=');
    assert.deepEqual(
      second.found.map(({ repo }) => repo),
      ['org/page-1'],
    );
    assert.equal(second.next, undefined);
  });

  it('leaves out what names no repository, and what is not stated stays absent', async () => {
    server.answer = () => ({
      body: [null, 7, { id: '../etc' }, { id: 'org/bare', gated: 'auto', siblings: [{}, 'x'] }],
    });
    assert.deepEqual((await search({ text: '' })).found, [
      { repo: 'org/bare', gated: true, languages: [], paths: [] },
    ]);
    assert.equal(server.requests[0]?.query.has('search'), false);
  });

  it('takes what the hub read in the files, where it is a word', async () => {
    server.answer = () => ({
      body: [
        {
          ...tiny,
          gguf: { architecture: 'parakeet', total: 1 },
          config: { model_type: 'whisper' },
        },
        { ...tiny, gguf: { architecture: 'a b' }, config: { model_type: 7 } },
        { ...tiny, gguf: 'parakeet', config: ['whisper'] },
      ],
    });
    const { found } = await search({ text: '' });
    assert.ok(server.requests[0]?.query.getAll('expand').includes('gguf'));
    assert.deepEqual(
      found.map(({ ggufArchitecture, modelType }) => [ggufArchitecture, modelType]),
      [
        ['parakeet', 'whisper'],
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
  });

  it('waits as the hub asks when there were too many requests', async () => {
    server.answer = (_request, index) =>
      index === 0 ? { status: 429, headers: { 'retry-after': '2' } } : { body: [tiny] };
    assert.equal((await search({ text: 'tiny' })).found.length, 1);
    assert.equal(server.requests.length, 2);
  });

  it('says when a server can’t be searched', async () => {
    server.answer = () => ({ body: { error: 'no list' } });
    await assert.rejects(search({ text: 'x' }), (error) => {
      assert(error instanceof AsrError);
      assert.equal(error.code, 'unsupported');
      return true;
    });
  });
});
