import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { connectFastest, inOrder, type Candidate } from '../../../src/http/happyEyeballs';
import { SocketOpener } from '../../../src/http/openSocket';
import { directNetwork } from '../../../src/http';
import { ManualClock } from '../download/support/manualClock';
import { serve } from './support';

const good = '192.0.2.1';
const dead = '2001:db8::1';

/** A socket whose events the test fires. */
class FakeSocket extends EventEmitter implements Candidate {
  readonly address: string;
  isDestroyed = false;

  constructor(address: string) {
    super();
    this.address = address;
  }

  destroy(): this {
    this.isDestroyed = true;
    return this;
  }
}

interface Line {
  /** When an address connects, in milliseconds after it was dialled; an error; absent: it never answers. */
  readonly answers: Readonly<Record<string, number | Error>>;
  readonly tls?: { readonly handshakeMs: Readonly<Record<string, number>> };
}

/** Connects over a line with these delays, on a clock that is moved by hand. */
function race(addresses: readonly string[], { answers, tls }: Line, signal?: AbortSignal) {
  const clock = new ManualClock();
  const sockets: FakeSocket[] = [];
  const dialledAtMs: number[] = [];
  let endedMs: number | undefined;
  const connected = connectFastest({
    addresses,
    clock,
    event: tls === undefined ? 'connect' : 'secureConnect',
    ...(signal === undefined ? {} : { signal }),
    dial(address) {
      const socket = new FakeSocket(address);
      sockets.push(socket);
      dialledAtMs.push(clock.nowMs());
      const answer = answers[address];
      if (answer instanceof Error) clock.after(0, () => socket.emit('error', answer));
      else if (answer !== undefined) {
        clock.after(answer, () => socket.emit('connect'));
        const handshakeMs = tls?.handshakeMs[address];
        if (handshakeMs !== undefined) {
          clock.after(answer + handshakeMs, () => socket.emit('secureConnect'));
        }
      }
      return socket;
    },
  }).finally(() => (endedMs = clock.nowMs()));
  connected.catch(() => undefined);
  return { clock, sockets, dialledAtMs, connected, endedMs: () => endedMs };
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });

describe('connecting to a host with several addresses', () => {
  it('reaches a good one over 320 ms, wherever it stands among dead ones', async () => {
    for (const addresses of [
      [good, dead],
      [dead, good],
      ['192.0.2.9', good],
      ['192.0.2.7', '192.0.2.8', '192.0.2.9', good],
      inOrder(['2001:db8::2', dead, '2001:db8::3', good, '192.0.2.9'], undefined),
    ]) {
      const line = race(addresses, { answers: { [good]: 320 } });
      await line.clock.advance(1500);
      assert.equal((await line.connected).address, good);
      const others = line.sockets.filter(({ address }) => address !== good);
      assert.ok(
        others.every(({ isDestroyed }) => isDestroyed),
        'no other socket stays open',
      );
      assert.equal(line.clock.pending, 0, 'no timer stays');
    }
  });

  it('goes to the next address at once when one fails, and tells the error of the host', async () => {
    const line = race([dead, good], { answers: { [dead]: coded('ENETUNREACH'), [good]: 30 } });
    await line.clock.advance(40);
    assert.equal((await line.connected).address, good);
    const none = race([dead, good], {
      answers: { [dead]: coded('ENETUNREACH'), [good]: coded('ECONNREFUSED') },
    });
    await none.clock.advance(10);
    await assert.rejects(none.connected, (error: unknown) => {
      assert.ok(error instanceof AggregateError);
      assert.match(String(error.errors[0]), /ECONNREFUSED/);
      return true;
    });
  });

  it('does not open more connections to a good host than it needs', async () => {
    const near = race([good, dead], { answers: { [good]: 40 } });
    await near.clock.advance(5000);
    assert.equal(near.sockets.length, 1);
    const far = race([good, dead], {
      answers: { [good]: 200 },
      tls: { handshakeMs: { [good]: 600 } },
    });
    await far.clock.advance(5000);
    assert.equal(far.sockets.length, 1);
    assert.equal(far.endedMs(), 800);
  });

  it('goes to the next address when one connects and its handshake does not come through', async () => {
    const line = race([dead, good], {
      answers: { [dead]: 20, [good]: 20 },
      tls: { handshakeMs: { [good]: 40 } },
    });
    await line.clock.advance(3000);
    assert.equal((await line.connected).address, good);
    assert.ok(line.sockets[0]?.isDestroyed);
  });

  it('gives up after ten seconds, and when it is aborted', async () => {
    const line = race([good, dead], { answers: {} });
    await line.clock.advance(11_000);
    await assert.rejects(line.connected, { code: 'ETIMEDOUT' });
    assert.equal(line.endedMs(), 10_000);
    const abort = new AbortController();
    const given = race([good, dead], { answers: {} }, abort.signal);
    await given.clock.advance(300);
    abort.abort();
    await assert.rejects(given.connected);
    for (const { sockets, clock } of [line, given]) {
      assert.ok(sockets.every(({ isDestroyed }) => isDestroyed));
      assert.equal(clock.pending, 0);
    }
  });

  it('takes the families by turns, and the address that worked last first', () => {
    const six = ['2001:db8::1', '2001:db8::2', '2001:db8::3'];
    const four = ['192.0.2.1', '192.0.2.2'];
    const expected = ['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2', '2001:db8::3'];
    assert.deepEqual(inOrder([...six, ...four], undefined), expected);
    assert.equal(inOrder([...six, ...four], '192.0.2.2')[0], '192.0.2.2');
    assert.deepEqual(inOrder(four, '203.0.113.1'), four);
  });

  it('asks the resolver once for connections that begin together, and reuses the address that connected', async () => {
    const server = await serve((_, response) => response.end());
    const asked: string[] = [];
    const opener = new SocketOpener(directNetwork, {
      addressesOf(host) {
        asked.push(host);
        return Promise.resolve(['127.0.0.1']);
      },
    });
    try {
      const url = new URL(`http://hub.example:${String(server.port)}/`);
      const sockets = await Promise.all([opener.open(url), opener.open(url), opener.open(url)]);
      for (const socket of sockets) socket.destroy();
      assert.deepEqual(asked, ['hub.example']);
    } finally {
      await server.close();
    }
  });
});
