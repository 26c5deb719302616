import assert from 'node:assert/strict';
import { startTestHub, type TestHub, type TestHubOptions } from '../../hub';

describe('the search of the test hub', () => {
  let hub: TestHub | undefined;
  afterEach(() => hub?.close());

  async function start(options: Partial<TestHubOptions> = {}): Promise<TestHub> {
    const files = { 'ggml-a.bin': 'a' };
    hub = await startTestHub({
      repos: [
        { name: 'org/often', files, downloads: 900, lastModified: '2025-01-01T00:00:00.000Z' },
        { name: 'org/new', files, cardTags: ['de'], lastModified: '2026-11-01T00:00:00.000Z' },
        { name: 'org/hidden', files, private: true, downloads: 5000 },
        { name: 'org/voices', files, pipelineTag: 'text-to-speech' },
      ],
      tokens: { hf_all: { name: 'all', access: '*' } },
      ...options,
    });
    return hub;
  }

  async function names(url: string, token?: string): Promise<string[]> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const found: unknown = await (await fetch(url, { headers })).json();
    assert.ok(Array.isArray(found));
    return found.map((entry: { id: string }) => entry.id);
  }

  it('has the Hub’s words, filters and orders, and hides what is private', async () => {
    const { url } = await start();
    const speech = `${url}/api/models?pipeline_tag=automatic-speech-recognition`;
    assert.deepEqual(await names(`${speech}&sort=downloads`), ['org/often', 'org/new']);
    assert.deepEqual(await names(`${speech}&sort=lastModified`), ['org/new', 'org/often']);
    assert.deepEqual(await names(`${speech}&sort=downloads`, 'hf_all'), [
      'org/hidden',
      'org/often',
      'org/new',
    ]);
    assert.deepEqual(await names(`${speech}&filter=de`), ['org/new']);
    assert.deepEqual(await names(`${speech}&search=OFTEN`), ['org/often']);
    assert.equal((await fetch(`${speech}&sort=nonsense`)).status, 400);
  });

  it('has pages that the Link header leads through, and only the fields that were asked for', async () => {
    const { url } = await start({ searchPageSize: 2 });
    const first = await fetch(`${url}/api/models?sort=downloads&expand=siblings&limit=50`);
    const found = (await first.json()) as readonly object[];
    assert.equal(found.length, 2);
    assert.deepEqual(Object.keys(found[0] ?? {}).sort(), ['_id', 'id', 'modelId', 'siblings']);
    const next = /<(.*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1];
    assert.deepEqual(await names(next ?? ''), ['org/voices']);
  });

  it('has the limits of the API', async () => {
    const { url } = await start({ quotas: { api: 1 } });
    assert.equal((await fetch(`${url}/api/models`)).status, 200);
    const refused = await fetch(`${url}/api/models`);
    assert.equal(refused.status, 429);
    assert.match(refused.headers.get('ratelimit') ?? '', /"api";r=0;t=\d+/);
  });
});
