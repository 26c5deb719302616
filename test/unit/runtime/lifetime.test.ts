import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { isProcessRunning } from '../../../src/common/process';
import { exitError } from '../../../src/runtime/child/exitError';
import { threadCount } from '../../../src/runtime/child/modelSession';
import { IdleWatch } from '../../../src/runtime/child/rpcClient';
import { childEnvironment } from '../../../src/runtime/child/runtimeProcess';
import { isReply } from '../../../src/runtime/process/messages';
import { nemoCtcModel } from '../../hub/models';
import { childrenOf, processBundle, removeBundle, TempFolder, testRuntime, tone } from './support';

describe('the runtime’s process never outlives the extension host', () => {
  const folder = new TempFolder();
  beforeEach(() => folder.create());
  afterEach(() => folder.remove());
  after(removeBundle);

  it('ends when its channel closes', async () => {
    const child = fork(await processBundle(), [], { serialization: 'advanced' });
    await once(child, 'message');
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
  });

  it('ends when its parent is killed, even while its main thread is stuck', async () => {
    const stuck = path.join(folder.path, 'stuck.js');
    await build({
      stdin: {
        contents: `
          import { isMainThread, workerData } from 'node:worker_threads';
          import { startParentWatch, watchParent } from './src/runtime/process/parentWatch';
          if (isMainThread) {
            startParentWatch(process.argv[1]);
            setTimeout(() => { process.send('stuck'); setImmediate(() => { for (;;); }); }, 200);
          } else watchParent(workerData.parentPid);`,
        resolveDir: path.resolve(__dirname, '../../..'),
        loader: 'ts',
      },
      outfile: stuck,
      bundle: true,
      platform: 'node',
    });
    const parentScript = await folder.write(
      'parent.cjs',
      `const child = require('node:child_process').fork(${JSON.stringify(stuck)});
       child.on('message', () => console.log(child.pid));`,
    );
    const parent = spawn(process.execPath, [parentScript], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const stuckPid = Number(line.toString());
    assert.ok(await isRunning(stuckPid));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    while (await isRunning(stuckPid)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('is gone when unload settles, and when the runtime is disposed of', async () => {
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    const runtime = await testRuntime();
    const never = new AbortController().signal;
    await runtime.load(model, {}, () => undefined, never);
    assert.equal((await childrenOf(process.pid)).length, 1);
    await runtime.unload();
    assert.deepEqual(await childrenOf(process.pid), []);
    await runtime.load(model, {}, () => undefined, never);
    runtime.dispose();
    while ((await childrenOf(process.pid)).length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('gets no token and no debugger’s options from the environment', async () => {
    const env = childEnvironment({
      PATH: '/bin',
      HF_TOKEN: 'secret',
      NODE_OPTIONS: '--inspect',
      HOME: undefined,
    });
    assert.deepEqual(env, { ELECTRON_RUN_AS_NODE: '1', GGML_NO_BACKTRACE: '1', PATH: '/bin' });
    const model = await folder.model('onnx-sherpa', nemoCtcModel());
    const runtime = await testRuntime({ env: { PATH: process.env['PATH'], HF_TOKEN: 'secret' } });
    const never = new AbortController().signal;
    await runtime.load(model, {}, () => undefined, never);
    const [pid] = await childrenOf(process.pid);
    if (process.platform === 'linux') {
      const seen = await readFile(`/proc/${String(pid)}/environ`, 'utf8');
      assert.ok(!seen.includes('HF_TOKEN'));
    }
    await runtime.transcribe({ samples: tone(1) }, {}, () => undefined, never);
    await runtime.unload();
  });
});

async function isRunning(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return isProcessRunning(pid);
  // One that has ended keeps its number until its parent asks for its end.
  const status = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
}

describe('each way in which a process ends has a sentence of its own', () => {
  const say = (
    exitCode: number | null,
    signal: NodeJS.Signals | null = null,
    lastOutput = '',
    activity: 'loading' | 'transcribing' = 'loading',
  ): string => exitError({ exitCode, signal, lastOutput }, 'Tiny', activity).message;

  it('on POSIX and on Windows', () => {
    assert.equal(say(134), say(null, 'SIGABRT'));
    assert.equal(say(0xc0000409), say(null, 'SIGABRT'));
    assert.equal(say(139), say(null, 'SIGSEGV'));
    assert.equal(say(0xc0000005), say(null, 'SIGSEGV'));
    assert.equal(say(137), say(null, 'SIGKILL'));
    assert.match(say(255), /refuses Tiny/);
    assert.match(say(7), /ended unexpectedly \(7\)/);
    const sentences = [134, 139, 137, 132, 255, 7].map((code) => say(code));
    assert.equal(new Set(sentences).size, sentences.length);
    assert.notEqual(say(134, null, '', 'transcribing'), say(134));
  });

  it('and its last words tell more than the number', () => {
    assert.match(say(null, 'SIGABRT', 'what():  std::bad_alloc'), /not enough memory for Tiny/);
    assert.match(say(134, null, 'FATAL ERROR: JavaScript heap out of memory'), /not enough memory/);
    assert.match(
      say(255, null, "'n_mels' does not exist in the metadata"),
      /lacks the entry “n_mels”/,
    );
  });
});

describe('messages from the process are checked', () => {
  it('only whole replies count', () => {
    const id = 1;
    assert.ok(isReply({ kind: 'alive', cpuMs: 1, transcribing: true }));
    assert.ok(isReply({ kind: 'loaded', id, description: 'x', onGpu: false }));
    assert.ok(isReply({ kind: 'tried', id, error: '' }));
    assert.ok(isReply({ kind: 'failed', id, failure: { kind: 'cancelled' } }));
    for (const bad of [
      undefined,
      'loaded',
      { kind: 'alive', cpuMs: 1 },
      { kind: 'loaded', id, description: 'x' },
      { kind: 'tried', id },
      { kind: 'loaded', description: 'x' },
      { kind: 'progress', id, progress: { segments: [{}], transcribedMs: 1 } },
      { kind: 'transcribed', id, result: { segments: [], audioMs: 1 } },
      { kind: 'failed', id, failure: { kind: 'error', code: 'nope', text: {}, cause: '' } },
      { kind: 'other', id },
    ]) {
      assert.ok(!isReply(bad), JSON.stringify(bad));
    }
  });
});

describe('an engine that hangs is distinguished from one that works', () => {
  const feed = (
    reports: readonly (readonly [number, boolean, number])[],
  ): (number | undefined)[] => {
    const watch = new IdleWatch(3000);
    return reports.map(([cpuMs, transcribing, nowMs]) => watch.report(cpuMs, transcribing, nowMs));
  };
  it('three seconds without processor time while transcribing', () => {
    const idle = feed([
      [100, true, 0],
      [101, true, 1000],
      [102, true, 2000],
      [103, true, 3000],
    ]);
    assert.deepEqual(idle, [undefined, undefined, undefined, 3000]);
  });
  it('not while it computes, nor while it waits for audio', () => {
    const busy = Array.from({ length: 9 }, (_, n) => [n * 200, true, n * 1000] as const);
    const waiting = Array.from({ length: 9 }, (_, n) => [0, false, n * 1000] as const);
    assert.ok([...feed(busy), ...feed(waiting)].every((idleMs) => idleMs === undefined));
  });
  it('not because the machine slept', () => {
    const idle = feed([
      [100, true, 0],
      [101, true, 3_600_000],
      [900, true, 3_601_000],
    ]);
    assert.ok(idle.every((idleMs) => idleMs === undefined));
  });
});

describe('threads', () => {
  it('as asked for, else one for each physical core, at most eight', () => {
    assert.equal(threadCount(3, 16, 'x64'), 3);
    assert.equal(threadCount(0, 4, 'x64'), 2);
    assert.equal(threadCount(0, 4, 'arm64'), 4);
    assert.equal(threadCount(0, 1, 'x64'), 1);
    assert.equal(threadCount(0, 64, 'x64'), 8);
  });
});
