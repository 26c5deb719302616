import assert from 'node:assert/strict';
import type { ComponentChildren } from 'preact';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import type { PanelAction } from '../../../src/protocol/panelMessages';
import type { PanelLoaded, PanelModel, PanelSnapshot } from '../../../src/protocol/panelSnapshot';
import {
  CacheLocation,
  DiskUsage,
  DownloadedModels,
} from '../../../webview-ui/components/DownloadedModels';
import { DownloadStrip } from '../../../webview-ui/components/DownloadStrip';
import { LoadModelButton } from '../../../webview-ui/components/LoadModelButton';
import { ModelDetails } from '../../../webview-ui/components/ModelDetails';
import { ModelDownloadDialog } from '../../../webview-ui/components/ModelDownloadDialog';
import { ModelFacts } from '../../../webview-ui/components/ModelFacts';
import { ModelMenu } from '../../../webview-ui/components/ModelMenu';
import { Notices } from '../../../webview-ui/components/Notices';
import { PanelContext } from '../../../webview-ui/components/panelContext';
import { VariantRow } from '../../../webview-ui/components/VariantRow';
import { VariantStatus } from '../../../webview-ui/components/VariantStatus';
import { createSearchText } from '../../../webview-ui/store/listModels';
import { ModelDownloadStore } from '../../../webview-ui/store/modelDownloadStore';
import { initialViewState } from '../../../webview-ui/store/viewState';
import { createFigures } from '../../../src/protocol/format';
import { languageNames, languageStrings } from '../../../src/protocol/languageNames';
import {
  download,
  downloadOfUnknownSize,
  model,
  packed,
  snapshot,
  strings,
  variant,
} from './samples';
import { draw, type TinyElement, useTinyDom } from './tinyDom';

