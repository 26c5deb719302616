import assert from 'node:assert/strict';
import { createSearchText, listModels } from '../../../webview-ui/store/listModels';
import { openFamilies } from '../../../webview-ui/store/openFamilies';
import { initialViewState, type ViewState } from '../../../webview-ui/store/viewState';
import { languageNames, languageStrings } from '../../../src/protocol/languageNames';
import { catalog, model, variant } from './samples';

const none: ReadonlySet<string> = new Set();

const searchText = createSearchText(languageNames('en', languageStrings({ t: (text) => text })));
const models = new Map([
  ['tiny', model({ updateAvailable: true })],
  ['large', model({ modelId: 'large', state: 'incomplete' })],
]);

function listed(view: Partial<ViewState>): string[] {
  const families = listModels(catalog, models, { ...initialViewState, ...view }, searchText);
  return families.flatMap(({ variants }) => variants.map(({ id }) => id));
}

describe('webview-ui: the list of models', () => {
  it('shows everything in catalog order without filters', () =>
    assert.deepEqual(listed({}), ['tiny', 'large', 'moon', 'nosize']));

  it('finds by name, publisher, format and the language’s name, all words at once', () => {
    assert.deepEqual(listed({ search: 'TINY' }), ['tiny']);
    assert.deepEqual(listed({ search: 'openai large' }), ['large']);
    assert.deepEqual(listed({ search: 'japanese' }), ['large']);
    assert.deepEqual(listed({ search: 'onnx' }), ['moon', 'nosize']);
    assert.deepEqual(listed({ search: '  ' }).length, 4);
    assert.deepEqual(listed({ search: 'tiny moonshine' }), []);
  });

  it('shows the best model of a language first, its variants as they are, unless an order was asked for', () => {
    assert.deepEqual(listed({ language: 'de' }), ['tiny', 'large']);
    assert.deepEqual(listed({ language: 'en' }), ['tiny', 'large', 'moon', 'nosize']);
    const worse = { ...catalog, families: catalog.families.toReversed() };
    const view = { ...initialViewState, language: 'en' };
    assert.equal(listModels(worse, models, view, searchText)[0]?.family.id, 'whisper');
    assert.deepEqual(listed({ language: 'de', sort: 'size' }), ['tiny', 'large']);
  });

  it('filters by language, format, size and state', () => {
    assert.deepEqual(listed({ language: 'de', sort: 'name' }), ['large', 'tiny']);
    assert.deepEqual(listed({ format: 'onnx-sherpa' }), ['moon', 'nosize']);
    assert.deepEqual(listed({ size: '100' }), ['tiny']);
    assert.deepEqual(listed({ size: 'over' }), ['large']);
    assert.deepEqual(listed({ state: 'downloaded' }), ['tiny']);
    assert.deepEqual(listed({ state: 'notDownloaded' }), ['large', 'moon', 'nosize']);
    assert.deepEqual(listed({ state: 'updatable' }), ['tiny']);
    assert.deepEqual(listed({ state: 'fits' }), ['moon']);
  });

  it('sorts models and variants; unknown values come last', () => {
    assert.deepEqual(listed({ sort: 'name' }), ['moon', 'nosize', 'large', 'tiny']);
    assert.deepEqual(listed({ sort: 'size' }), ['tiny', 'large', 'moon', 'nosize']);
    assert.deepEqual(listed({ sort: 'accuracy' }), ['large', 'tiny', 'moon', 'nosize']);
    assert.deepEqual(listed({ sort: 'speed' }), ['moon', 'nosize', 'large', 'tiny']);
  });

  it('opens every family of a short list, and turns one around by hand', () => {
    const all = listModels(catalog, models, initialViewState, searchText);
    assert.equal(openFamilies(all, models, none, undefined, initialViewState, []).size, 2);
    const one = openFamilies(all, models, none, undefined, initialViewState, ['whisper']);
    assert.deepEqual([...one], ['moonshine']);
  });

  it('opens of a long list what is here, recommended or a first choice, and of what was searched for what is here or recommended', () => {
    const many = (id: string) => ({
      id,
      name: id,
      variants: Array.from({ length: 20 }, (_, at) =>
        variant(`${id}${at}`, { starter: id === 'd' && at === 3 }),
      ),
    });
    const long = { families: ['a', 'b', 'c', 'd'].map(many) };
    const here = new Map([['a7', model({ modelId: 'a7' })]]);
    const families = listModels(long, here, initialViewState, searchText);
    const open = openFamilies(families, here, none, 'b2', initialViewState, []);
    assert.deepEqual([...open], ['a', 'b', 'd']);
    const searching = { ...initialViewState, search: 'x' };
    assert.deepEqual([...openFamilies(families, here, none, 'b2', searching, [])], ['a', 'b']);
    const fetching = new Set(['c9']);
    const downloading = openFamilies(families, here, fetching, 'b2', searching, []);
    assert.deepEqual([...downloading], ['a', 'b', 'c'], 'a download is in sight');
    const [few] = families;
    assert.ok(few);
    assert.equal(
      openFamilies([few], new Map(), none, undefined, searching, []).size,
      1,
      'a short list',
    );
  });
});
