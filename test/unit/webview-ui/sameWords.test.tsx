import assert from 'node:assert/strict';
import { englishText } from '../../../src/common/localizedMessage';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { errorActions, errorActionStrings } from '../../../src/protocol/errorActions';
import { errorCodes } from '../../../src/protocol/errorCode';
import { createFigures, percentText } from '../../../src/protocol/format';
import { progressText, toastText } from '../../../src/protocol/progressText';
import { rowDescription } from '../../../src/vscode/views/treeNodes';
import { DownloadStrip } from '../../../webview-ui/components/DownloadStrip';
import { ModelDownloadDialog } from '../../../webview-ui/components/ModelDownloadDialog';
import { PanelContext } from '../../../webview-ui/components/panelContext';
import { createSearchText } from '../../../webview-ui/store/listModels';
import { ModelDownloadStore } from '../../../webview-ui/store/modelDownloadStore';
import { initialViewState } from '../../../webview-ui/store/viewState';
import { download, snapshot, strings } from './samples';
import { draw, type TinyElement, useTinyDom } from './tinyDom';

const gigabytes = { downloadedBytes: 412e6, totalBytes: 1.6e9 };

const recordsAt = (nowMs: number): ReadonlyMap<string, ModelDownloadProgress> =>
  new Map(
    Object.entries({
      queued: download({ status: 'queued' }),
      resolving: download({ status: 'resolving' }),
      flowing: download({ ...gigabytes, bytesPerSecond: 111.1e6, secondsRemaining: 89 }),
      'slow, with a day left': download({ bytesPerSecond: 900e3, secondsRemaining: 90_000 }),
      stalled: download({ ...gigabytes, stalled: true, secondsSinceLastByte: 9.6 }),
      waiting: download({
        ...gigabytes,
        attempt: 3,
        retryAt: nowMs + 60_500,
        retryReason: 'rate limit',
      }),
      verifying: download({ ...gigabytes, status: 'verifying' }),
      paused: download({ ...gigabytes, status: 'paused' }),
      'another window’s': download({ ...gigabytes, inOtherWindow: true }),
      'another window’s, which does not answer': download({
        ...gigabytes,
        inOtherWindow: true,
        isOwnerSilent: true,
      }),
      failed: download({ status: 'error', errorCode: 'network', errorMessage: 'No network.' }),
    }),
  );

describe('every surface', () => {
  useTinyDom();

  const languageName = (code: string): string => code;
  const t = (template: string, ...args: (string | number)[]): string =>
    englishText({ template, args });

  function draws(record: ModelDownloadProgress, part: 'strip' | 'dialog'): TinyElement {
    const store = new ModelDownloadStore(() => Promise.resolve({ ok: {} }));
    store.receive({ type: 'snapshot', snapshot: snapshot({ downloads: [record] }) });
    const context = {
      store,
      strings,
      figures: createFigures('en', strings),
      languageName,
      searchText: createSearchText(languageName),
      view: initialViewState,
      changeView: () => undefined,
    };
    return draw(
      <PanelContext.Provider value={context}>
        {part === 'strip' ? (
          <DownloadStrip downloads={[record]} onShow={() => undefined} />
        ) : (
          <ModelDownloadDialog
            modelId={record.modelId}
            name={record.modelName}
            state={store.state}
            announced=""
            onClose={() => undefined}
            onFreeUpSpace={() => undefined}
          />
        )}
      </PanelContext.Provider>,
    );
  }

  for (const name of recordsAt(0).keys()) {
    it(`says the same of a download: ${name}`, () => {
      const now = Date.now();
      const record = recordsAt(now).get(name);
      assert.ok(record !== undefined);
      const line = progressText(record, now, t);
      assert.equal(toastText(record, now, t).replaceAll('\u00a0', ' '), line, 'the toast');
      const row = rowDescription({ kind: 'download', record }, now, t, languageName);
      assert.equal(row, line, 'the tree');
      const percent = percentText(record) ?? '';
      const strip = draws(record, 'strip').textContent;
      const dialog = draws(record, 'dialog').textContent;
      for (const part of line.split(' · ')) {
        if (!part.startsWith('Reason')) assert.ok(strip.includes(part), `${part} in: ${strip}`);
        if (part !== strings.inOtherWindow && part !== strings.ownerSilent) {
          assert.ok(dialog.includes(part), `${part} in: ${dialog}`);
        }
      }
      // The status bar shows the percentage alone, and the line as its tooltip.
      if (line.includes('%')) assert.ok(line.includes(percent) && dialog.includes(percent));
    });
  }

  for (const code of errorCodes) {
    it(`offers the same actions for the error ${code}`, () => {
      const labels = errorActionStrings({ t });
      const offered = errorActions(code).map((action) => labels[action]);
      const failed = download({ status: 'error', errorCode: code, errorMessage: 'It failed.' });
      const dialog = draws(failed, 'dialog');
      const all = Object.values(labels);
      assert.deepEqual(
        all.filter((label) => dialog.button(label) !== undefined),
        all.filter((label) => offered.includes(label)),
      );
      const strip = draws(failed, 'strip');
      assert.equal(strip.button('Retry') !== undefined, offered.includes('Retry'));
    });
  }
});
