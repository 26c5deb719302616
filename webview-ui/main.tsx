/**
 * The panel's page. It connects the store with the extension host, draws the app, and keeps what a person has chosen
 * to see (filter, selection, scroll) in the webview's own state. Everything else is the host's and comes as snapshots.
 *
 *   extension host --snapshot, download_progress--> hostConnection --> ModelDownloadStore --state--> <App>
 *        ^                                                                     |                       |
 *        +----------------- ready, details, request (an action) <--------------+<---- run(action) -----+
 *
 * - store/: the connection, the state, and pure rules: what is listed, what a key does, what is announced.
 * - components/: what is drawn. App has the two tabs, the strip of running downloads and the download dialog.
 * - text/: line breaks, the pace of announcements. Figures, names of languages and the words of a download come from
 *   src/protocol, which the host's surfaces use as well.
 *
 * A page that the editor has hidden is gone; the next one shows the host's first snapshot. Imports: src/protocol, Preact
 * and the webview toolkit (toolkit.ts alone).
 */
import { render } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createFigures } from '../src/protocol/format';
import { languageNames } from '../src/protocol/languageNames';
import { isHostMessage } from '../src/protocol/panelMessages';
import type { PanelStrings } from '../src/protocol/panelStrings';
import { App } from './components/App';
import { PanelContext, useStoreState } from './components/panelContext';
import { createHostConnection, readStrings } from './store/hostConnection';
import { createSearchText } from './store/listModels';
import { ModelDownloadStore } from './store/modelDownloadStore';
import { readViewState, type ViewState } from './store/viewState';
import { registerToolkit } from './toolkit';

/** The function that the editor gives a webview; callable once. */
interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): WebviewApi;

declare global {
  interface Window {
    /** Removes the listener of the script in the page's HTML; returns the messages so far (panelDocument.ts). */
    takeEarlyMessages?: () => readonly unknown[];
  }
}

function Page(props: {
  readonly api: WebviewApi;
  readonly store: ModelDownloadStore;
  readonly strings: PanelStrings;
  readonly language: string | undefined;
}) {
  const { api, store, strings, language } = props;
  const state = useStoreState(store);
  const [view, setView] = useState(() => readViewState(api.getState()));
  const changeView = useCallback(
    (change: (view: ViewState) => ViewState) =>
      setView((now) => {
        const next = change(now);
        api.setState(next);
        return next;
      }),
    [api],
  );
  useKeptScroll(state.snapshot !== undefined, view.scrollTop, changeView);
  const figures = useMemo(() => createFigures(language, strings), [language, strings]);
  const languageName = useMemo(() => languageNames(language, strings), [language, strings]);
  const searchText = useMemo(() => createSearchText(languageName), [languageName]);
  const context = useMemo(
    () => ({ store, strings, figures, languageName, searchText, view, changeView }),
    [store, strings, figures, languageName, searchText, view, changeView],
  );
  return (
    <PanelContext.Provider value={context}>
      <App state={state} />
    </PanelContext.Provider>
  );
}

function start(): void {
  const root = document.getElementById('root');
  const strings = readStrings(document.getElementById('strings')?.textContent ?? '');
  if (root === null || strings === undefined) return;
  const api = acquireVsCodeApi();
  const connection = createHostConnection(
    (message) => api.postMessage(message),
    (push) => store.receive(push),
  );
  const store = new ModelDownloadStore(
    (action) => connection.request(action),
    (modelId) => connection.askDetails(modelId),
    (search, more) => connection.searchHub(search, more),
    (modelIds) => connection.askSizes(modelIds),
  );
  const early = window.takeEarlyMessages?.() ?? [];
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => connection.receive(data));
  connection.ready(lastSerial(early));
  registerToolkit();
  const language = document.documentElement.lang || undefined;
  // Until there is something to show, the host's placeholders stay in the page: nothing is drawn twice.
  const end = store.subscribe(() => {
    end();
    root.replaceChildren();
    render(<Page api={api} store={store} strings={strings} language={language} />, root);
  });
  for (const message of early) connection.receive(message);
}

/**
 * Restores the scroll position once the list is drawn, and remembers it from then on. In a wide panel the list scrolls,
 * in a narrow one the page does; scroll events of both are handled in the capture phase.
 */
function useKeptScroll(
  drawn: boolean,
  scrollTop: number,
  changeView: (change: (view: ViewState) => ViewState) => void,
): void {
  const initial = useRef(scrollTop);
  useEffect(() => {
    if (!drawn) return;
    for (const element of scrollers()) element.scrollTop = initial.current;
    const onScrollEnd = ({ target }: Event): void => {
      const element = target === document ? document.scrollingElement : target;
      if (!(element instanceof Element) || !scrollers().includes(element)) return;
      const top = element.scrollTop;
      changeView((now) => (now.scrollTop === top ? now : { ...now, scrollTop: top }));
    };
    document.addEventListener('scrollend', onScrollEnd, { capture: true });
    return () => document.removeEventListener('scrollend', onScrollEnd, { capture: true });
  }, [drawn, changeView]);
}

function scrollers(): readonly Element[] {
  return [
    document.scrollingElement,
    ...document.querySelectorAll('.list-pane, .downloaded'),
  ].filter((element) => element !== null);
}

/** The serial of the newest snapshot among messages that came before the page listened. */
function lastSerial(early: readonly unknown[]): number | undefined {
  const held = early.findLast((message) => isHostMessage(message) && message.type === 'snapshot');
  return isHostMessage(held) && held.type === 'snapshot' ? held.serial : undefined;
}

start();
