import { useCallback, useEffect, useMemo } from 'preact/hooks';
import { isFinal, type ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { downloadOfModel, type ModelDownloadState } from '../store/modelDownloadState';
import { Button, EmptyState } from './controls';
import { DownloadedModels } from './DownloadedModels';
import { DownloadStrip } from './DownloadStrip';
import { LiveRegion } from './LiveRegion';
import { ModelDownloadDialog } from './ModelDownloadDialog';
import { ModelsTab } from './ModelsTab';
import { Notices } from './Notices';
import { Tabs } from './Tabs';
import { usePanel } from './panelContext';
import { useAnnouncement } from './useAnnouncement';
import { useKeptFocus } from './useKeptFocus';

/** The whole page: what runs, the two tabs, and the dialog when one is open. */
export function App({ state }: { readonly state: ModelDownloadState }) {
  const { store, strings, view, changeView } = usePanel();
  const { snapshot, catalog, shown } = state;
  const announced = useAnnouncement(snapshot?.downloads, strings);
  useKeptFocus();
  const models = useMemo(
    () => new Map(snapshot?.models.map((model) => [model.modelId, model])),
    [snapshot?.models],
  );
  const downloads = useMemo(() => byModel(snapshot?.downloads ?? []), [snapshot?.downloads]);

  const openDialog = useCallback(
    (dialogModelId: string) => changeView((now) => ({ ...now, dialogModelId })),
    [changeView],
  );
  const closeDialog = useCallback(
    () => changeView(({ dialogModelId: _closed, ...rest }) => rest),
    [changeView],
  );
  const drawn = snapshot !== undefined;
  useEffect(() => {
    // A dialog that an earlier page left open, of a download that is long gone, must not come back.
    if (!drawn) return;
    changeView((now) => {
      const { dialogModelId, ...rest } = now;
      if (dialogModelId === undefined) return now;
      const record = downloadOfModel(store.state.snapshot?.downloads, dialogModelId);
      return record === undefined ? rest : now;
    });
  }, [drawn, changeView, store]);
  const onChoose = useCallback(
    (modelId: string) => {
      const { snapshot: now } = store.state;
      const download = downloadOfModel(now?.downloads, modelId);
      const model = now?.models.find((each) => each.modelId === modelId);
      const running = download !== undefined && !isFinal(download.status);
      if (!running && download?.status !== 'error') {
        // A downloaded model is shown, not downloaded again.
        if (model?.state === 'downloaded') return;
        if (model?.state === 'damaged') {
          if (model.busy === undefined) void store.run({ kind: 'repair', modelId });
          return;
        }
        const kind = model?.state === 'incomplete' ? 'resume' : 'download';
        void store.run({ kind, modelId }).then((result) => {
          const begun = downloadOfModel(store.state.snapshot?.downloads, modelId);
          if ('err' in result && begun === undefined) closeDialog();
        });
      }
      openDialog(modelId);
    },
    [store, openDialog, closeDialog],
  );
  useEffect(() => {
    if (shown === undefined) return;
    changeView((now) => ({ ...now, tab: 'models', selectedId: shown.modelId }));
    const download = downloadOfModel(store.state.snapshot?.downloads, shown.modelId);
    if (download !== undefined) openDialog(shown.modelId);
  }, [shown, changeView, openDialog, store]);

  if (snapshot === undefined || catalog === undefined) return <InitialView state={state} />;
  const onDisk = snapshot.models.filter(({ disk }) => disk !== undefined).length;
  const dialogId = view.dialogModelId;
  return (
    <main class="page">
      <h1 class="visually-hidden">{strings.title}</h1>
      <Tabs
        tabs={[
          { id: 'models', text: strings.tabModels },
          { id: 'downloaded', text: strings.tabDownloaded, count: onDisk },
        ]}
        current={view.tab}
        onChange={(tab) => changeView((now) => ({ ...now, tab, scrollTop: 0 }))}
      />
      <Notices
        notices={snapshot.notices}
        loaded={snapshot.loaded}
        failedLoad={snapshot.failedLoad}
        answer={dialogId !== undefined && state.answer?.failed === true ? undefined : state.answer}
      />
      <DownloadStrip downloads={snapshot.downloads} onShow={openDialog} />
      <div id="tab-content" role="tabpanel" aria-labelledby={`tab-${view.tab}`} class="content">
        {view.tab === 'models' ? (
          <ModelsTab
            catalog={catalog}
            snapshot={snapshot}
            details={state.details}
            hubResults={state.hubResults}
            models={models}
            downloads={downloads}
            onChoose={onChoose}
          />
        ) : (
          <DownloadedModels
            snapshot={snapshot}
            onBrowse={() => changeView((now) => ({ ...now, tab: 'models' }))}
            onDownload={openDialog}
          />
        )}
      </div>
      {dialogId === undefined ? (
        <LiveRegion text={announced} />
      ) : (
        <ModelDownloadDialog
          key={dialogId}
          modelId={dialogId}
          name={nameOf(state, dialogId)}
          state={state}
          announced={announced}
          onClose={closeDialog}
          onFreeUpSpace={() => {
            closeDialog();
            changeView((now) => ({ ...now, tab: 'downloaded' }));
          }}
        />
      )}
    </main>
  );
}

/** Before the first snapshot: why there is none. While it is on its way, main.tsx keeps the host's placeholders. */
function InitialView({ state }: { readonly state: ModelDownloadState }) {
  const { store, strings } = usePanel();
  return (
    <main class="page">
      <h1 class="visually-hidden">{strings.title}</h1>
      {state.failure === undefined ? (
        <EmptyState title={strings.loading} />
      ) : (
        <EmptyState title={strings.loadFailed} hint={state.failure.message}>
          <Button kind="primary" onClick={() => void store.checkDownloadedModels()}>
            {strings.tryAgain}
          </Button>
          <Button onClick={() => void store.run({ kind: 'showLog' })}>{strings.showLog}</Button>
        </EmptyState>
      )}
    </main>
  );
}

/** One record per model: the one that counts. */
function byModel(
  downloads: readonly ModelDownloadProgress[],
): ReadonlyMap<string, ModelDownloadProgress> {
  const records = new Map<string, ModelDownloadProgress>();
  for (const { modelId } of downloads) {
    const record = downloadOfModel(downloads, modelId);
    if (record !== undefined) records.set(modelId, record);
  }
  return records;
}

function nameOf({ snapshot, catalog, hubResults }: ModelDownloadState, modelId: string): string {
  const families = [...(catalog?.families ?? []), ...(hubResults?.families ?? [])];
  return (
    downloadOfModel(snapshot?.downloads, modelId)?.modelName ??
    snapshot?.models.find((model) => model.modelId === modelId)?.name ??
    families.flatMap(({ variants }) => variants).find(({ id }) => id === modelId)?.name ??
    modelId
  );
}
