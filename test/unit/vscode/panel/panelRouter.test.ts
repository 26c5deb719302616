import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AsrError, Cancelled } from '../../../../src/common/asrError';
import { Emitter } from '../../../../src/common/event';
import { silentLogger } from '../../../../src/common/logger';
import { localized } from '../../../../src/common/localizedMessage';
import type { ModelDownloadProgress } from '../../../../src/protocol/downloadProgress';
import type { HostMessage, PanelAction } from '../../../../src/protocol/panelMessages';
import type {
  PanelCatalog,
  PanelDetails,
  PanelHubResults,
  PanelHubSearch,
  PanelSnapshot,
} from '../../../../src/protocol/panelSnapshot';
import { type PanelHost, PanelRouter } from '../../../../src/vscode/panel/panelRouter';
import { packCatalog } from '../../../../src/vscode/panel/panelCatalog';
import { catalog, download, packed, snapshot } from '../../webview-ui/samples';

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

  tell: (modelId: string) => Promise<PanelDetails> = () => Promise.resolve({});

  details(modelId: string): Promise<PanelDetails> {
    return this.tell(modelId);
  }

  snapshot(): Promise<PanelSnapshot> {
    return this.truth();
  }

  run(action: PanelAction): Promise<string | undefined> {
    this.actions.push(action);
    return this.act();
  }

  push: ((results: PanelHubResults) => void) | undefined;
  stops = 0;
  readonly sizesAsked: (readonly string[])[] = [];

  searchHub(
    _search: PanelHubSearch,
    _more: boolean,
    push: (results: PanelHubResults) => void,
  ): Promise<void> {
    this.push = push;
    return Promise.resolve();
  }

  askSizes(modelIds: readonly string[]): Promise<void> {
    this.sizesAsked.push(modelIds);
    return Promise.resolve();
  }

  stopAsking(): void {
    this.stops += 1;
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

  afterEach(() => router.dispose());

  it('pushes what the hub finds to the page that asked, and ends the search when it is gone', async () => {
    const router = new PanelRouter(host, (message) => posted.push(message), silentLogger);
    const search = { text: 'tiny', order: 'newest' } as const;
    const results = { search, state: 'found', families: [], leftOut: 2, hasMore: false } as const;
    await router.receive({ type: 'ready' });
    await settle();
    await router.receive({ type: 'searchHub', search, more: false });
    host.push?.(results);
    assert.deepEqual(posted.at(-1), { type: 'hubResults', results });
    await router.receive({ type: 'sizes', modelIds: ['a', 'b'] });
    router.pageGone();
    assert.ok(host.stops > 0);
    await router.receive({ type: 'ready' });
    await settle();
    const before = posted.length;
    host.push?.(results);
    assert.equal(posted.length, before, 'another page');
    await router.receive({ type: 'sizes', modelIds: ['a', 7] });
    await router.receive({ type: 'sizes', modelIds: Array.from({ length: 201 }, String) });
    await router.receive({ type: 'searchHub', search: { text: 'x'.repeat(300), order: 'newest' } });
    await router.receive({ type: 'searchHub', search: { text: 'x', order: 'best' } });
    assert.equal(posted.length, before, 'none of the protocol');
    assert.deepEqual(host.sizesAsked, [['a', 'b']]);
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
        return truthOf(lookedUp);
      };
    });

    const truthOf = (usedBytes: number): Promise<PanelSnapshot> =>
      Promise.resolve(
        snapshot({ disk: { families: [], usedBytes, location: '/', canReveal: true } }),
      );

    const usedBytes = (): readonly (number | undefined)[] =>
      posted.map((message) =>
        message.type === 'snapshot' ? message.snapshot.disk.usedBytes : undefined,
      );

    const serialOf = (message: HostMessage | undefined): number | undefined =>
      message?.type === 'snapshot' ? message.serial : undefined;

    it('sends it ahead, and not again to a page that has it: one look, one message', async () => {
      router.prepare();
      router.prepare();
      await settle();
      const held = serialOf(posted[0]);
      assert.deepEqual(posted, [
        { type: 'snapshot', snapshot: await truthOf(1), catalog: packed, serial: held },
      ]);
      await router.receive({ type: 'ready', held });
      await settle();
      assert.deepEqual(usedBytes(), [1]);
      host.changed.fire(undefined);
      await settle();
      assert.deepEqual(posted[1], { type: 'snapshot', snapshot: await truthOf(2) });
    });

    it('sends all of it again when the page does not have it, or has an older one', async () => {
      router.prepare();
      await settle();
      const old = serialOf(posted[0]);
      await router.receive({ type: 'ready' });
      await settle();
      assert.deepEqual(usedBytes(), [1, 1]);
      assert.deepEqual(posted[1], {
        type: 'snapshot',
        snapshot: await truthOf(1),
        catalog: packed,
      });
      router.pageGone();
      router.prepare();
      await settle();
      assert.notEqual(serialOf(posted[2]), old);
      await router.receive({ type: 'ready', held: old });
      await settle();
      assert.deepEqual(usedBytes(), [1, 1, 2, 2]);
      assert.ok(posted[3]?.type === 'snapshot' && posted[3].catalog !== undefined);
    });

    it('sends the newer truth after it when something changed meanwhile, without the catalog', async () => {
      for (const change of [
        () => host.changed.fire(undefined),
        () => host.progressed.fire(download({ downloadedBytes: 999 })),
      ]) {
        posted.length = 0;
        router.pageGone();
        router.prepare();
        await settle();
        change();
        await router.receive({ type: 'ready', held: serialOf(posted[0]) });
        await settle();
        assert.equal(posted.length, 2);
        assert.deepEqual(posted[1], { type: 'snapshot', snapshot: await truthOf(lookedUp) });
      }
    });

    it('sends the newer truth after it to a page that asked before it was looked up', async () => {
      router.prepare();
      await router.receive({ type: 'ready' });
      host.changed.fire(undefined);
      await settle();
      await settle();
      assert.deepEqual(usedBytes(), [1, 2]);
    });

    it('puts a newer record of a download into what was prepared', async () => {
      let release: () => void = () => undefined;
      host.truth = () =>
        new Promise((resolve) => {
          release = () => resolve(snapshot({ downloads: [download()] }));
        });
      router.prepare();
      host.progressed.fire(download({ downloadedBytes: 999 }));
      release();
      await settle();
      const [first] = posted;
      assert.ok(first?.type === 'snapshot');
      assert.equal(first.snapshot.downloads[0]?.downloadedBytes, 999);
    });

    it('shows the model that was requested to a page that has it already', async () => {
      router.prepare();
      await settle();
      router.show('tiny');
      await router.receive({ type: 'ready', held: serialOf(posted[0]) });
      await settle();
      assert.deepEqual(posted.slice(1), [{ type: 'show', modelId: 'tiny' }]);
    });

    it('sends nothing ahead to a panel that was closed or hidden meanwhile', async () => {
      router.prepare();
      router.pageGone();
      await settle();
      assert.deepEqual(posted, []);
      router.prepare();
      router.dispose();
      await settle();
      assert.deepEqual(posted, []);
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
    assert.deepEqual(posted, [{ type: 'snapshot', snapshot: snapshot(), catalog: packed }]);
    host.changed.fire(undefined);
    await settle();
    assert.deepEqual(posted[1], { type: 'snapshot', snapshot: snapshot() });
    host.offered = { families: [] };
    host.changed.fire(undefined);
    await settle();
    assert.deepEqual(posted[2], {
      type: 'snapshot',
      snapshot: snapshot(),
      catalog: packCatalog(host.offered),
    });
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
    host.act = () => Promise.reject(new AsrError('diskPermission', localized('Not allowed.')));
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

  it('sends the rest of a model’s facts on request, and nothing of an unknown one', async () => {
    await router.receive({ type: 'ready' });
    await settle();
    posted.length = 0;
    const files = [{ path: 'a.bin', digest: `sha256:${'a'.repeat(64)}` }];
    host.tell = (modelId) => Promise.resolve(modelId === 'tiny' ? { files } : {});
    await router.receive({ type: 'details', modelId: 'tiny' });
    await router.receive({ type: 'details', modelId: '../etc' });
    host.tell = () => Promise.reject(new Error('no catalog'));
    await router.receive({ type: 'details', modelId: 'base' });
    assert.deepEqual(posted, [
      { type: 'details', modelId: 'tiny', details: { files } },
      { type: 'details', modelId: '../etc', details: {} },
      { type: 'details', modelId: 'base', details: {} },
    ]);
    assert.deepEqual(host.actions, []);
  });

  it('does not answer a page that was reloaded with the old one’s answers', async () => {
    await router.receive({ type: 'ready' });
    let release: () => void = () => undefined;
    host.act = () =>
      new Promise((resolve) => {
        release = () => resolve(undefined);
      });
    const asked = router.receive({ type: 'request', id: 1, action: { kind: 'showLog' } });
    await router.receive({ type: 'ready' });
    release();
    await asked;
    await settle();
    assert.ok(posted.every(({ type }) => type !== 'response'));
  });

  it('tells a page why there is no snapshot, and sends one as soon as there is', async () => {
    host.truth = () => Promise.reject(new AsrError('diskPermission', localized('Not readable.')));
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

  it('keeps a request to show a model until the page listens', async () => {
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
    const others = fc.oneof(
      fc.record({ type: fc.constant('ready'), held: fc.constantFrom(-1, 1.5, '1', null, {}, NaN) }),
      fc.record({
        type: fc.constant('details'),
        modelId: fc.constantFrom(undefined, null, 7, '', {}, ['x'], 'x'.repeat(1025)),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), request, others), async (message) => {
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
