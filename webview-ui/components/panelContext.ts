import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import type { ModelDownloadState } from '../store/modelDownloadState';
import type { ModelDownloadStore } from '../store/modelDownloadStore';
import type { SearchText } from '../store/listModels';
import type { ViewState } from '../store/viewState';
import type { Figures } from '../../src/protocol/format';

/** The context of every component. */
interface PanelContextValue {
  readonly store: ModelDownloadStore;
  readonly strings: PanelStrings;
  readonly figures: Figures;
  readonly languageName: (code: string) => string;
  readonly searchText: SearchText;
  readonly view: ViewState;
  /** Changes filters, selection or scroll position, and saves them for the next page. */
  readonly changeView: (change: (view: ViewState) => ViewState) => void;
}

export const PanelContext = createContext<PanelContextValue | undefined>(undefined);

/** The surroundings; throws outside of a page, which is a mistake of ours. */
export function usePanel(): PanelContextValue {
  const value = useContext(PanelContext);
  if (value === undefined) throw new Error('No PanelContext');
  return value;
}

/** The store's state; draws again whenever it changes. */
export function useStoreState(store: ModelDownloadStore): ModelDownloadState {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    // It may have changed between drawing and now.
    setState(store.state);
    return store.subscribe(() => setState(store.state));
  }, [store]);
  return state;
}

/** Whether a media query holds, now and later. */
export function useMediaQuery(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const list = window.matchMedia(query);
    const update = (): void => setMatches(list.matches);
    list.addEventListener('change', update);
    return () => list.removeEventListener('change', update);
  }, [query]);
  return matches;
}
