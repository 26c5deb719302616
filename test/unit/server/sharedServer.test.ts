import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deferred } from '../../../src/common/deferred';
import { systemClock } from '../../../src/common/clock';
import { silentLogger } from '../../../src/common/logger';
import {
  readAddress,
  type RunningServer,
  type SharedAddress,
  type ServerLease,
  SharedServer,
  type SharedState,
} from '../../../src/server';
import { bundled } from '../download/support/workerBundle';
import { startTestServer } from './testServer';
import type { WindowMessage } from './windowProgram';

/** A person waits 5 s at most for the next window; a slow machine gets four times as long. */
const handOverMs = 20_000;

/** A window that serves in a process of its own. */
class ServingWindow {
  readonly states: WindowMessage[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(readonly child: ChildProcess) {
    child.on('message', (message: WindowMessage) => {
      this.states.push(message);
      for (const wake of this.#waiting) wake();
    });
  }

  static async open(folder: string): Promise<ServingWindow> {
    const program = await bundled('test/unit/server/windowProgram.ts');
    const child = spawn(process.execPath, [program, folder], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new ServingWindow(child);
  }

  /** The newest state, once it is of this kind. */
  async until(kind: SharedState['kind']): Promise<SharedAddress | undefined> {
    for (;;) {
      const newest = this.states.at(-1);
      if (newest?.kind === kind) return newest.address;
      const next = deferred<undefined>();
      const wake = (): void => next.resolve(undefined);
      this.#waiting.add(wake);
      await next.promise;
      this.#waiting.delete(wake);
    }
  }

  async end(how: 'close' | 'kill'): Promise<void> {
    const ended = once(this.child, 'exit');
    if (how === 'kill') this.child.kill('SIGKILL');
    else this.child.send('close');
    await ended;
  }
}

describe('one server for all windows', () => {
  let folder: string;
  let windows: ServingWindow[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'asr-shared-'));
    windows = [];
  });
  afterEach(async () => {
    for (const { child } of windows) if (child.exitCode === null) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  async function open(): Promise<ServingWindow> {
    const opened = await ServingWindow.open(folder);
    windows.push(opened);
    return opened;
  }

  for (const how of ['kill', 'close'] as const) {
    it(`goes over to another window with the same port and token when its own ends (${how})`, async () => {
      const first = await open();
      const address = await first.until('here');
      assert.ok(address);
      const second = await open();
      assert.deepEqual(await second.until('elsewhere'), address);
      const startMs = performance.now();
      await first.end(how);
      const next = await second.until('here');
      const tookMs = performance.now() - startMs;
      assert.ok(tookMs < handOverMs, `${tookMs.toFixed(0)} ms`);
      assert.deepEqual(next, address);
      const answer = await fetch(`${address.url}/api/models/downloaded`, {
        headers: { Authorization: `Bearer ${address.token}` },
      });
      assert.equal(answer.status, 200);
      await second.end('close');
      assert.deepEqual((await readdir(folder)).sort(), []);
    });
  }

  it('leaves no port, file or process after a chaos of starts and kills', async () => {
    for (let round = 0; round < 4; round += 1) {
      const [one, two] = await Promise.all([open(), open()]);
      const serving = await Promise.race([
        one.until('here').then(() => one),
        two.until('here').then(() => two),
      ]);
      const other = serving === one ? two : one;
      await serving.end('kill');
      if (round % 2 === 0) await other.end('kill');
      else {
        await other.until('here');
        await other.end('close');
      }
    }
    const last = await open();
    const address = await last.until('here');
    assert.ok(address);
    await last.end('close');
    assert.deepEqual(await readdir(folder), []);
    await assert.rejects(fetch(address.url));
    for (const { child } of windows)
      assert.ok(child.exitCode !== null || child.signalCode !== null);
  });
});

describe('a server that can not be started', () => {
  it('says so, gives its lease back, and leaves nothing', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'asr-shared-'));
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(address !== null && typeof address === 'object');
    const { port } = address;
    let held = 0;
    const lease: ServerLease = {
      lost: new AbortController().signal,
      release: () => Promise.resolve(void (held -= 1)),
    };
    const servers: RunningServer[] = [];
    const shared = new SharedServer({
      tryLease: () => Promise.resolve(void (held += 1)).then(() => lease),
      start: async () => {
        const { server } = await startTestServer({ port });
        servers.push(server);
        return server;
      },
      addressFile: path.join(folder, 'server.json'),
      clock: systemClock,
      logger: silentLogger,
    });
    await shared.poll();
    assert.equal(shared.state.kind, 'failed');
    assert.ok('error' in shared.state);
    assert.match(String(shared.state.error), /port \d+, which another program has/);
    assert.equal(held, 0);
    taken.close();
    await once(taken, 'close');
    await shared.poll();
    assert.equal(shared.state.kind, 'here');
    await shared.stop();
    assert.equal(held, 0);
    await rm(folder, { recursive: true });
  });

  it('takes over after a lease that was lost, and gives way', async () => {
    const lost = new AbortController();
    let leases = 0;
    const shared = new SharedServer({
      tryLease: () => {
        leases += 1;
        const own = leases === 1;
        return Promise.resolve(
          own ? { lost: lost.signal, release: () => Promise.resolve() } : undefined,
        );
      },
      start: async () => (await startTestServer()).server,
      addressFile: path.join(tmpdir(), 'asr-none', 'server.json'),
      clock: systemClock,
      logger: silentLogger,
    });
    await shared.poll();
    assert.ok('address' in shared.state);
    const { url } = shared.state.address;
    lost.abort();
    await shared.poll();
    await assert.rejects(fetch(url));
    await shared.stop();
  });
});

describe('files that a killed process has left', () => {
  it('is removed by the next server: uploads of a process that is gone, not those of a living one', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    const { pid = 0 } = gone;
    await once(gone, 'exit');
    const uuid = '00000000-0000-4000-8000-000000000000';
    const test = await startTestServer();
    const uploads = path.join(test.folder, 'uploads');
    await mkdir(path.join(uploads, `${String(pid)}-${uuid}`), { recursive: true });
    await mkdir(path.join(uploads, `${String(process.pid)}-${uuid}`));
    await mkdir(path.join(uploads, 'other'));
    await writeFile(path.join(uploads, `${String(pid)}-${uuid}`, 'a.wav'), 'RIFF');
    const next = await startTestServer({ uploadsFolder: uploads });
    assert.deepEqual(
      (await readdir(uploads)).sort(),
      [`${String(process.pid)}-${uuid}`, 'other'].sort(),
    );
    await next.close();
    await test.close();
  });

  it('an address is read only where it names this computer', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'asr-shared-'));
    const file = path.join(folder, 'server.json');
    const address = {
      url: 'http://evil.example:80',
      port: 80,
      token: 't'.repeat(20),
      pid: 1,
      version: '1',
    };
    await writeFile(file, JSON.stringify(address));
    assert.equal(await readAddress(file), undefined);
    assert.ok((await stat(file)).isFile() && existsSync(file));
    await rm(folder, { recursive: true });
  });
});
