import assert from 'node:assert/strict';
import { createFigures } from '../../../src/protocol/format';
import type { PanelHubResults, PanelHubSearch } from '../../../src/protocol/panelSnapshot';
import { HubSearch } from '../../../webview-ui/components/HubSearch';
import { PanelContext } from '../../../webview-ui/components/panelContext';
import { createSearchText } from '../../../webview-ui/store/listModels';
import { ModelDownloadStore } from '../../../webview-ui/store/modelDownloadStore';
import { initialViewState, type ViewState } from '../../../webview-ui/store/viewState';
import { strings, variant } from './samples';
import { draw, type TinyElement, useTinyDom } from './tinyDom';

describe('webview-ui: the search of the hub', () => {
  useTinyDom();
  const languageName = (code: string): string => code;
  let asked: (readonly [PanelHubSearch, boolean])[];
  let chosen: string[];

  function draws(view: Partial<ViewState>, results?: PanelHubResults): TinyElement {
    asked = [];
    chosen = [];
    const store = new ModelDownloadStore(
      () => Promise.resolve({ ok: {} }),
      undefined,
      (search, more) => asked.push([search, more]),
    );
    const context = {
      store,
      strings,
      figures: createFigures('en', strings),
      languageName,
      searchText: createSearchText(languageName),
      view: { ...initialViewState, ...view },
      changeView: () => undefined,
    };
    return draw(
      <PanelContext.Provider value={context}>
        <HubSearch
          results={results}
          models={new Map()}
          downloads={new Map()}
          onChoose={(id) => chosen.push(id)}
        />
      </PanelContext.Provider>,
    );
  }

  const search: PanelHubSearch = { text: 'tiny', order: 'mostDownloaded' };
  const nothing: PanelHubResults = {
    search,
    state: 'found',
    families: [],
    leftOut: 0,
    hasMore: false,
  };

  it('is offered for what is typed, with the filters of the list, and for nothing else', () => {
    assert.equal(draws({}).buttons().length, 0);
    const box = draws({ search: ' tiny ', language: 'zh-CN', format: 'onnx-sherpa' });
    box.button('Search the Hub for “tiny”')?.click();
    assert.deepEqual(asked, [[{ ...search, language: 'zh', format: 'onnx' }, false]]);
    const stale = draws({ search: 'tiny large' }, nothing);
    assert.ok(stale.button('Search the Hub for “tiny large”'), 'of other words');
  });

  it('says what it is doing, that nothing matches, and why it failed, with a way on', () => {
    const view = { search: 'tiny' };
    assert.match(draws(view, { ...nothing, state: 'searching' }).textContent, /Searching the hub…/);
    assert.match(draws(view, nothing).textContent, /No speech model of the hub matches\./);
    const failed = draws(view, { ...nothing, state: 'failed', message: 'No network.' });
    assert.match(failed.textContent, /No network\./);
    failed.button('Try Again')?.click();
    assert.deepEqual(asked, [[search, false]]);
    assert.match(
      draws(view, { ...nothing, leftOut: 3 }).textContent,
      /not recognised|recognised: 3/,
    );
  });

  it('lists what is found with its facts, in another order or with more of it', () => {
    const found = variant('hf:org/tiny', { name: 'org/tiny: Q5_1', sizeBytes: 78e6, best: true });
    const family = { id: 'hf/org/tiny', name: 'org/tiny', facts: 'mit', variants: [found] };
    const box = draws({ search: 'tiny' }, { ...nothing, families: [family], hasMore: true });
    assert.match(box.textContent.replaceAll('\u00a0', ' '), /org\/tiny.*best here 78 MB.*mit/);
    box.button('Newest first')?.click();
    box.button('More Results')?.click();
    assert.deepEqual(asked, [
      [{ ...search, order: 'newest' }, false],
      [search, true],
    ]);
    box.button('Not downloaded - click to download')?.click();
    assert.deepEqual(chosen, ['hf:org/tiny']);
  });
});
