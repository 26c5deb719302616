import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deferred, type Deferred } from '../../../src/common/deferred';
import type { Disposable } from '../../../src/common/disposable';
import { sharedStatePath } from '../../../src/common/sharedStatePath';
import { watchOtherWindows } from '../../../src/vscode/host/otherWindowsWatch';

describe('a window that was not used yet', () => {
  let root: string;
  let hubRoot: string;
  let folder: string;
  let asked: Deferred<undefined>;
  let watching: Disposable | undefined;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-watch-'));
    hubRoot = path.join(root, 'hub');
    folder = sharedStatePath(hubRoot);
    asked = deferred<undefined>();
  });
  afterEach(async () => {
    watching?.dispose();
    await rm(root, { recursive: true });
  });

  const get = (): Promise<never> => {
    asked.resolve(undefined);
    return new Promise(() => undefined);
  };
  const open = (): void => {
    watching = watchOtherWindows(hubRoot, { get, loaded: undefined });
  };
  /** As the store writes it: whole, under another name first. */
  const leaveNote = async (): Promise<void> => {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'a.tmp'), '{}');
    await rename(path.join(folder, 'a.tmp'), path.join(folder, `${'a'.repeat(24)}.json`));
  };

  it('wakes up when another one begins a download', async () => {
    open();
    assert.deepEqual(await readdir(root), [], 'looking makes no folder');
    await leaveNote();
    await asked.promise;
  });

  it('wakes up for a download that runs already', async () => {
    await leaveNote();
    open();
    await asked.promise;
  });
});
