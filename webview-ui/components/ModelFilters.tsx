import { useMemo } from 'preact/hooks';
import type { PanelCatalog } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import {
  isFiltering,
  noFilters,
  oneOf,
  sizeFilters,
  sortOrders,
  stateFilters,
  type SizeFilter,
  type SortOrder,
  type StateFilter,
} from '../store/viewState';
import { fill, fillCount } from '../text/fill';
import type { Figures } from '../text/figures';
import { Dropdown } from './Dropdown';
import { formatName } from './formatName';
import { LinkButton } from './LinkButton';
import { usePanel } from './panelContext';
import { SearchField } from './SearchField';
import { useSettled } from './useSettled';

/** While somebody types, the count changes with each letter; it is busy, and read out when they pause. */
const countPauseMs = 1000;

/** Search, filters and sort: the line over the list. */
export function ModelFilters(props: {
  readonly catalog: PanelCatalog;
  readonly shownCount: number;
}) {
  const { strings, figures, view, look, languageName } = usePanel();
  const { catalog, shownCount } = props;
  const facts = useMemo(() => catalogFacts(catalog, languageName), [catalog, languageName]);
  const languages = useMemo(
    () => [{ value: '', text: strings.anyLanguage }, ...facts.languages],
    [facts, strings],
  );
  const formats = useMemo(
    () => [
      { value: '', text: strings.anyFormat },
      ...facts.formats.map((format) => ({ value: format, text: formatName(format) })),
    ],
    [facts, strings],
  );
  const choices = useMemo(
    () => ({
      sizes: sizeFilters.map((size) => ({ value: size, text: sizeText(size, strings, figures) })),
      states: stateFilters.map((state) => ({ value: state, text: stateText(state, strings) })),
      sorts: sortOrders.map((sort) => ({
        value: sort,
        text: `${strings.sortBy}: ${sortText(sort, strings)}`,
      })),
    }),
    [strings, figures],
  );
  const filtering = isFiltering(view);
  const countText = filtering
    ? fill(strings.modelsFound, shownCount, facts.count)
    : fillCount(strings.modelsShownOne, strings.modelsShown, shownCount);
  const settledCount = useSettled(countText, countPauseMs);
  return (
    <div class="filters">
      <SearchField value={view.search} onInput={(search) => look((now) => ({ ...now, search }))} />
      <div class="filter-line">
        <Dropdown
          label={strings.filterLanguage}
          value={view.language}
          choices={languages}
          onChange={(language) => look((now) => ({ ...now, language }))}
        />
        <Dropdown
          label={strings.filterFormat}
          value={view.format}
          choices={formats}
          onChange={(format) => look((now) => ({ ...now, format }))}
        />
        <Dropdown
          label={strings.filterSize}
          value={view.size}
          choices={choices.sizes}
          onChange={(size) => look((now) => ({ ...now, size: oneOf(sizeFilters, size, 'any') }))}
        />
        <Dropdown
          label={strings.filterState}
          value={view.state}
          choices={choices.states}
          onChange={(state) =>
            look((now) => ({ ...now, state: oneOf(stateFilters, state, 'any') }))
          }
        />
        <Dropdown
          label={strings.sortBy}
          value={view.sort}
          choices={choices.sorts}
          onChange={(sort) => look((now) => ({ ...now, sort: oneOf(sortOrders, sort, 'catalog') }))}
        />
        <span class="shown-count" role="status" aria-busy={countText !== settledCount}>
          {countText}
        </span>
        {filtering && shownCount > 0 ? (
          <LinkButton onClick={() => look((now) => ({ ...now, ...noFilters }))}>
            {strings.clearFilters}
          </LinkButton>
        ) : null}
      </div>
    </div>
  );
}

function catalogFacts(catalog: PanelCatalog, languageName: (code: string) => string) {
  const variants = catalog.families.flatMap((family) => family.variants);
  const languages = [...new Set(variants.flatMap((variant) => variant.languages))]
    .map((value) => ({ value, text: languageName(value) }))
    .sort((a, b) => a.text.localeCompare(b.text));
  const formats = [...new Set(variants.map((variant) => variant.format))];
  return { languages, formats, count: variants.length };
}

function sizeText(size: SizeFilter, strings: PanelStrings, figures: Figures): string {
  if (size === 'any') return strings.anySize;
  if (size === 'over') return fill(strings.sizeOver, figures.bytes(3e9));
  return fill(strings.sizeUpTo, figures.bytes(Number(size) * 1e6));
}

function stateText(state: StateFilter, strings: PanelStrings): string {
  switch (state) {
    case 'any':
      return strings.anyState;
    case 'downloaded':
      return strings.stateDownloaded;
    case 'notDownloaded':
      return strings.stateNotDownloaded;
    case 'updatable':
      return strings.stateUpdatable;
    case 'fits':
      return strings.stateFits;
  }
}

function sortText(sort: SortOrder, strings: PanelStrings): string {
  switch (sort) {
    case 'catalog':
      return strings.sortCatalog;
    case 'name':
      return strings.sortName;
    case 'size':
      return strings.sortSize;
    case 'accuracy':
      return strings.sortAccuracy;
    case 'speed':
      return strings.sortSpeed;
  }
}
