import assert from 'node:assert/strict';
import { AsrError } from '../../../src/common/asrError';
import { localized } from '../../../src/common/localizedMessage';
import { directNetwork, readText, type Transport, type TransportResponse } from '../../../src/http';
import { createHedgedTransport, createMainTransport } from '../../../src/http/mainTransport';
import { ManualClock } from '../download/support/manualClock';
import { serve } from './support';

/** A transport whose answers the test releases. */
class Told implements Transport {
  readonly asked: {
    readonly answer: (status: number) => void;
    readonly fail: (error: Error) => void;
    readonly signal: AbortSignal;
  }[] = [];

  request({ signal }: Parameters<Transport['request']>[0]): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      const answer = (status: number): void =>
        resolve({ status, headers: {}, body: nothing(), discard: () => undefined });
      this.asked.push({ answer, fail: reject, signal });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

// oxlint-disable-next-line typescript/require-await -- a body without bytes
async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* [];
}

describe('the transport of the main thread', () => {
  function stage() {
    const [editor, own, clock] = [new Told(), new Told(), new ManualClock()];
    const transport = createHedgedTransport(editor, own, clock);
    const abort = new AbortController();
    const ask = (): Promise<TransportResponse> => {
      const url = 'https://hub.example/api';
      const answer = transport.request({
        url,
        headers: {},
        signal: abort.signal,
        headTimeoutMs: 30_000,
      });
      answer.catch(() => undefined);
      return answer;
    };
    return { editor, own, clock, abort, ask };
  }

  it('is the editor’s fetch where that answers soon', async () => {
    const { editor, own, clock, ask } = stage();
    const answer = ask();
    await clock.advance(900);
    editor.asked[0]?.answer(404);
    assert.equal((await answer).status, 404);
    await clock.advance(5000);
    assert.equal(own.asked.length, 0);
    assert.equal(clock.pending, 0);
  });

  it('asks with sockets of our own in parallel to a fetch that takes long, and first from then on', async () => {
    const { editor, own, clock, ask } = stage();
    const answer = ask();
    await clock.advance(1000);
    own.asked[0]?.answer(200);
    assert.equal((await answer).status, 200);
    assert.ok(editor.asked[0]?.signal.aborted, 'the fetch is cut off');
    const second = ask();
    await clock.advance(10);
    own.asked[1]?.answer(201);
    assert.equal((await second).status, 201);
    assert.equal(editor.asked.length, 1);
  });

  it('asks with sockets of our own at once when fetch fails, and tells its error when both do', async () => {
    const { editor, own, clock, ask } = stage();
    const answer = ask();
    await clock.advance(10);
    const error = new AsrError('proxy', localized('fetch'));
    editor.asked[0]?.fail(error);
    await clock.advance(10);
    own.asked[0]?.fail(new AsrError('network', localized('own')));
    await assert.rejects(answer, error);
    assert.equal(clock.pending, 0);
  });

  it('ends both when it is cancelled', async () => {
    const { editor, own, clock, abort, ask } = stage();
    const answer = ask();
    await clock.advance(1500);
    abort.abort();
    await assert.rejects(answer);
    assert.ok(editor.asked[0]?.signal.aborted && own.asked[0]?.signal.aborted);
    assert.equal(clock.pending, 0);
  });

  it('reads answers of every framing where fetch can’t connect', async () => {
    const text = '{"a":"ü"}';
    const server = await serve((request, response) => {
      if (request.url === '/length') response.setHeader('Content-Length', Buffer.byteLength(text));
      if (request.url === '/end') response.useChunkedEncodingByDefault = false;
      response.end(text);
    });
    const transport = createMainTransport(
      () => Promise.reject(new TypeError('fetch failed')),
      () => Promise.resolve(directNetwork),
    );
    try {
      for (const path of ['/length', '/chunks', '/end']) {
        const { signal } = new AbortController();
        const url = `${server.url}${path}`;
        const response = await transport.request({
          url,
          headers: {},
          signal,
          headTimeoutMs: 60_000,
        });
        assert.equal(await readText(response, 1000), text, path);
      }
    } finally {
      await transport.close();
      await server.close();
    }
  });
});
