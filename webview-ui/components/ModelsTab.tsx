import { useEffect, useMemo } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type {
  PanelCatalog,
  PanelDetails,
  PanelFamily,
  PanelModel,
  PanelRecommendation,
  PanelSnapshot,
  PanelVariant,
} from '../../src/protocol/panelSnapshot';
import { listModels } from '../store/listModels';
import { isFiltering, noFilters } from '../store/viewState';
import { withUnbrokenFigures } from '../text/unbroken';
import { Button, EmptyState, Icon, LinkButton } from './controls';
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
  readonly models: ReadonlyMap<string, PanelModel>;
  readonly downloads: ReadonlyMap<string, ModelDownloadProgress>;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings, store, searchText, view, changeView } = usePanel();
  const { catalog, snapshot, models, downloads, onChoose } = props;
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
  const selected = useMemo(() => findVariant(catalog, view.selectedId), [catalog, view.selectedId]);
  const selectedId = selected?.variant.id;
  useEffect(() => {
    if (selectedId !== undefined) store.requestDetails(selectedId);
    // Another catalog may know more of the same model.
  }, [store, selectedId, catalog]);
  const shownCount = listed.reduce((sum, { variants }) => sum + variants.length, 0);
  const details =
    selected === undefined ? null : (
      <ModelDetails
        family={selected.family}
        variant={selected.variant}
        details={props.details?.modelId === selected.variant.id ? props.details : undefined}
        model={models.get(selected.variant.id)}
        download={downloads.get(selected.variant.id)}
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
      <ModelFilters catalog={catalog} shownCount={shownCount} />
      <div class="split">
        <div class="list-pane">
          <Recommendation
            recommendation={snapshot.recommendation}
            variant={findVariant(catalog, snapshot.recommendation?.modelId)?.variant}
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
        </div>
        {narrow ? null : (
          <div class="details-pane">{details ?? <EmptyState title={strings.selectModel} />}</div>
        )}
      </div>
    </>
  );
}

function findVariant(
  catalog: PanelCatalog,
  variantId: string | undefined,
): { readonly family: PanelFamily; readonly variant: PanelVariant } | undefined {
  if (variantId === undefined) return undefined;
  for (const family of catalog.families) {
    const variant = family.variants.find(({ id }) => id === variantId);
    if (variant !== undefined) return { family, variant };
  }
  return undefined;
}

/** The one recommendation with its reason, over the list while it is not filtered. */
function Recommendation(props: {
  readonly recommendation: PanelRecommendation | undefined;
  readonly variant: PanelVariant | undefined;
}) {
  const { strings, figures, view, changeView } = usePanel();
  const { recommendation, variant } = props;
  if (recommendation === undefined || variant === undefined || isFiltering(view)) return null;
  return (
    <section class="recommendation" aria-label={strings.recommendedFor}>
      <Icon name="star" />
      <div>
        <p class="recommendation-title">
          {strings.recommendedFor}:{' '}
          <LinkButton onClick={() => changeView((now) => ({ ...now, selectedId: variant.id }))}>
            {variant.name}
          </LinkButton>{' '}
          {variant.sizeBytes === undefined ? null : (
            <span class="quiet">{figures.bytes(variant.sizeBytes)}</span>
          )}
        </p>
        <p class="quiet">{withUnbrokenFigures(recommendation.reason)}</p>
      </div>
    </section>
  );
}
