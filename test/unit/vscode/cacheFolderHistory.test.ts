import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { processSpace } from '../../../src/common/process';
import { withFolderLock } from '../../../src/cache';
import { silentLogger } from '../../../src/common/logger';
import { CacheFolderHistory } from '../../../src/vscode/host/cacheFolderHistory';

/** A process that was and is no more. */
function endedPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('the folder that models were kept in', () => {
  let storage: string;
  let file: string;

  beforeEach(async () => {
    storage = await mkdtemp(path.join(os.tmpdir(), 'asr-kept-'));
    file = path.join(storage, 'state', 'keptFolder.json');
  });
  afterEach(async () => await rm(storage, { recursive: true, force: true }));

  function historyOf(pid?: number): CacheFolderHistory {
    const folder = path.dirname(file);
    return new CacheFolderHistory(
      file,
      (work) => withFolderLock(folder, 'keptFolder', silentLogger, work),
      pid,
    );
  }

  it('is the own one at first, and nothing is written for that', async () => {
    assert.deepEqual(await historyOf().claim(''), []);
    assert.deepEqual(await readdir(storage), []);
  });

  it('is asked about by exactly one of many windows', async () => {
    const windows = Array.from({ length: 8 }, () => historyOf());
    const claims = await Promise.all(windows.map((window) => window.claim('/new')));
    assert.deepEqual(
      claims.filter(({ length }) => length > 0),
      [['']],
    );
    assert.deepEqual(await historyOf().claim('/new'), [], 'a slow window asks as well');
  });

  it('is noticed at the next start when it changed while no window was open', async () => {
    const before = historyOf();
    await before.claim('/old');
    await before.answered('');
    assert.deepEqual(await historyOf().claim('/old'), []);
    assert.deepEqual(await historyOf().claim('/new'), ['/old']);
  });

  it('is asked about again when the window that asked went away before the answer', async () => {
    const gone = historyOf(endedPid());
    assert.deepEqual(await gone.claim('/new'), ['']);
    assert.deepEqual(await historyOf().claim('/new'), ['']);
    assert.deepEqual(await historyOf().claim('/new'), [], 'while that one asks');
  });

  it('leaves no folder out when it changes again before the answer', async () => {
    const window = historyOf();
    await window.claim('/one');
    assert.deepEqual(await window.claim('/two'), ['', '/one']);
    assert.deepEqual(await window.claim('/one'), ['', '/two'], 'the one in use is not left behind');
    await window.answered('');
    await window.answered('/two');
    assert.deepEqual(await window.claim('/one'), []);
  });

  it('is asked about again when the window went away between two answers', async () => {
    const gone = historyOf(endedPid());
    await gone.claim('/one');
    assert.deepEqual(await gone.claim('/two'), ['', '/one']);
    await gone.answered('');
    assert.deepEqual(await historyOf().claim('/two'), ['/one']);
  });

  it('asks nothing when a command has asked and then changes it', async () => {
    const window = historyOf();
    await window.use('/new');
    assert.deepEqual(await window.claim('/new'), []);
    assert.deepEqual(await historyOf().claim('/new'), []);
  });

  it('continues after a window was killed in the middle', async () => {
    await historyOf().use('/old');
    const lock = path.join(path.dirname(file), 'keptFolder.lock');
    const [token, space] = ['0123456789ab', processSpace()];
    const owner = { token, space, pid: endedPid(), host: os.hostname(), sinceMs: 0 };
    await writeFile(lock, JSON.stringify(owner));
    assert.deepEqual(await historyOf().claim('/new'), ['/old']);
    assert.deepEqual(await readdir(path.dirname(file)), ['keptFolder.json']);
  });

  it('takes what another version or a crash left for what it is', async () => {
    const window = historyOf();
    await window.use('/old');
    for (const text of ['', '{', '[]', '7', '{"directory":5,"left":[1,null],"askedBy":"x"}']) {
      await writeFile(file, text);
      assert.deepEqual(await window.claim(''), [], text);
    }
  });
});
