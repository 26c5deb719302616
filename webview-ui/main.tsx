/**
 * The panel's page. It connects the store with the extension host, draws the app, and keeps what a person looks at
 * (filter, selection, scroll) in the webview's own state. Everything else is the host's and comes as snapshots.
 */
import { render } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { isHostMessage } from '../src/protocol/panelMessages';
import type { PanelStrings } from '../src/protocol/panelStrings';
import { App } from './components/App';
import { PanelContext, useStoreState } from './components/panelContext';
import { useKeptScroll } from './components/useKeptScroll';
import { readStrings } from './readStrings';
import { createHostConnection } from './store/hostConnection';
import { createSearchText } from './store/listModels';
import { ModelDownloadStore } from './store/modelDownloadStore';
import { readViewState, type ViewState } from './store/viewState';
import { createFigures } from './text/figures';
import { createLanguageNamer } from './text/languageNames';
import { registerToolkit } from './toolkit';

/** What the editor gives a webview; callable once. */
interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): WebviewApi;

declare global {
  interface Window {
    /** Ends the listening of the script in the page's HTML; returns what it heard (panelHtml.ts). */
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
  const look = useCallback(
    (change: (view: ViewState) => ViewState) =>
      setView((now) => {
        const next = change(now);
        api.setState(next);
        return next;
      }),
    [api],
  );
  useKeptScroll(state.snapshot !== undefined, view.scrollTop, look);
  const figures = useMemo(() => createFigures(language, strings), [language, strings]);
  const languageName = useMemo(() => createLanguageNamer(language), [language]);
  const searchText = useMemo(() => createSearchText(languageName), [languageName]);
  const context = useMemo(
    () => ({ store, strings, figures, languageName, searchText, view, look }),
    [store, strings, figures, languageName, searchText, view, look],
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
  );
  const early = window.takeEarlyMessages?.() ?? [];
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => connection.receive(data));
  connection.ready(lastSerial(early));
  registerToolkit();
  const language = document.documentElement.lang || undefined;
  // Until there is something to show, what the host wrote into the page stands: nothing is drawn twice.
  const end = store.subscribe(() => {
    end();
    root.replaceChildren();
    render(<Page api={api} store={store} strings={strings} language={language} />, root);
  });
  for (const message of early) connection.receive(message);
}

/** The serial of the newest snapshot among messages that came before the page listened. */
function lastSerial(early: readonly unknown[]): number | undefined {
  const held = early.findLast((message) => isHostMessage(message) && message.type === 'snapshot');
  return isHostMessage(held) && held.type === 'snapshot' ? held.serial : undefined;
}

start();
