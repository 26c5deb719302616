import { useEffect, useMemo } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type {
  PanelCatalog,
  PanelDetails,
  PanelHubResults,
  PanelModel,
  PanelRecommendation,
  PanelSnapshot,
  PanelVariant,
} from '../../src/protocol/panelSnapshot';
import { listModels } from '../store/listModels';
import { isFiltering, noFilters } from '../store/viewState';
import { withUnbrokenFigures } from '../text/unbroken';
import { Button, EmptyState, Icon, LinkButton } from './controls';
import { HubSearch } from './HubSearch';
import { ModelDetails } from './ModelDetails';
import { ModelFilters } from './ModelFilters';
import { ModelSelector } from './ModelSelector';
import { useMediaQuery, usePanel } from './panelContext';

/** Every model on offer: the list, and next to it (in a narrow panel: instead of it) the selected one. */
export function ModelsTab(props: {
  readonly catalog: PanelCatalog;
  readonly snapshot: PanelSnapshot;
  /** Of the model that was selected last. */
  readonly details: ({ readonly modelId: string } & PanelDetails) | undefined;
  /** Of the last search of the hub. */
  readonly hubResults: PanelHubResults | undefined;
  readonly models: ReadonlyMap<string, PanelModel>;
  readonly downloads: ReadonlyMap<string, ModelDownloadProgress>;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings, store, searchText, view, changeView } = usePanel();
  const { catalog, snapshot, hubResults, models, downloads, onChoose } = props;
  const narrow = useMediaQuery('(max-width: 759px)');
  const { search, language, format, size, state, sort } = view;
  const listView = useMemo(
    () => ({ search, language, format, size, state, sort }),
    [search, language, format, size, state, sort],
  );
  const listed = useMemo(
    () => listModels(catalog, models, listView, searchText),
    [catalog, models, listView, searchText],
  );
  const selected = useMemo(
    () =>
      findVariant(catalog.families, view.selectedId) ??
      findVariant(hubResults?.families ?? [], view.selectedId),
    [catalog, hubResults, view.selectedId],
  );
  const selectedId = selected?.id;
  useEffect(() => {
    if (selectedId !== undefined) store.requestDetails(selectedId);
    // Another catalog may know more of the same model.
  }, [store, selectedId, catalog]);
  const details =
    selected === undefined ? null : (
      <ModelDetails
        variant={selected}
        details={props.details?.modelId === selected.id ? props.details : undefined}
        model={models.get(selected.id)}
        download={downloads.get(selected.id)}
        loaded={snapshot.loaded}
        recommendation={snapshot.recommendation}
        onChoose={onChoose}
      />
    );
  if (catalog.families.length === 0) {
    return (
      <EmptyState title={strings.noModels} hint={strings.noModelsHint}>
        <Button onClick={() => void store.run({ kind: 'showLog' })}>{strings.showLog}</Button>
      </EmptyState>
    );
  }
  if (narrow && details !== null) {
    return (
      <div class="narrow-details">
        <Button onClick={() => changeView(({ selectedId: _left, ...rest }) => rest)}>
          {strings.backToList}
        </Button>
        {details}
      </div>
    );
  }
  return (
    <>
      <ModelFilters catalog={catalog} shownCount={listed.length} />
      <div class="split">
        <div class="list-pane">
          <Recommendation
            recommendation={snapshot.recommendation}
            find={(modelId) => findVariant(catalog.families, modelId)}
          />
          {listed.length === 0 ? (
            <EmptyState title={strings.nothingFound}>
              <Button onClick={() => changeView((now) => ({ ...now, ...noFilters }))}>
                {strings.clearFilters}
              </Button>
            </EmptyState>
          ) : (
            <ModelSelector
              listed={listed}
              listView={listView}
              models={models}
              downloads={downloads}
              recommendedId={snapshot.recommendation?.modelId}
              onChoose={onChoose}
            />
          )}
          <HubSearch
            results={hubResults}
            models={models}
            downloads={downloads}
            onChoose={onChoose}
          />
        </div>
        {narrow ? null : (
          <div class="details-pane">{details ?? <EmptyState title={strings.selectModel} />}</div>
        )}
      </div>
    </>
  );
}

function findVariant(
  families: PanelCatalog['families'],
  variantId: string | undefined,
): PanelVariant | undefined {
  if (variantId === undefined) return undefined;
  for (const { variants } of families) {
    const variant = variants.find(({ id }) => id === variantId);
    if (variant !== undefined) return variant;
  }
  return undefined;
}

/** The one recommendation with its reason, over the list while it is not filtered. */
function Recommendation(props: {
  readonly recommendation: PanelRecommendation | undefined;
  readonly find: (modelId: string | undefined) => PanelVariant | undefined;
}) {
  const { strings, view } = usePanel();
  const { recommendation, find } = props;
  const variant = find(recommendation?.modelId);
  if (recommendation === undefined || variant === undefined || isFiltering(view)) return null;
  const smaller = find(recommendation.smallerId);
  const better = find(recommendation.betterId);
  return (
    <section class="recommendation" aria-label={strings.recommendedFor}>
      <Icon name="star" />
      <div>
        <p class="recommendation-title">
          {strings.recommendedFor}: <VariantLink variant={variant} />
        </p>
        <p class="quiet">{withUnbrokenFigures(recommendation.reason)}</p>
        {smaller === undefined ? null : (
          <p>
            {strings.nextSmaller}: <VariantLink variant={smaller} />
          </p>
        )}
        {better === undefined ? null : (
          <p>
            {strings.nextBetter}: <VariantLink variant={better} />
          </p>
        )}
      </div>
    </section>
  );
}

/** A variant's name, which selects it, and its size. */
function VariantLink({ variant }: { readonly variant: PanelVariant }) {
  const { figures, changeView } = usePanel();
  return (
    <>
      <LinkButton onClick={() => changeView((now) => ({ ...now, selectedId: variant.id }))}>
        {variant.name}
      </LinkButton>{' '}
      {variant.sizeBytes === undefined ? null : (
        <span class="quiet">{figures.bytes(variant.sizeBytes)}</span>
      )}
    </>
  );
}
