import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findCache, type Surroundings } from '../../../src/cli/place';

const extensionId = 'asr-tools.asr-model-manager';

describe('the cache that the command line uses', () => {
  let home: string;
  let surroundings: Surroundings;
  beforeEach(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'asr-place-'));
    surroundings = { env: {}, home, cwd: path.join(home, 'work'), platform: 'linux' };
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const storageOf = (editor: string): string =>
    path.join(home, ...editor.split('/'), 'User', 'globalStorage', extensionId);
  /** An editor whose extension has used its cache at a time (seconds). */
  const editor = async (name: string, usedAt: number): Promise<string> => {
    const storage = storageOf(name);
    const locks = path.join(storage, 'hub', '.locks', 'asr');
    await mkdir(locks, { recursive: true });
    await utimes(locks, usedAt, usedAt);
    return storage;
  };
  const found = async (option?: string, env: Record<string, string> = {}): Promise<string[]> => {
    const { hubRoot, namedBy } = await findCache(option, { ...surroundings, env });
    return [namedBy, path.normalize(hubRoot)];
  };

  it('is the one that is named, from the folder that the person is in', async () => {
    await editor('.config/Code', 1);
    const env = { ASR_MODELS_CACHE: '/elsewhere' };
    assert.deepEqual(await found('models', env), ['option', path.join(home, 'work', 'models')]);
    assert.deepEqual(await found('~/m', env), ['option', path.join(home, 'm')]);
    assert.deepEqual(await found(undefined, env), ['environment', path.normalize('/elsewhere')]);
    const ofHome = { ASR_MODELS_CACHE: '~/m' };
    assert.deepEqual(await found(undefined, ofHome), ['environment', path.join(home, 'm')]);
  });

  it('is none that a variable names by half', async () => {
    const env = { ASR_MODELS_CACHE: 'models' };
    await assert.rejects(findCache(undefined, { ...surroundings, env }), /not a whole path/);
  });

  it('is the editor’s where there is one: that of the editor that used its own last', async () => {
    await editor('.config/Code', 1000);
    const server = await editor('.vscode-server/data', 3000);
    await editor('.config/VSCodium', 2000);
    assert.deepEqual(await found(), ['editor', path.join(server, 'hub')]);
  });

  it('is the editor’s on Windows and on a Mac too', async () => {
    const mac = await editor('Library/Application Support/Code', 1);
    surroundings = { ...surroundings, platform: 'darwin' };
    assert.deepEqual(await found(), ['editor', path.join(mac, 'hub')]);
    const windows = await editor('AppData/Roaming/Code', 2);
    surroundings = { ...surroundings, platform: 'win32' };
    assert.deepEqual(await found(), ['editor', path.join(windows, 'hub')]);
  });

  it('is where the editor’s setting says, and no other while that is not there', async () => {
    const storage = await editor('.config/Code', 1);
    const chosen = path.join(home, 'disk', 'models');
    await mkdir(path.join(storage, 'state'));
    await writeFile(
      path.join(storage, 'state', 'keptFolder.json'),
      JSON.stringify({ directory: chosen, left: [], askedBy: 0 }),
    );
    await assert.rejects(findCache(undefined, surroundings), { code: 'diskPermission' });
    await mkdir(chosen, { recursive: true });
    assert.deepEqual(await found(), ['editor', chosen]);
  });

  it('is one of its own where there is no editor', async () => {
    const own = path.join(home, '.cache', 'asr-models', 'hub');
    assert.deepEqual(await found(), ['default', own]);
    const env = { XDG_CACHE_HOME: path.join(home, 'c') };
    assert.deepEqual(await found(undefined, env), [
      'default',
      path.join(home, 'c', 'asr-models', 'hub'),
    ]);
  });
});
