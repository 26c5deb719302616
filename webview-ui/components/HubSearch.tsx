import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { fill } from '../../src/protocol/format';
import type { PanelHubResults, PanelHubSearch, PanelModel } from '../../src/protocol/panelSnapshot';
import { Button, Icon, LinkButton } from './controls';
import { ModelSelector } from './ModelSelector';
import { usePanel } from './panelContext';

/** How the hub tags what the list filters by format; a format without a tag is searched for without one. */
const tags: Readonly<Record<string, string>> = {
  'gguf-transcribe-cpp': 'gguf',
  'gguf-nemo-speech-cpp': 'gguf',
  ctranslate2: 'ctranslate2',
  transformers: 'safetensors',
  'onnx-transformers': 'onnx',
  'onnx-sherpa': 'onnx',
  'onnx-asr': 'onnx',
  'onnx-moonshine': 'onnx',
  nemo: 'nemo',
  coreml: 'coreml',
};

/** Below the list, while something is searched for: the same search at the hub, and what it has found. */
export function HubSearch(props: {
  readonly results: PanelHubResults | undefined;
  readonly models: ReadonlyMap<string, PanelModel>;
  readonly downloads: ReadonlyMap<string, ModelDownloadProgress>;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings, store, view } = usePanel();
  const { results, models, downloads, onChoose } = props;
  const text = view.search.trim();
  if (text === '') return null;
  const format = tags[view.format];
  const search = (order: PanelHubSearch['order']): PanelHubSearch => ({
    text,
    order,
    ...(view.language === '' ? {} : { language: view.language.split('-', 1)[0] ?? '' }),
    ...(format === undefined ? {} : { format }),
  });
  const isCurrent = results?.search.text === text;
  const other = results?.search.order === 'newest' ? 'mostDownloaded' : 'newest';
  return (
    <section class="hub-search" aria-label={strings.hubSearch}>
      {isCurrent ? (
        <>
          <p class="hub-search-title">
            <strong>{fill(strings.hubFound, text)}</strong>{' '}
            <LinkButton onClick={() => store.searchHub(search(other))}>
              {other === 'newest' ? strings.hubNewest : strings.hubMostDownloaded}
            </LinkButton>
          </p>
          <HubState results={results} onRetry={() => store.searchHub(results.search)} />
          {results.families.length === 0 ? null : (
            <ModelSelector
              label={strings.hubSearch}
              listed={results.families.map((family) => ({ family, variants: family.variants }))}
              listView={view}
              models={models}
              downloads={downloads}
              recommendedId={undefined}
              onChoose={onChoose}
            />
          )}
          {results.hasMore && results.state === 'found' ? (
            <Button onClick={() => store.searchHub(results.search, true)}>{strings.hubMore}</Button>
          ) : null}
        </>
      ) : (
        <Button onClick={() => store.searchHub(search('mostDownloaded'))}>
          {fill(strings.searchHubFor, text)}
        </Button>
      )}
    </section>
  );
}

/** The progress of the search, or why it found nothing: read to a person who does not see it. */
function HubState(props: { readonly results: PanelHubResults; readonly onRetry: () => void }) {
  const { strings } = usePanel();
  const { state, families, leftOut, message } = props.results;
  const text =
    state === 'searching'
      ? strings.hubSearching
      : state === 'failed'
        ? (message ?? '')
        : families.length === 0 && leftOut === 0
          ? strings.hubNothing
          : leftOut === 0
            ? ''
            : fill(strings.hubLeftOut, leftOut);
  return (
    <div class="hub-search-state">
      <p role="status" class="quiet">
        {state === 'failed' ? <Icon name="warning" /> : null} {text}
      </p>
      {state === 'failed' ? <Button onClick={props.onRetry}>{strings.tryAgain}</Button> : null}
    </div>
  );
}
