import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { directNetwork, readText, type Transport } from '../../../src/http';
import { RawTransport } from '../../../src/http/rawTransport';
import { idleLimitMs } from '../../../src/http/socketPool';
import { ManualClock } from '../download/support/manualClock';

const idle = new AbortController().signal;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A server's reaction to the request number `nth` (1 is the first) of a connection. */
type Act = (socket: net.Socket, nth: number) => void;

/** Connections that misbehave after their first answer, a transport to them, and a clock that is moved by hand. */
class Stage {
  readonly clock = new ManualClock();
  readonly connections: net.Socket[] = [];
  readonly #server: net.Server;
  readonly transport: RawTransport;
  requests = 0;

  constructor(act: Act) {
    const none: Transport = {
      request: () => Promise.reject(new Error('the complete client was asked')),
      close: () => Promise.resolve(),
    };
    this.transport = new RawTransport(directNetwork, none, this.clock);
    this.#server = net.createServer((socket) => {
      this.connections.push(socket);
      socket.on('error', () => undefined);
      let nth = 0;
      socket.on('data', () => {
        this.requests++;
        act(socket, ++nth);
      });
    });
  }

  connection(at: number): net.Socket {
    const socket = this.connections[at];
    assert.ok(socket !== undefined);
    return socket;
  }

  /** Resolves when no socket of the transport is open. */
  async untilClosed(): Promise<void> {
    while (this.transport.openSockets > 0) await new Promise(setImmediate);
  }

  async ask(signal = idle): Promise<string> {
    if (!this.#server.listening) {
      this.#server.listen(0, '127.0.0.1');
      await once(this.#server, 'listening');
    }
    const { port } = this.#server.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}/`;
    const request = { url, headers: {}, signal, headTimeoutMs: 60_000 };
    return readText(await this.transport.request(request), 100);
  }

  /** Several connections at once. */
  async askTogether(times: number): Promise<void> {
    await Promise.all(Array.from({ length: times }, () => this.ask()));
  }

  async close(): Promise<void> {
    await this.transport.close();
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('a connection that is kept for the next request', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  it('is used again soon, and not after four seconds', async () => {
    stage = new Stage((socket) => socket.write(ok));
    await stage.ask();
    await stage.clock.advance(3900);
    await stage.ask();
    assert.equal(stage.connections.length, 1);
    const closed = once(stage.connection(0), 'close');
    await stage.clock.advance(4100);
    await closed;
    assert.equal(stage.transport.openSockets, 0);
    await stage.ask();
    assert.equal(stage.connections.length, 2);
  });

  it('is as old as the clock on the wall says: while a machine sleeps no timer runs', async () => {
    stage = new Stage((socket) => socket.write(ok));
    await stage.ask();
    stage.clock.sleep(600_000);
    await stage.ask();
    assert.equal(stage.connections.length, 2);
    assert.equal(stage.transport.openSockets, 1);
  });

  it('is kept for less where the server says so', async () => {
    const hint = ok.replace('Content', 'Keep-Alive: timeout=2, max=100\r\nContent');
    stage = new Stage((socket) => socket.write(hint));
    await stage.ask();
    await stage.clock.advance(1100);
    await stage.ask();
    assert.equal(stage.connections.length, 2);
    assert.equal(idleLimitMs(undefined), 4000);
    assert.equal(idleLimitMs('timeout=600'), 4000);
    assert.equal(idleLimitMs('max=5, timeout=3'), 2000);
    assert.equal(idleLimitMs('timeout=1'), 0);
  });

  it('that the network has forgotten ends the others of its origin, and nothing is counted', async () => {
    stage = new Stage((socket, nth) => {
      if (nth === 1) socket.write(ok);
    });
    await stage.askTogether(8);
    assert.equal(stage.transport.openSockets, 8);
    const asked = stage.ask();
    await stage.clock.advance(100);
    while (stage.requests < 9) await new Promise(setImmediate);
    await stage.clock.advance(5000);
    assert.equal(await asked, 'ok');
    assert.equal(stage.connections.length, 9);
    assert.equal(stage.transport.openSockets, 1);
  });

  const ends: Readonly<Record<string, Act>> = {
    'a reset instead of an answer': (socket) => socket.resetAndDestroy(),
    'an end instead of an answer': (socket) => socket.end(),
    'a 408 for having been idle': (socket) =>
      socket.end('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n'),
    'something that is no answer': (socket) => socket.write('surplus\r\n\r\n'),
  };
  for (const [what, act] of Object.entries(ends)) {
    it(`and gives ${what} is replaced, and the request is asked again`, async () => {
      stage = new Stage((socket, nth) => {
        if (nth === 1) socket.write(ok);
        else act(socket, nth);
      });
      await stage.askTogether(3);
      assert.equal(await stage.ask(), 'ok');
      assert.equal(stage.connections.length, 4);
      assert.equal(stage.transport.openSockets, 1);
    });
  }

  const words: Readonly<Record<string, (socket: net.Socket) => void>> = {
    'a late 408': (socket) => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'),
    'an answer that was not asked for': (socket) => socket.write(ok.replace('ok', 'no')),
    'an end': (socket) => socket.end(),
    'a reset': (socket) => socket.resetAndDestroy(),
  };
  for (const [what, say] of Object.entries(words)) {
    it(`and receives ${what} while it is idle is dropped`, async () => {
      stage = new Stage((socket) => socket.write(ok));
      await stage.ask();
      assert.equal(stage.transport.openSockets, 1);
      say(stage.connection(0));
      await stage.untilClosed();
      assert.equal(await stage.ask(), 'ok');
      assert.equal(stage.connections.length, 2);
    });
  }

  it('is not kept when more came than was announced', async () => {
    stage = new Stage((socket) => socket.write(`${ok}surplus`));
    assert.equal(await stage.ask(), 'ok');
    await stage.untilClosed();
    assert.equal(await stage.ask(), 'ok');
    assert.equal(stage.connections.length, 2);
  });

  it('ends with the request that is cancelled on it', async () => {
    stage = new Stage((socket, nth) => {
      if (nth === 1) socket.write(ok);
    });
    await stage.ask();
    const abort = new AbortController();
    const asked = stage.ask(abort.signal);
    while (stage.requests < 2) await new Promise(setImmediate);
    abort.abort();
    await assert.rejects(asked, { name: 'Cancelled' });
    assert.equal(stage.transport.openSockets, 0);
    assert.equal(stage.clock.pending, 0);
  });
});
