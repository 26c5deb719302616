/** Filters, selection and scroll position: all that the page saves, in the webview's own state. */
export interface ViewState {
  readonly tab: 'models' | 'downloaded';
  readonly search: string;
  readonly language: string;
  readonly format: string;
  readonly size: SizeFilter;
  readonly state: StateFilter;
  readonly sort: SortOrder;
  readonly selectedId?: string;
  /** Families that a person opened or closed, by hand, against their default. */
  readonly toggledFamilies: readonly string[];
  /** Whose download dialog is open. */
  readonly dialogModelId?: string;
  /** Pixels. */
  readonly scrollTop: number;
}

/** The part of the view that decides which models are listed, and in which order. */
export type ListView = Pick<
  ViewState,
  'search' | 'language' | 'format' | 'size' | 'state' | 'sort'
>;

export const sizeFilters = ['any', '100', '500', '1000', '3000', 'over'] as const;
export const stateFilters = ['any', 'downloaded', 'notDownloaded', 'updatable', 'fits'] as const;
export const sortOrders = ['catalog', 'name', 'size', 'accuracy', 'speed'] as const;

/** Up to so many megabytes, or over the largest of them. */
export type SizeFilter = (typeof sizeFilters)[number];
export type StateFilter = (typeof stateFilters)[number];
export type SortOrder = (typeof sortOrders)[number];

/** The filters that *Clear Filters* sets. */
export const noFilters = {
  search: '',
  language: '',
  format: '',
  size: 'any',
  state: 'any',
} as const;

export const initialViewState: ViewState = {
  ...noFilters,
  tab: 'models',
  sort: 'catalog',
  toggledFamilies: [],
  scrollTop: 0,
};

/** Reads what an earlier page kept, perhaps of an older version: every field that does not fit is the initial one. */
export function readViewState(kept: unknown): ViewState {
  if (typeof kept !== 'object' || kept === null) return initialViewState;
  const fields: Readonly<Record<string, unknown>> = { ...kept };
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === 'string' ? value : '';
  };
  const scrollTop = fields['scrollTop'];
  const toggled: readonly unknown[] = Array.isArray(fields['toggledFamilies'])
    ? fields['toggledFamilies']
    : [];
  return {
    tab: fields['tab'] === 'downloaded' ? 'downloaded' : 'models',
    search: text('search'),
    language: text('language'),
    format: text('format'),
    size: oneOf(sizeFilters, fields['size'], 'any'),
    state: oneOf(stateFilters, fields['state'], 'any'),
    sort: oneOf(sortOrders, fields['sort'], 'catalog'),
    toggledFamilies: toggled.filter((id) => typeof id === 'string'),
    scrollTop: typeof scrollTop === 'number' && scrollTop > 0 ? scrollTop : 0,
    ...(text('selectedId') === '' ? {} : { selectedId: text('selectedId') }),
    ...(text('dialogModelId') === '' ? {} : { dialogModelId: text('dialogModelId') }),
  };
}

/** The value if it is one of `allowed`, else the fallback. */
function oneOf<T extends string>(allowed: readonly T[], value: unknown, fallback: T): T {
  return allowed.find((known) => known === value) ?? fallback;
}

/** Whether anything narrows the list. */
export function isFiltering(view: ListView): boolean {
  return (
    view.search.trim() !== '' ||
    view.language !== '' ||
    view.format !== '' ||
    view.size !== 'any' ||
    view.state !== 'any'
  );
}
