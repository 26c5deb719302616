import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AsrError, Cancelled } from '../../../../src/base/asrError';
import { Emitter } from '../../../../src/base/event';
import { silentLogger } from '../../../../src/base/logger';
import { sentence } from '../../../../src/base/sentence';
import type { ModelDownloadProgress } from '../../../../src/protocol/downloadProgress';
import type { HostMessage, PanelAction } from '../../../../src/protocol/panelMessages';
import type { PanelCatalog, PanelSnapshot } from '../../../../src/protocol/panelSnapshot';
import type { PanelHost } from '../../../../src/vscode/panel/panelHost';
import { PanelRouter } from '../../../../src/vscode/panel/panelRouter';
import { catalog, download, snapshot } from '../../webview-ui/samples';

class Host implements PanelHost {
  readonly changed = new Emitter<undefined>();
  readonly progressed = new Emitter<ModelDownloadProgress>();
  readonly onDidChange = this.changed.event;
  readonly onDidChangeDownload = this.progressed.event;
  readonly actions: PanelAction[] = [];
  offered: PanelCatalog = catalog;
  truth: () => Promise<PanelSnapshot> = () => Promise.resolve(snapshot());
  act: () => Promise<string | undefined> = () => Promise.resolve(undefined);

  catalog(): Promise<PanelCatalog> {
    return Promise.resolve(this.offered);
  }

  snapshot(): Promise<PanelSnapshot> {
    return this.truth();
  }

  run(action: PanelAction): Promise<string | undefined> {
    this.actions.push(action);
    return this.act();
  }

  errorText(error: unknown): string {
    return error instanceof Error ? error.message : '';
  }
}

