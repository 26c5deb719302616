import { useEffect, useMemo } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type {
  PanelCatalog,
  PanelDetails,
  PanelFamily,
  PanelModel,
  PanelSnapshot,
  PanelVariant,
} from '../../src/protocol/panelSnapshot';
import { listModels } from '../store/listModels';
import { noFilters } from '../store/viewState';
import { Button } from './Button';
import { EmptyState } from './EmptyState';
import { ModelDetails } from './ModelDetails';
import { ModelFilters } from './ModelFilters';
import { ModelSelector } from './ModelSelector';
import { Recommendation } from './Recommendation';
import { useMediaQuery, usePanel } from './panelContext';

/** Every model on offer: the list, and beside it (in a narrow panel: instead of it) the selected one. */
export function ModelsTab(props: {
  readonly catalog: PanelCatalog;
  readonly snapshot: PanelSnapshot;
  /** Of the model that was looked at last. */
  readonly details: ({ readonly modelId: string } & PanelDetails) | undefined;
  readonly models: ReadonlyMap<string, PanelModel>;
  readonly downloads: ReadonlyMap<string, ModelDownloadProgress>;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings, store, searchText, view, look } = usePanel();
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
  const lookedAtId = selected?.variant.id;
  useEffect(() => {
    if (lookedAtId !== undefined) store.lookInto(lookedAtId);
    // Another catalog may know more of the same model.
  }, [store, lookedAtId, catalog]);
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
        <Button onClick={() => void store.run({ kind: 'showLog' })}>{strings.actionShowLog}</Button>
      </EmptyState>
    );
  }
  if (narrow && details !== null) {
    return (
      <div class="narrow-details">
        <Button onClick={() => look(({ selectedId: _left, ...rest }) => rest)}>
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
              <Button onClick={() => look((now) => ({ ...now, ...noFilters }))}>
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
