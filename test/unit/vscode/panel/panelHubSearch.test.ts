import assert from 'node:assert/strict';
import { AsrError } from '../../../../src/common/asrError';
import { deferred } from '../../../../src/common/deferred';
import { localized } from '../../../../src/common/localizedMessage';
import type { HubSearchPage } from '../../../../src/hub';
import { ModelManager } from '../../../../src/models';
import type { PanelHubResults, PanelHubSearch } from '../../../../src/protocol/panelSnapshot';
import { PanelHubSearches } from '../../../../src/vscode/panel/panelHubSearch';
import { FakeWorld } from '../../models/fakePorts';

const whisper = { repo: 'org/whisper', gated: true, languages: ['de'], paths: ['ggml-tiny.bin'] };
const notes = { repo: 'org/notes', gated: false, languages: [], paths: ['README.md'] };
const tiny: PanelHubSearch = { text: 'tiny', order: 'mostDownloaded' };

describe('vscode/panel: the search of the hub', () => {
  let answer: (next: string | undefined) => Promise<HubSearchPage>;
  let manager: ModelManager;
  let searches: PanelHubSearches;
  let pushed: PanelHubResults[];
  beforeEach(() => {
    pushed = [];
    answer = () => Promise.resolve({ found: [whisper, notes] });
    const searchHub = (_search: unknown, next: string | undefined): Promise<HubSearchPage> =>
      answer(next);
    manager = new ModelManager({ ...new FakeWorld().ports, searchHub });
    searches = new PanelHubSearches({
      factsOf: ({ gated }) => (gated ? 'needs a token' : ''),
      errorText: (error) => (error instanceof Error ? error.message : ''),
    });
  });
  afterEach(() => {
    searches.stop();
    manager.dispose();
  });

  const run = (search: PanelHubSearch, more = false): Promise<void> =>
    searches.run(manager, search, more, (results) => pushed.push(results));

  it('shows what is found as models with variants, and how much was left out', async () => {
    await run(tiny);
    assert.equal(pushed[0]?.state, 'searching');
    const results = pushed.find(({ state }) => state === 'found');
    assert.ok(results);
    assert.deepEqual([results.leftOut, results.hasMore], [1, false]);
    const [family, ...others] = results.families;
    assert.deepEqual(others, []);
    assert.deepEqual([family?.name, family?.facts], ['org/whisper', 'needs a token']);
    const [variant] = family?.variants ?? [];
    assert.deepEqual(
      [variant?.id, variant?.elsewhere, variant?.gated, variant?.languages],
      ['hf:org/whisper#ggml-tiny.bin', undefined, true, ['de']],
    );
    assert.equal(searches.find('hf:org/whisper#ggml-tiny.bin')?.source.repo, 'org/whisper');
  });

  it('adds the next page to the list, and starts over with other words', async () => {
    const second = { ...whisper, repo: 'org/second' };
    answer = (next) =>
      Promise.resolve(next === undefined ? { found: [whisper], next: 'two' } : { found: [second] });
    const last = (): unknown => pushed.at(-1)?.families.map(({ name }) => name);
    await run(tiny);
    assert.equal(pushed.at(-1)?.hasMore, true);
    await run(tiny, true);
    assert.deepEqual(last(), ['org/whisper', 'org/second']);
    await run({ ...tiny, text: 'other' });
    assert.deepEqual(last(), ['org/whisper']);
  });

  it('says why the hub did not answer, and nothing of a search that was given up', async () => {
    answer = () => Promise.reject(new AsrError('network', localized('No network.')));
    await run(tiny);
    assert.deepEqual([pushed.at(-1)?.state, pushed.at(-1)?.message], ['failed', 'No network.']);
    const slow = deferred<HubSearchPage>();
    answer = () => slow.promise;
    const first = run({ ...tiny, text: 'slow' });
    searches.stop();
    slow.resolve({ found: [whisper] });
    await first;
    assert.equal(pushed.at(-1)?.state, 'searching');
  });
});
