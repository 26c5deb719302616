import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { isObject, parseJson } from '../../src/common/json';
import type { AsrModelApi } from '../../src/vscode/api';
import type { TestHub } from '../hub';
import { activateApi, setEndpoint, startConfiguredHub } from './hubFixture';

const single = 'hf:org/single#model.bin';
const several = 'hf:org/several';
const mostTerminals = 20;

/** The variables that a program in a terminal finds; null: empty or not there. */
interface Told {
  readonly cache: unknown;
  readonly model: unknown;
}

const nothing: Told = { cache: null, model: null };

describe('an integrated terminal', () => {
  let api: AsrModelApi;
  let hub: TestHub;
  let folder: string;

  const set = async (key: string, value: unknown): Promise<void> =>
    await vscode.workspace
      .getConfiguration('asr')
      .update(key, value, vscode.ConfigurationTarget.Global);

  before(async function () {
    if (!(await opensTerminals())) this.skip();
    api = await activateApi();
  });
  beforeEach(async () => {
    hub = await startConfiguredHub();
    await api.clearCache();
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-terminal-'));
    await api.downloadModel(single);
    await api.downloadModel(several);
  });
  afterEach(async () => {
    await set('terminal.exportCache', undefined);
    await set('model', undefined);
    await api.clearCache();
    await hub.close();
    await setEndpoint(undefined);
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a real terminal whose program writes down what it was given, and waits for its end. */
  async function askTerminal(): Promise<Told> {
    const script = path.join(folder, 'tell.cjs');
    const answer = path.join(folder, 'told.json');
    await writeFile(
      script,
      `const { HF_HUB_CACHE, ASR_MODEL_PATH } = process.env;
       const told = { cache: HF_HUB_CACHE || null, model: ASR_MODEL_PATH || null };
       require('node:fs').writeFileSync(process.argv[2], JSON.stringify(told));`,
    );
    const ended = new Promise<void>((resolve) => {
      const listening = vscode.window.onDidCloseTerminal((closed) => {
        if (closed.name !== 'tells its environment') return;
        listening.dispose();
        resolve();
      });
    });
    vscode.window.createTerminal({
      name: 'tells its environment',
      shellPath: process.execPath,
      shellArgs: [script, answer],
      // The desktop's extension host runs in Electron, which is Node only when an environment variable says so.
      env: { ELECTRON_RUN_AS_NODE: '1' },
    });
    await ended;
    const told = parseJson(await readFile(answer, 'utf8'));
    assert.ok(isObject(told));
    return { cache: told['cache'], model: told['model'] };
  }

  /** A change of a setting reaches terminals a moment later, so a few are opened until one has it. */
  async function terminalsAreTold(expected: Told): Promise<void> {
    let told = await askTerminal();
    for (let count = 1; count < mostTerminals && !isSame(told, expected); count++) {
      told = await askTerminal();
    }
    assert.deepEqual(told, expected);
  }

  it('gets the models’ folder and the active model, when a person has asked for that', async () => {
    const [singlePath, severalPath] = [
      await api.getModelPath(single),
      await api.getModelPath(several),
    ];
    assert.ok(singlePath !== undefined && severalPath !== undefined);
    await set('model', single);
    assert.deepEqual(await askTerminal(), nothing, 'nobody has asked for it');

    await set('terminal.exportCache', true);
    const [cache] = singlePath.split(/[\\/]models--org--single[\\/]/);
    assert.ok(cache !== undefined);
    await terminalsAreTold({ cache, model: singlePath });
    const found = await readdir(cache);
    assert.ok(found.includes('models--org--single') && found.includes('models--org--several'));

    await set('model', several);
    await terminalsAreTold({ cache, model: severalPath });

    await api.deleteModel(several);
    await terminalsAreTold({ cache, model: null });

    await set('terminal.exportCache', false);
    await terminalsAreTold(nothing);
  });

  it('gets nothing when a person takes it back at once', async () => {
    await set('model', single);
    await set('terminal.exportCache', true);
    await set('terminal.exportCache', false);
    // The work that the first change began has ended when the cache has answered as well.
    await api.getDownloadedModels();
    await terminalsAreTold(nothing);
    assert.deepEqual(await askTerminal(), nothing);
  });
});

/**
 * Terminals need a native module. The current server brings it compiled; of the oldest one's source only what the
 * server can't start without is compiled (scripts/vscode/serverVersions.ts), so no terminal of it ever opens.
 */
async function opensTerminals(): Promise<boolean> {
  if (vscode.env.uiKind === vscode.UIKind.Desktop) return true;
  const parts = await readdir(path.join(vscode.env.appRoot, 'node_modules', 'node-pty'));
  return parts.includes('prebuilds') || parts.includes('build');
}

function isSame(one: Told, other: Told): boolean {
  return one.cache === other.cache && one.model === other.model;
}
