import assert from 'node:assert/strict';
import fc from 'fast-check';
import { initialViewState, readViewState } from '../../../webview-ui/store/viewState';

describe('webview-ui: the state that the page keeps', () => {
  it('comes back as it was', () => {
    const view = {
      ...initialViewState,
      tab: 'downloaded',
      search: 'tiny',
      language: 'de',
      size: '500',
      state: 'fits',
      sort: 'speed',
      selectedId: 'tiny',
      dialogModelId: 'base',
      toggledFamilies: ['whisper'],
      scrollTop: 312,
    } as const;
    assert.deepEqual(readViewState(JSON.parse(JSON.stringify(view))), view);
  });

  it('is the initial view, or something valid, whatever was kept', () => {
    assert.deepEqual(readViewState(undefined), initialViewState);
    assert.deepEqual(readViewState({ tab: 'x', size: 7, toggledFamilies: 'no' }), initialViewState);
    fc.assert(
      fc.property(fc.anything(), (kept) => {
        const view = readViewState(kept);
        assert.ok(['models', 'downloaded'].includes(view.tab));
        assert.ok(view.toggledFamilies.every((id) => typeof id === 'string'));
        assert.ok(view.scrollTop >= 0);
      }),
    );
  });
});
