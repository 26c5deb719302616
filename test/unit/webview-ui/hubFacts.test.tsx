import assert from 'node:assert/strict';
import type { PanelAction } from '../../../src/protocol/panelMessages';
import type { PanelDetails, PanelVariant } from '../../../src/protocol/panelSnapshot';
import { ModelDetails } from '../../../webview-ui/components/ModelDetails';
import { PanelContext } from '../../../webview-ui/components/panelContext';
import { createSearchText } from '../../../webview-ui/store/listModels';
import { ModelDownloadStore } from '../../../webview-ui/store/modelDownloadStore';
import { initialViewState, type ViewState } from '../../../webview-ui/store/viewState';
import { createFigures } from '../../../src/protocol/format';
import { strings, variant } from './samples';
import { draw, type TinyElement, useTinyDom } from './tinyDom';

describe('webview-ui: the facts about a model’s files', () => {
  useTinyDom();
  const figures = createFigures('en', strings);
  const languageName = (code: string): string => code;
  let asked: PanelAction[];
  let view: ViewState;

  function details(fields: Partial<PanelVariant>, sent?: PanelDetails): TinyElement {
    asked = [];
    view = initialViewState;
    const store = new ModelDownloadStore((action) => {
      asked.push(action);
      return Promise.resolve({ ok: {} });
    });
    const searchText = createSearchText(languageName);
    const changeView = (change: (now: ViewState) => ViewState): void => {
      view = change(view);
    };
    return draw(
      <PanelContext.Provider
        value={{ store, strings, figures, languageName, searchText, view, changeView }}
      >
        <ModelDetails
          variant={variant('v', fields)}
          details={sent}
          model={undefined}
          download={undefined}
          loaded={undefined}
          recommendation={undefined}
          onChoose={() => undefined}
        />
      </PanelContext.Provider>,
    );
  }

  it('is each file with its size and its digest', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const files = [{ path: 'a.bin', sizeBytes: 2e6, digest }, { path: 'b.bin' }];
    const { textContent } = details({ fileCount: 2 }, { files });
    assert.match(textContent, /a\.bin 2 MB · sha256:a{12}…/);
    assert.match(textContent, /b\.bin Size not known/);
  });

  it('has its place held until the host has sent it, so that nothing jumps', () => {
    const lines = (sent?: PanelDetails): number =>
      details({ fileCount: 3 }, sent)
        .all()
        .filter(({ localName }) => localName === 'li').length;
    assert.equal(lines(), 3);
    assert.equal(lines({ files: [{ path: 'a' }, { path: 'b' }, { path: 'c' }] }), 3);
    assert.equal(lines({}), 0, 'the host could not tell');
  });

  it('stands next to every other fact, each with its origin', () => {
    const { textContent } = details({
      sizeBytes: 78e6,
      memoryBytes: 390e6,
      quantization: 'q5_1',
      licence: { id: 'MIT', url: 'https://example.org/mit' },
      accuracy: { werPercent: 7.4, rtfx: 140, source: 'A leaderboard, 2026' },
      languages: ['en', 'de'],
      loaders: ['whisper.cpp'],
      fits: 'fits',
    });
    for (const fact of [
      `${strings.factSize}78 MB`,
      `${strings.factMemory}390 MB`,
      `${strings.factFormat}GGML`,
      `${strings.factQuantization}q5_1`,
      `${strings.factAccuracy}7.4 %`,
      `${strings.factSpeed}140 times real time`,
      `${strings.factSource}A leaderboard, 2026`,
      `${strings.factLicence}MIT`,
      `${strings.factLanguages}en, de`,
      `${strings.factLoaders}whisper.cpp`,
      strings.fitsHint,
    ]) {
      assert.ok(textContent.includes(fact), `${fact} in ${textContent}`);
    }
  });

  it('says of a model that is not here why it could not be loaded', () =>
    assert.match(details({}, { notLoadable: 'For NeMo.' }).textContent, /For NeMo\./));

  it('comes from the hub only when a person asks for it', () => {
    const box = details({ hub: 'notAsked' });
    assert.deepEqual(asked, []);
    box.button('Ask the Hub')?.click();
    assert.deepEqual(asked, [{ kind: 'askHub', modelId: 'v' }]);
  });

  it('says that it is the hub’s, or offers nothing where no hub has it', () => {
    const box = details({ hub: 'asked', sizeBytes: 3e6 });
    assert.match(box.textContent, /3 MB, as the hub says/);
    assert.equal(box.button('Ask the Hub'), undefined);
    assert.equal(details({}).button('Ask the Hub'), undefined);
  });

  it('leads from what can run code to the safe copy', () => {
    const box = details({ runsCode: true, safeCopyId: 'safe' });
    box.button('Show the same model in a safe format')?.click();
    assert.equal(view.selectedId, 'safe');
    assert.equal(
      details({ runsCode: true }).button('Show the same model in a safe format'),
      undefined,
    );
  });
});