describe('webview-ui: components', () => {
  useTinyDom();

  let asked: PanelAction[];
  let store: ModelDownloadStore;
  const languageName = languageNames('en', languageStrings({ t: (text) => text }));
  const figures = createFigures('en', strings);
  const searchText = createSearchText(languageName);

  beforeEach(() => {
    asked = [];
    store = new ModelDownloadStore((action) => {
      asked.push(action);
      return Promise.resolve({ ok: {} });
    });
  });

  function inPanel(children: ComponentChildren, root?: TinyElement): TinyElement {
    const context = {
      store,
      strings,
      figures,
      languageName,
      searchText,
      view: initialViewState,
      changeView: () => undefined,
    };
    return draw(<PanelContext.Provider value={context}>{children}</PanelContext.Provider>, root);
  }

  describe('the state of a model on its row', () => {
    let chosen = 0;
    const status = (model?: PanelModel, record?: ModelDownloadProgress) => {
      chosen = 0;
      return inPanel(
        <VariantStatus
          name="Tiny"
          model={model}
          download={record}
          tabIndex={0}
          onChoose={() => (chosen += 1)}
        />,
      );
    };

    it('is an offer to download what is not here', () => {
      const row = status();
      row.button('Not downloaded - click to download')?.click();
      assert.equal(chosen, 1);
    });

    it('is a badge for what is here, with its update', () => {
      assert.equal(status(model()).textContent, 'Downloaded');
      const updatable = status(model({ updateAvailable: true }));
      assert.equal(updatable.textContent, 'Update availableDownloaded');
      const damaged = status(model({ state: 'damaged' }));
      assert.equal(damaged.textContent, 'DamagedRepair');
      damaged.button('Repair')?.click();
      assert.equal(chosen, 1);
      assert.equal(status(model({ busy: 'verifying' })).textContent, 'Verifying…');
    });

    it('is said alone where its action stands next to it', () => {
      for (const state of ['damaged', 'incomplete'] as const) {
        const alone = inPanel(
          <VariantStatus
            name="Tiny"
            model={model({ state })}
            download={undefined}
            tabIndex={0}
            stateOnly
            onChoose={() => undefined}
          />,
        );
        assert.equal(alone.buttons().length, 0, state);
      }
    });

    it('tells how much of an incomplete model is here', () => {
      const row = status(model({ state: 'incomplete', presentBytes: 68, totalBytes: 100 }));
      assert.ok(row.textContent.startsWith('Incomplete 68 %'));
      row.button('Resume')?.click();
      assert.equal(chosen, 1);
      const unknown = status(model({ state: 'incomplete' }));
      assert.ok(unknown.textContent.startsWith('IncompleteResume'));
    });

    it('is the progress while it downloads, and a click shows the dialog', () => {
      const row = status(undefined, download());
      assert.match(row.textContent, /Downloading 25 %/);
      assert.equal(row.byTag('progress')?.attributes.get('value'), '25');
      row.buttons()[0]?.click();
      assert.equal(chosen, 1);
    });

    it('draws no determinate bar for an unknown total, and no moving one for a queued download', () => {
      const resolving = status(undefined, downloadOfUnknownSize({ status: 'resolving' }));
      assert.equal(resolving.byTag('progress')?.attributes.has('value'), false);
      const queued = status(undefined, downloadOfUnknownSize({ status: 'queued' }));
      assert.equal(queued.byTag('progress')?.attributes.get('value'), '0');
    });
  });

  describe('a row', () => {
    it('says name, size, memory, language, format, quantization and error rate', () => {
      const row = inPanel(
        <VariantRow
          variant={variant('tiny', {
            name: 'Whisper Tiny',
            sizeBytes: 78e6,
            memoryBytes: 224e6,
            quantization: 'q5_1',
            accuracy: { werPercent: 12.80625, source: 'x' },
            fits: 'tooLarge',
          })}
          model={undefined}
          download={undefined}
          recommended
          position={1}
          setSize={1}
          alone
          selected={false}
          focusable
          onSelect={() => undefined}
          onChoose={() => undefined}
        />,
      );
      const text = row.textContent.replaceAll('\u00a0', ' ');
      for (const fact of [
        'Whisper Tiny',
        'Recommended',
        'Too large for this machine',
        '78 MB',
        'needs 224 MB of memory',
        'English',
        'GGML',
        'q5_1',
        'WER 12.81 %',
        'Not downloaded - click to download',
      ]) {
        assert.ok(text.includes(fact), `${fact} in ${text}`);
      }
    });
  });

  describe('Load Model', () => {
    const button = (
      model: PanelModel | undefined,
      record?: ModelDownloadProgress,
      loaded?: PanelLoaded,
    ) =>
      inPanel(
        <LoadModelButton
          modelId="tiny"
          name="Tiny"
          primary
          model={model}
          download={record}
          loaded={loaded}
        />,
      );

    it('loads what is verified', () => {
      button(model()).button('Load Model')?.click();
      assert.deepEqual(asked, [{ kind: 'load', modelId: 'tiny' }]);
    });

    it('is disabled while the model downloads, with the reason as its tooltip', () => {
      const disabled = button(model(), download()).button('Load Model');
      assert.ok(disabled !== undefined);
      assert.ok(disabled.attributes.has('disabled'));
      assert.equal(disabled.attributes.get('title'), strings.notLoadableDownloading);
      assert.ok(disabled.attributes.get('aria-label')?.includes(strings.notLoadableDownloading));
      disabled.click();
      assert.deepEqual(asked, []);
    });

    it('shows loading and loaded', () => {
      const state = (state: PanelLoaded['state']): PanelLoaded => ({
        modelId: 'tiny',
        name: 'Tiny',
        state,
      });
      const loading = button(model(), undefined, state('loading'));
      assert.ok(loading.button('Loading…')?.attributes.has('disabled'));
      button(model(), undefined, state('loaded')).button('Unload')?.click();
      assert.deepEqual(asked, [{ kind: 'unload' }]);
    });
  });

  describe('the download dialog', () => {
    let closed = 0;
    const dialog = (fields: Partial<PanelSnapshot>, root?: TinyElement) => {
      store.receive({ type: 'snapshot', snapshot: snapshot(fields), catalog: packed });
      return inPanel(
        <ModelDownloadDialog
          modelId="tiny"
          name="Tiny"
          state={store.state}
          announced=""
          onClose={() => (closed += 1)}
          onFreeUpSpace={() => undefined}
        />,
        root,
      );
    };
    const of = (fields: Partial<ModelDownloadProgress>) =>
      dialog({ downloads: [download(fields)] });

    it('opens at once, before the host has a record, with nothing to cancel yet', () => {
      const box = dialog({});
      assert.match(box.textContent, /Starting…/);
      assert.equal(box.byTag('progress')?.attributes.has('value'), false);
      assert.ok(box.button('Cancel Download')?.attributes.has('disabled'));
    });

    it('shows amount, percent, speed, time left, connections and files', () => {
      const box = of({
        downloadedBytes: 412e6,
        totalBytes: 1.6e9,
        bytesPerSecond: 38.4e6,
        secondsRemaining: 31,
        connections: 8,
        files: [
          { path: 'model.bin', sizeBytes: 1.6e9, downloadedBytes: 412e6, verified: false },
          { path: 'config.json', sizeBytes: 2400, downloadedBytes: 2400, verified: true },
        ],
      });
      for (const text of ['412 MB of 1.6 GB', '25 %', '38.4 MB/s', '31 s left', '8 connections']) {
        assert.ok(box.textContent.includes(text), text);
      }
      assert.ok(box.byTag('details')?.textContent.includes('model.bin'));
    });

    it('cancels, pauses and runs in the background', () => {
      const box = of({});
      box.button('Pause')?.click();
      box.button('Cancel Download')?.click();
      assert.deepEqual(asked, [
        { kind: 'pause', downloadId: 'd1' },
        { kind: 'cancel', downloadId: 'd1' },
      ]);
      closed = 0;
      box.button('Run in Background')?.click();
      assert.equal(closed, 1);
      assert.equal(asked.length, 2, 'closing asks for nothing');
    });

    it('has an appearance of its own for each state', () => {
      const faces = {
        queued: of({ status: 'queued' }),
        resolving: of({ status: 'resolving' }),
        downloading: of({}),
        stalled: of({ stalled: true, secondsSinceLastByte: 9 }),
        waiting: of({ retryAt: Date.now() + 60_000, attempt: 3, retryReason: 'rate limit' }),
        verifying: of({ status: 'verifying' }),
        paused: of({ status: 'paused' }),
        completed: of({ status: 'completed' }),
        error: of({ status: 'error', errorMessage: 'No network.' }),
      };
      const phases = Object.values(faces).map((box) => box.byClass('phase')?.textContent ?? '');
      assert.equal(new Set(phases).size, phases.length, phases.join(' | '));
      assert.match(faces.stalled.textContent, /No data for 9 s/);
      assert.match(faces.waiting.textContent, /attempt 3.*rate limit/s);
      assert.ok(faces.paused.button('Resume'));
      assert.match(faces.completed.textContent, /Download complete!/);
    });

    it('offers Load Model when complete, and no cancel', () => {
      const box = dialog({
        downloads: [download({ status: 'completed', downloadedBytes: 1000 })],
        models: [model()],
      });
      assert.equal(box.button('Cancel Download'), undefined);
      box.button('Load Model')?.click();
      assert.deepEqual(asked, [{ kind: 'load', modelId: 'tiny' }]);
    });

    it('offers Retry and what the code asks for, and says what is kept', () => {
      const box = of({
        status: 'error',
        errorCode: 'diskSpace',
        errorMessage: 'The disk is full.',
      });
      assert.match(box.textContent, /The disk is full\.What has arrived is kept/);
      assert.ok(box.button('Free Up Space…'));
      box.button('Change Folder…')?.click();
      box.button('Retry')?.click();
      assert.deepEqual(asked, [{ kind: 'changeCache' }, { kind: 'retry', modelId: 'tiny' }]);
    });

    it('is complete at once when every byte was there already', () => {
      const box = dialog({ models: [model()] });
      assert.match(box.textContent, /Download complete!/);
      assert.ok(box.button('Load Model'));
    });

    it('shows what the host refused, which lies behind it otherwise', async () => {
      store = new ModelDownloadStore(() =>
        Promise.resolve({ err: { code: 'unknown', message: 'It did not stop.' } }),
      );
      await store.cancelDownload('d1');
      assert.match(of({}).textContent, /It did not stop\./);
    });

    it('says that it was cancelled when the host forgets the record', () => {
      const box = of({});
      dialog({}, box);
      assert.match(box.textContent, /Download cancelled/);
      assert.ok(box.button('Close'));
    });
  });

  describe('the details of a model', () => {
    it('warn of what can run code, and offer the download', () => {
      let chosen = '';
      const box = inPanel(
        <ModelDetails
          variant={variant('v', { runsCode: true, gated: true, fits: 'tight' })}
          details={undefined}
          model={undefined}
          download={undefined}
          loaded={undefined}
          recommendation={{ modelId: 'v', reason: 'It fits.' }}
          onChoose={(id) => (chosen = id)}
        />,
      );
      for (const text of [strings.runsCodeHint, strings.gatedHint, strings.tightHint, 'It fits.']) {
        assert.ok(box.textContent.includes(text), text);
      }
      assert.ok(box.button('Load Model')?.attributes.has('disabled'));
      box.button('Download Model')?.click();
      assert.equal(chosen, 'v');
    });
  });

  describe('the downloaded models', () => {
    const tab = (fields: Partial<PanelSnapshot>) =>
      inPanel(
        <DownloadedModels
          snapshot={snapshot(fields)}
          onBrowse={() => undefined}
          onDownload={() => undefined}
        />,
      );

    it('say why there are none, and lead to the list', () => {
      const box = tab({});
      assert.match(box.textContent, /No models are downloaded yet/);
      assert.ok(box.button('Browse Models'));
      assert.ok(box.button('Clear Model Cache')?.attributes.has('disabled'));
    });

    it('claim nothing about a folder that is missing: its notice stands alone', () => {
      const message = 'The model folder /mnt/models is not there.';
      const missing = tab({ notices: [{ kind: 'folderMissing', message }] });
      assert.doesNotMatch(missing.textContent, /No models are downloaded yet/);
      assert.equal(missing.button('Browse Models'), undefined);
      const offline = tab({ notices: [{ kind: 'offline', message: 'There is no network.' }] });
      assert.match(offline.textContent, /No models are downloaded yet/);
    });

    it('offer for each what its state allows', () => {
      const healthy = tab({ models: [model({ updateAvailable: true })] });
      for (const text of ['Update', 'Verify', 'Copy Path', 'Delete', 'Load Model']) {
        assert.ok(healthy.button(text), text);
      }
      const damaged = tab({ models: [model({ state: 'damaged' })] });
      assert.ok(damaged.button('Repair'));
      assert.equal(damaged.button('Verify'), undefined);
      assert.ok(damaged.button('Load Model')?.attributes.has('disabled'));
    });

    it('offer to reveal a model only where a file manager can show it', () => {
      const at = (canReveal: boolean) => {
        const { disk } = snapshot({});
        store.receive({ type: 'snapshot', snapshot: snapshot({ disk: { ...disk, canReveal } }) });
        return inPanel(<ModelMenu model={model()} />);
      };
      assert.equal(at(false).button('Reveal'), undefined);
      at(true).button('Reveal')?.click();
      assert.deepEqual(asked, [{ kind: 'reveal', modelId: 'tiny' }]);
    });

    const partial = {
      modelId: 'tiny',
      name: 'Tiny',
      downloadedBytes: 10,
      modifiedMs: 0,
      resumable: true,
    };

    it('resume or discard an unfinished download; one that belongs to no model can only be discarded', () => {
      const box = tab({ partials: [partial] });
      box.button('Resume')?.click();
      assert.deepEqual(asked, [{ kind: 'resume', modelId: 'tiny' }]);
      const orphan = tab({ partials: [{ ...partial, resumable: false }] });
      assert.equal(orphan.button('Resume'), undefined);
      assert.ok(orphan.button('Discard'));
    });

    it('resume what is paused here, too, and nothing that runs', () => {
      const resume = (status: ModelDownloadProgress['status']) =>
        tab({ partials: [partial], downloads: [download({ status })] }).button('Resume');
      assert.ok(!resume('paused')?.attributes.has('disabled'));
      assert.ok(resume('downloading')?.attributes.has('disabled'));
    });

    it('tell the result of the check for updates, and offer to update all', () => {
      const result = (updates: PanelSnapshot['updates']) => tab({ updates });
      assert.match(result({ state: 'checking' }).textContent, /Checking for updates…/);
      const none = result({ state: 'checked', available: 0, checkedMs: 0 });
      assert.match(none.textContent, /All models are up to date/);
      assert.equal(none.button('Update All'), undefined);
      result({ state: 'checked', available: 2, checkedMs: 0 }).button('Update All')?.click();
      assert.deepEqual(asked, [{ kind: 'updateAll' }]);
      assert.match(result({ state: 'failed', message: 'Offline.' }).textContent, /Offline\./);
    });
  });

  it('the disk bar shows each family’s share by width and in words', () => {
    const box = inPanel(
      <DiskUsage
        disk={{
          families: [{ name: 'Whisper', sizeOnDisk: 25e9 }],
          usedBytes: 25e9,
          freeBytes: 75e9,
          location: '/m',
          canReveal: true,
        }}
      />,
    );
    assert.equal(box.byClass('chart-0')?.style['width'], '25%');
    assert.match(box.textContent, /25 GB used by models · 75 GB free/);
    assert.match(box.textContent, /Whisper 25 GB/);
  });

  it('the cache location offers Reveal only where a file manager can show it', () => {
    const place = (canReveal: boolean) =>
      inPanel(
        <CacheLocation
          disk={{ families: [], usedBytes: 0, location: '/m', hostName: 'WSL: Ubuntu', canReveal }}
          canClear
          downloading={false}
        />,
      );
    assert.ok(place(true).button('Reveal'));
    assert.equal(place(false).button('Reveal'), undefined);
    assert.match(place(false).textContent, /On WSL: Ubuntu/);
    place(true).button('Change…')?.click();
    assert.deepEqual(asked, [{ kind: 'changeCache' }]);
  });

  it('the strip shows what runs and waits, and nothing of what has ended', () => {
    const strip = (downloads: readonly ModelDownloadProgress[]) =>
      inPanel(<DownloadStrip downloads={downloads} onShow={() => undefined} />);
    assert.equal(strip([]).textContent, '');
    assert.equal(strip([download({ status: 'completed' })]).textContent, '');
    const two = strip([download(), download({ downloadId: 'd2', status: 'queued' })]);
    assert.match(two.textContent, /1 queued\. Downloads run one after another/);
    const failed = strip([download({ status: 'error', errorMessage: 'No network.' })]);
    assert.match(failed.textContent, /No network\./);
    failed.button('Retry')?.click();
    failed.button('Dismiss')?.click();
    assert.deepEqual(asked, [
      { kind: 'retry', modelId: 'tiny' },
      { kind: 'dismiss', downloadId: 'd1' },
    ]);
  });

  it('notices offer the step that mends them', () => {
    const box = inPanel(
      <Notices
        notices={[
          { kind: 'folderMissing', message: 'The folder is gone.' },
          { kind: 'offline', message: 'No network.' },
          { kind: 'catalogProblem', message: 'No such catalog.' },
        ]}
        loaded={undefined}
        failedLoad={{ modelId: 'tiny', name: 'Tiny', message: 'Out of memory.' }}
        answer={{ message: 'Not allowed.', failed: true }}
      />,
    );
    assert.match(box.textContent, /Tiny could not be loaded: Out of memory\./);
    box.button('Change Folder…')?.click();
    box.button('Open Proxy Settings')?.click();
    box.button('Show Log')?.click();
    assert.deepEqual(asked, [
      { kind: 'changeCache' },
      { kind: 'openProxySettings' },
      { kind: 'showLog' },
    ]);
  });

  it('tell why a load failed in one message, next to the loaded model', () => {
    const box = inPanel(
      <Notices
        notices={[]}
        loaded={{ modelId: 'base', name: 'Base', state: 'loaded' }}
        failedLoad={{ modelId: 'tiny', name: 'Tiny', message: 'Tiny needs more memory.' }}
        answer={undefined}
      />,
    );
    assert.equal(box.textContent, 'Base is loaded.Tiny needs more memory.');
  });

  describe('how fast a model was on this machine', () => {
    const measured = { realTimeFactor: 6.23, loadMs: 1240 };
    const tiny = model();
    const here = { ...tiny, ...(tiny.disk && { disk: { ...tiny.disk, measured } }) };

    it('stands next to the catalog’s figures', () => {
      const published = variant('tiny', { accuracy: { rtfx: 41, source: 'x' } });
      const facts = inPanel(<ModelFacts variant={published} details={{}} measured={measured} />);
      assert.match(facts.textContent, /41 times real time/);
      assert.match(facts.textContent, /Measured Here6\.2x real time, loaded in 1\.2 s/);
    });

    it('is on its row, in its details and among the downloaded models', () => {
      const row = inPanel(
        <VariantRow
          variant={variant('tiny')}
          model={here}
          download={undefined}
          recommended={false}
          position={1}
          setSize={1}
          alone
          selected={false}
          focusable
          onSelect={() => undefined}
          onChoose={() => undefined}
        />,
      );
      assert.ok(row.textContent.replaceAll('\u00a0', ' ').includes('6.2x real time here'));
      const details = inPanel(
        <ModelDetails
          variant={variant('tiny')}
          details={{}}
          model={here}
          download={undefined}
          loaded={undefined}
          recommendation={undefined}
          onChoose={() => undefined}
        />,
      );
      assert.match(details.textContent, /6\.2x real time, loaded in 1\.2 s/);
      const table = inPanel(
        <DownloadedModels
          snapshot={snapshot({ models: [here] })}
          onBrowse={() => undefined}
          onDownload={() => undefined}
        />,
      );
      assert.match(table.textContent, /6\.2x real time, loaded in 1\.2 s/);
    });
  });
});
