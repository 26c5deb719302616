import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Figures, fill, fillCount } from '../../src/protocol/format';
import type { PanelCatalog } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import {
  isFiltering,
  noFilters,
  readViewState,
  type SizeFilter,
  sizeFilters,
  type SortOrder,
  sortOrders,
  type StateFilter,
  stateFilters,
} from '../store/viewState';
import { Icon, LinkButton } from './controls';
import { formatName } from '../../src/protocol/programs';
import { usePanel } from './panelContext';

/** While the user types, the count changes with each letter; it is busy, and read out at the next pause. */
const countPauseMs = 1000;

/** Search, filters and sort: the line over the list. */
export function ModelFilters(props: {
  readonly catalog: PanelCatalog;
  readonly shownCount: number;
}) {
  const { strings, figures, view, changeView, languageName } = usePanel();
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
  const choices = useMemo(() => {
    const stateTexts: Readonly<Record<StateFilter, string>> = {
      any: strings.anyState,
      downloaded: strings.stateDownloaded,
      notDownloaded: strings.stateNotDownloaded,
      updatable: strings.stateUpdatable,
      fits: strings.stateFits,
    };
    const sortTexts: Readonly<Record<SortOrder, string>> = {
      catalog: strings.sortCatalog,
      name: strings.sortName,
      size: strings.sortSize,
      accuracy: strings.sortAccuracy,
      speed: strings.sortSpeed,
    };
    return {
      sizes: sizeFilters.map((value) => ({ value, text: sizeText(value, strings, figures) })),
      states: stateFilters.map((value) => ({ value, text: stateTexts[value] })),
      sorts: sortOrders.map((value) => ({ value, text: `${strings.sortBy}: ${sortTexts[value]}` })),
    };
  }, [strings, figures]);
  const dropdown = (
    name: 'language' | 'format' | 'size' | 'state' | 'sort',
    label: string,
    options: readonly DropdownChoice[],
  ) => (
    <Dropdown
      label={label}
      value={view[name]}
      choices={options}
      onChange={(value) => changeView((now) => readViewState({ ...now, [name]: value }))}
    />
  );
  const filtering = isFiltering(view);
  const countText = filtering
    ? fill(strings.modelsFound, shownCount, facts.count)
    : fillCount(strings.modelsShownOne, strings.modelsShown, shownCount);
  const settledCount = useSettled(countText, countPauseMs);
  return (
    <div class="filters">
      <SearchField
        value={view.search}
        onInput={(search) => changeView((now) => ({ ...now, search }))}
      />
      <div class="filter-line">
        {dropdown('language', strings.filterLanguage, languages)}
        {dropdown('format', strings.filterFormat, formats)}
        {dropdown('size', strings.filterSize, choices.sizes)}
        {dropdown('state', strings.filterState, choices.states)}
        {dropdown('sort', strings.sortBy, choices.sorts)}
        <span class="shown-count" role="status" aria-busy={countText !== settledCount}>
          {countText}
        </span>
        {filtering && shownCount > 0 ? (
          <LinkButton onClick={() => changeView((now) => ({ ...now, ...noFilters }))}>
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
  return { languages, formats, count: catalog.families.length };
}

function sizeText(size: SizeFilter, strings: PanelStrings, figures: Figures): string {
  if (size === 'any') return strings.anySize;
  if (size === 'over') return fill(strings.sizeOver, figures.bytes(3e9));
  return fill(strings.sizeUpTo, figures.bytes(Number(size) * 1e6));
}

/** The search box. Escape empties it. */
function SearchField(props: { readonly value: string; readonly onInput: (value: string) => void }) {
  const { strings } = usePanel();
  const { value, onInput } = props;
  const element = useRef<HTMLElement & { value?: string }>(null);
  useLayoutEffect(() => {
    const field = element.current;
    if (field === null || field.value === value) return;
    field.value = value;
    // The element shows it a frame later; a letter that is typed before would join what stood there.
    const input = field.shadowRoot?.querySelector('input');
    if (input instanceof HTMLInputElement) input.value = value;
  }, [value]);
  useLayoutEffect(() => {
    // When it is connected the element names itself "Text field", over any label that it was given.
    element.current?.setAttribute('aria-label', strings.searchLabel);
  }, [strings]);
  return (
    <div class="search">
      <vscode-text-field
        ref={element}
        id="search"
        placeholder={strings.searchPlaceholder}
        onInput={() => onInput(element.current?.value ?? '')}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || value === '') return;
          event.preventDefault();
          onInput('');
        }}
      />
      {value === '' ? null : (
        <button
          type="button"
          class="icon-button search-clear"
          aria-label={strings.clearSearch}
          title={strings.clearSearch}
          onClick={() => {
            onInput('');
            element.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

interface DropdownChoice {
  readonly value: string;
  readonly text: string;
}

/**
 * A toolkit dropdown with its value under our control. Its options are drawn when the pointer or the focus reaches
 * it: a hundred languages cost more than the rest of the page, and are seldom needed.
 */
function Dropdown(props: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly DropdownChoice[];
  readonly onChange: (value: string) => void;
}) {
  const { label, value, choices, onChange } = props;
  const [wanted, setWanted] = useState(false);
  const drawn = wanted ? choices : choices.filter((choice) => choice.value === value);
  const element = useRef<HTMLElement & { value?: string }>(null);
  useLayoutEffect(() => {
    const dropdown = element.current;
    // The element forgets a value that none of its options had yet, so it is set again after they are drawn.
    if (dropdown !== null && dropdown.value !== value) dropdown.value = value;
  }, [value, choices, wanted]);
  return (
    <vscode-dropdown
      ref={element}
      class={value === choices[0]?.value ? 'filter' : 'filter filter-set'}
      aria-label={label}
      title={label}
      onPointerEnter={() => setWanted(true)}
      onFocusIn={() => setWanted(true)}
      onChange={() => {
        const chosen = element.current?.value;
        if (chosen !== undefined && chosen !== value) onChange(chosen);
      }}
    >
      {drawn.map((choice) => (
        <vscode-option key={choice.value} value={choice.value} selected={choice.value === value}>
          {choice.text}
        </vscode-option>
      ))}
    </vscode-dropdown>
  );
}

/** The value once it has stood for a while: what is typed letter by letter is read out at its end. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
