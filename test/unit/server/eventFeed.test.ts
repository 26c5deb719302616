import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Emitter } from '../../../src/common/event';
import { isObject, parseJson } from '../../../src/common/json';
import type { ModelManager } from '../../../src/models';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { defaultLimits } from '../../../src/server';
import { EventFeed, type EventSink } from '../../../src/server/eventFeed';
import { ManualClock } from '../download/support/manualClock';
import { startTestServer } from './testServer';

/** A socket that takes messages only when the test lets it. */
class Sink implements EventSink {
  readonly sent: unknown[] = [];
  isBusy = false;
  isClosed = false;
  pings = 0;

  send(text: string): void {
    this.sent.push(parseJson(text));
  }
  keepAlive(): void {
    this.pings += 1;
  }
  close(): void {
    this.isClosed = true;
  }
}

function record(downloadId: string, downloadedBytes: number): ModelDownloadProgress {
  return {
    downloadId,
    modelId: downloadId,
    modelName: downloadId,
    status: 'downloading',
    downloadedBytes,
    totalBytes: 1000,
    filesDone: 0,
    stalled: false,
  };
}

/** A feed over events that the test fires. */
function bench() {
  const downloads = new Emitter<ModelDownloadProgress>();
  const models = new Emitter<undefined>();
  const clock = new ManualClock();
  const manager = { downloads: () => [] } as unknown as ModelManager;
  const feed = new EventFeed(
    {
      get: () => Promise.resolve(manager),
      onDidChangeDownload: downloads.event,
      onDidChangeModels: models.event,
    },
    clock,
    { ...defaultLimits, eventReaders: 2, readerIdleMs: 30_000 },
  );
  return { downloads, models, clock, feed };
}

/** The state at the beginning is asked of the manager, which answers at once. */
const begun = (): Promise<unknown> => new Promise(setImmediate);
const bytesOf = (sink: Sink): unknown[] =>
  sink.sent.flatMap((each) => (isObject(each) && 'downloaded' in each ? [each['downloaded']] : []));

describe('readers of events', () => {
  it('get the state first, and then every change in order', async () => {
    const { downloads, models, feed } = bench();
    const sink = new Sink();
    feed.subscribe(sink);
    downloads.fire(record('a', 1));
    await begun();
    downloads.fire(record('a', 2));
    models.fire(undefined);
    assert.deepEqual(sink.sent[0], { type: 'idle' });
    assert.deepEqual(bytesOf(sink), [1, 2]);
    assert.deepEqual(sink.sent.at(-1), { type: 'models_changed' });
  });

  it('that are slow get the newest of each download when they are ready, and no more memory', async () => {
    const { downloads, models, clock, feed } = bench();
    const sink = new Sink();
    const reader = feed.subscribe(sink);
    await begun();
    sink.isBusy = true;
    for (let count = 0; count < 10_000; count += 1) {
      downloads.fire(record('a', count));
      downloads.fire(record('b', count));
      models.fire(undefined);
    }
    assert.deepEqual(bytesOf(sink), []);
    await clock.advance(29_000);
    sink.isBusy = false;
    reader.flush();
    assert.deepEqual(bytesOf(sink), [9_999, 9_999]);
    assert.equal(
      sink.sent.filter((each) => isObject(each) && each['type'] === 'models_changed').length,
      1,
    );
    await clock.advance(120_000);
    assert.equal(sink.isClosed, false, 'its patience began anew');
    assert.ok(sink.pings > 0);
  });

  it('that take nothing are disconnected, and make room', async () => {
    const { downloads, clock, feed } = bench();
    const sink = new Sink();
    feed.subscribe(sink);
    feed.subscribe(new Sink());
    assert.throws(() => feed.subscribe(new Sink()), { status: 503 });
    await begun();
    sink.isBusy = true;
    downloads.fire(record('a', 1));
    await clock.advance(30_000);
    assert.equal(sink.isClosed, true);
    feed.subscribe(new Sink());
  });

  it('that never read cost the server no more than their socket takes', async () => {
    const test = await startTestServer({ limits: { readerIdleMs: 300 } });
    const socket = connect(test.server.port, '127.0.0.1');
    socket.pause();
    socket.write(
      `GET /api/events?token=${test.server.token} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`,
    );
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const download = await test.manager.download('tiny');
    download.finished.catch(() => undefined);
    const { observer } = await test.world.transfer(0);
    // Long names fill the socket's buffers; then the server's patience ends, which the client learns when it writes.
    const files = Array.from({ length: 2_000 }, (_, index) => ({
      path: `${'x'.repeat(200)}${String(index)}`,
      sizeBytes: 1,
      downloadedBytes: 0,
      verified: false,
    }));
    const figures = {
      phase: 'downloading',
      totalBytes: 2_000,
      filesDone: 0,
      connections: 1,
    } as const;
    let downloadedBytes = 0;
    const pushing = setInterval(() => {
      observer.progress({ ...figures, files, downloadedBytes: (downloadedBytes += 1) });
      socket.write('\r\n');
    }, 5);
    await closed;
    clearInterval(pushing);
    await test.close();
  });
});