/** Lets everything that is ready to run, run. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('vscode/panel: the router', () => {
  let host: Host;
  let posted: HostMessage[];
  let lines: string[];
  let router: PanelRouter;

  beforeEach(() => {
    host = new Host();
    posted = [];
    lines = [];
    const note = (line: string): void => void lines.push(line);
    router = new PanelRouter(host, (message) => posted.push(message), {
      ...silentLogger,
      warn: note,
      error: note,
    });
  });

  afterEach(() => {
    router.dispose();
  });

  it('says nothing to a page that did not say it listens', async () => {
    host.changed.fire(undefined);
    host.progressed.fire(download());
    await settle();
    assert.deepEqual(posted, []);
  });

  describe('looking the truth up ahead of the page', () => {
    let lookedUp: number;

    beforeEach(() => {
      lookedUp = 0;
      host.truth = () => {
        lookedUp += 1;
        return Promise.resolve(
          snapshot({ disk: { families: [], usedBytes: lookedUp, location: '/', canReveal: true } }),
        );
      };
    });

    const usedBytes = (): readonly (number | undefined)[] =>
      posted.map((message) =>
        message.type === 'snapshot' ? message.snapshot.disk.usedBytes : undefined,
      );

    it('sends what was prepared at once, and looks no second time', async () => {
      router.prepare();
      router.prepare();
      await settle();
      assert.deepEqual(posted, [], 'nothing is sent to a page that does not listen');
      await router.receive({ type: 'ready' });
      await settle();
      assert.deepEqual(usedBytes(), [1]);
    });

    it('sends the newer truth after it when something changed meanwhile', async () => {
      router.prepare();
      await settle();
      host.changed.fire(undefined);
      await router.receive({ type: 'ready' });
      await settle();
      assert.deepEqual(usedBytes(), [1, 2]);
    });

    it('puts a newer record of a download into what was prepared', async () => {
      host.truth = () => Promise.resolve(snapshot({ downloads: [download()] }));
      router.prepare();
      await settle();
      host.progressed.fire(download({ downloadedBytes: 999 }));
      await router.receive({ type: 'ready' });
      await settle();
      const [first] = posted;
      assert.ok(first?.type === 'snapshot');
      assert.equal(first.snapshot.downloads[0]?.downloadedBytes, 999);
    });

    it('forgets it when the page goes away, and tells a failure only to who asks', async () => {
      router.prepare();
      router.pageGone();
      await router.receive({ type: 'ready' });
      await settle();
      assert.deepEqual(usedBytes(), [2]);
      router.pageGone();
      posted.length = 0;
      host.truth = () => Promise.reject(new Error('no folder'));
      router.prepare();
      await settle();
      assert.deepEqual(posted, []);
      await router.receive({ type: 'ready' });
      await settle();
      assert.deepEqual(
        posted.map(({ type }) => type),
        ['failure'],
      );
    });
  });

  it('answers "ready" with the whole truth, and the catalog once per page', async () => {
    await router.receive({ type: 'ready' });
    await settle();
    assert.deepEqual(posted, [{ type: 'snapshot', snapshot: snapshot(), catalog }]);
    host.changed.fire(undefined);
    await settle();
    assert.deepEqual(posted[1], { type: 'snapshot', snapshot: snapshot() });
    host.offered = { families: [] };
    host.changed.fire(undefined);
    await settle();
    assert.deepEqual(posted[2], { type: 'snapshot', snapshot: snapshot(), catalog: host.offered });
    await router.receive({ type: 'ready' });
    await settle();
    assert.deepEqual(posted[3], posted[2]);
  });

  it('builds one snapshot at a time, and another when something changed meanwhile', async () => {
    let running = 0;
    let most = 0;
    let built = 0;
    host.truth = async () => {
      running += 1;
      most = Math.max(most, running);
      await settle();
      running -= 1;
      built += 1;
      return snapshot();
    };
    await router.receive({ type: 'ready' });
    for (let at = 0; at < 20; at += 1) host.changed.fire(undefined);
    for (let at = 0; at < 20; at += 1) await settle();
    for (let at = 0; at < 5; at += 1) await settle();
    assert.equal(most, 1);
    assert.equal(built, 2);
  });

  it('pushes progress in the shape that other pages know, without what is unknown', async () => {
    await router.receive({ type: 'ready' });
    await settle();
    const record = download();
    host.progressed.fire(record);
    assert.deepEqual(posted[1], {
      type: 'download_progress',
      downloaded: 250,
      total: 1000,
      percent: 25,
      record,
    });
    const { totalBytes: _unknown, ...unknown } = record;
    host.progressed.fire(unknown);
    assert.deepEqual(posted[2], { type: 'download_progress', downloaded: 250, record: unknown });
  });

  it('never lets a snapshot that was being built set a download back', async () => {
    let release: (truth: PanelSnapshot) => void = () => undefined;
    host.truth = () => new Promise((resolve) => (release = resolve));
    await router.receive({ type: 'ready' });
    await settle();
    host.progressed.fire(download({ downloadedBytes: 900 }));
    release(snapshot({ downloads: [download({ downloadedBytes: 100 })] }));
    await settle();
    const last = posted.at(-1);
    assert.ok(last?.type === 'snapshot');
    assert.equal(last.snapshot.downloads[0]?.downloadedBytes, 900);
  });

  it('runs an action and answers with its id', async () => {
    await router.receive({ type: 'ready' });
    host.act = () => Promise.resolve('3.1 GB given back');
    await router.receive({ type: 'request', id: 7, action: { kind: 'clearCache' } });
    assert.deepEqual(host.actions, [{ kind: 'clearCache' }]);
    assert.ok(
      posted.some(
        (message) =>
          message.type === 'response' &&
          message.id === 7 &&
          'ok' in message.result &&
          message.result.ok.message === '3.1 GB given back',
      ),
    );
  });

  it('answers a failure with its code and sentence, and a cancellation with nothing', async () => {
    await router.receive({ type: 'ready' });
    await settle();
    posted.length = 0;
    host.act = () => Promise.reject(new AsrError('diskPermission', sentence('Not allowed.')));
    await router.receive({ type: 'request', id: 1, action: { kind: 'clearCache' } });
    host.act = () => Promise.reject(new Cancelled());
    await router.receive({ type: 'request', id: 2, action: { kind: 'clearCache' } });
    assert.deepEqual(posted, [
      {
        type: 'response',
        id: 1,
        result: { err: { code: 'diskPermission', message: 'Not allowed.' } },
      },
      { type: 'response', id: 2, result: { ok: {} } },
    ]);
  });

  it('does not answer a page that was loaded anew with the old one’s answers', async () => {
    await router.receive({ type: 'ready' });
    let release: () => void = () => undefined;
    host.act = () =>
      new Promise((resolve) => {
        release = () => {
          resolve(undefined);
        };
      });
    const asked = router.receive({ type: 'request', id: 1, action: { kind: 'showLog' } });
    await router.receive({ type: 'ready' });
    release();
    await asked;
    await settle();
    assert.ok(posted.every(({ type }) => type !== 'response'));
  });

  it('tells a page why there is no snapshot, and sends one as soon as there is', async () => {
    host.truth = () => Promise.reject(new AsrError('diskPermission', sentence('Not readable.')));
    await router.receive({ type: 'ready' });
    await settle();
    assert.deepEqual(posted, [
      { type: 'failure', failure: { code: 'diskPermission', message: 'Not readable.' } },
    ]);
    host.truth = () => Promise.resolve(snapshot());
    await router.receive({
      type: 'request',
      id: 1,
      action: { kind: 'checkDownloadedModels' },
    });
    await settle();
    assert.equal(posted.at(-1)?.type === 'snapshot' || posted.at(-2)?.type === 'snapshot', true);
  });

  it('keeps a wish to show a model until the page listens', async () => {
    router.show('tiny');
    await router.receive({ type: 'ready' });
    await settle();
    assert.deepEqual(posted.at(-1), { type: 'show', modelId: 'tiny' });
    router.show('base');
    assert.deepEqual(posted.at(-1), { type: 'show', modelId: 'base' });
  });

  it('is silent while the page is hidden, and after the panel is gone', async () => {
    await router.receive({ type: 'ready' });
    await settle();
    posted.length = 0;
    router.pageGone();
    host.progressed.fire(download());
    host.changed.fire(undefined);
    await settle();
    assert.deepEqual(posted, []);
    router.dispose();
    await router.receive({ type: 'request', id: 1, action: { kind: 'showLog' } });
    assert.deepEqual(posted, []);
  });

  it('does nothing for rubbish but write a line that holds none of it', async () => {
    const secret = 'do-not-log-me';
    const request = fc.record(
      {
        type: fc.constantFrom('request', 'ready ', 'response', '__proto__'),
        id: fc.anything(),
        action: fc.oneof(
          fc.anything(),
          fc.record({ kind: fc.string(), modelId: fc.anything(), x: fc.constant(secret) }),
          fc.record({
            kind: fc.constantFrom('delete', 'download', 'cancel', 'clearCache'),
            modelId: fc.constantFrom(undefined, null, 7, '', {}, ['x'], 'x'.repeat(1025)),
            downloadId: fc.constantFrom(undefined, null, 7, '', {}, ['x']),
          }),
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), request), async (message) => {
        // `clearCache` needs no name: with a fitting id it is no rubbish.
        fc.pre(!isClearRequest(message));
        lines.length = 0;
        await router.receive(message);
        assert.deepEqual(host.actions, []);
        assert.deepEqual(posted, []);
        assert.equal(lines.length, 1);
        assert.equal(lines[0]?.includes(secret), false);
      }),
      { numRuns: 500 },
    );
  });
});

function isClearRequest(message: unknown): boolean {
  return JSON.stringify([message]).includes('"clearCache"');
}
