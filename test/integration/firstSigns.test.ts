import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AsrModelApi } from '../../src/vscode/api';
import { generatedContent, type TestHub } from '../hub';
import { Dialogs } from './dialogs';
import { activateApi, setEndpoint, startConfiguredHub, whisperId } from './hubFixture';

const single = 'hf:org/single#model.bin';
const big = 'hf:org/big';
/** The first one is always slower. */
const rounds = 3;
/** A person waits 100 ms, and measured is a fraction of one; a busy machine is slower, and only a hang takes as long. */
const msAllowed = 2_000;

interface Measured {
  readonly args?: readonly unknown[];
  /** Brings about what the command needs. */
  readonly before?: () => Promise<unknown>;
  /** Ends what it began. */
  readonly after?: () => Promise<unknown>;
}

describe('the first sign of every command, in a real extension host', function () {
  this.timeout(480_000);
  let api: AsrModelApi;
  let hub: TestHub;
  let dialogs: Dialogs;

  const run = (command: string, ...args: unknown[]): Thenable<unknown> =>
    vscode.commands.executeCommand(command, ...args);
  const startBig = async (): Promise<void> => {
    hub.pace.bytesPerSecondTotal = 20_000_000;
    hub.pace.crawlAfter(3_000_000);
    await run('asr.downloadModel', big);
    await hub.waitForBytes(2_000_000);
  };
  const endBig = async (): Promise<void> => {
    await run('asr.cancelDownload');
  };
  const update = async (): Promise<void> => {
    const seed = `newer ${String(performance.now())}`;
    hub.repo('org/single').push({ 'model.bin': generatedContent({ sizeBytes: 300_000, seed }) });
    await api.checkForUpdates(single);
  };

  /** Every command of the manifest. Without arguments they ask, and the question is dismissed. */
  const commands: Readonly<Record<string, Measured>> = {
    downloadModel: {},
    pauseDownload: { before: startBig, after: endBig },
    takeOverDownload: { args: [single] },
    resumeDownload: {
      before: () => startBig().then(() => run('asr.pauseDownload')),
      after: endBig,
    },
    cancelDownload: { before: startBig },
    openModelManager: {},
    loadModel: {},
    unloadModel: { before: () => api.loadModel(whisperId) },
    transcribeFile: {},
    deleteModel: { args: [single] },
    verifyModel: {},
    updateModel: { args: [single], before: update, after: () => api.downloadModel(single) },
    restoreModel: { args: [single] },
    checkForUpdates: {},
    clearCache: {},
    freeUpSpace: {},
    removeEverything: {},
    importModel: {},
    exportModels: {},
    copyModelPath: { args: [single] },
    copyCodeSnippet: { args: [whisperId] },
    revealModel: { args: [single] },
    moveCache: {},
    setToken: {},
    clearToken: {},
    diagnoseConnection: {},
    copyServerAddress: {},
    stopServer: {},
    showLog: {},
  };

  before(async () => {
    api = await activateApi();
    hub = await startConfiguredHub();
    await api.clearCache();
    await api.downloadModel(single);
    await api.downloadModel(whisperId);
    dialogs = new Dialogs();
    for (const command of ['asr.models.focus', 'revealFileInOS']) dialogs.swallow(command);
  });
  after(async () => {
    dialogs.dispose();
    await api.unloadModel();
    await vscode.workspace
      .getConfiguration('asr')
      .update('model', undefined, vscode.ConfigurationTarget.Global);
    await api.clearCache();
    await hub.close();
    await setEndpoint(undefined);
  });

  /** Milliseconds from the call to the first thing that the editor is asked to show, or to the end without one. */
  async function measure(command: string, { args = [], before, after }: Measured): Promise<number> {
    await before?.();
    dialogs.firstSignMs = undefined;
    const startMs = performance.now();
    const done = run(command, ...args);
    const ended = Promise.resolve(done).then(() => performance.now());
    const firstMs = await Promise.race([dialogs.until(() => dialogs.firstSignMs), ended]);
    await run('workbench.action.closeQuickOpen');
    await done;
    await after?.();
    hub.pace.bytesPerSecondTotal = 0;
    await run('workbench.action.closeAllEditors');
    return firstMs - startMs;
  }

  it('comes while a person still waits', async () => {
    const extension = vscode.extensions.getExtension('asr-tools.asr-model-manager');
    const named = JSON.stringify(Reflect.get(Object(extension?.packageJSON), 'contributes'));
    const declared = [...named.matchAll(/"command":"asr\.(\w+)","category"/g)].map(([, id]) => id);
    assert.deepEqual(Object.keys(commands).sort(), declared.sort(), 'a command is not measured');

    const lines: string[] = [];
    const late: string[] = [];
    for (const [name, measured] of Object.entries(commands)) {
      const figures: number[] = [];
      for (let round = 0; round < rounds; round++)
        figures.push(await measure(`asr.${name}`, measured));
      const sorted = figures.sort((a, b) => a - b);
      const [median = 0, max = 0] = [sorted[Math.floor(rounds / 2)], sorted.at(-1)];
      lines.push(`| ${name} | ${median.toFixed(1)} | ${max.toFixed(1)} |`);
      if (median > msAllowed) late.push(lines.at(-1) ?? '');
    }
    console.log(
      ['FIGURES | command | first sign, median ms | max ms |', ...lines].join('\nFIGURES '),
    );
    assert.deepEqual(late, []);
  });

  it('stays long enough to be seen, however quick the command is, and delays no command', async () => {
    const gone = () => dialogs.statusGone.find(({ text }) => text.includes('Unloading'));
    await dialogs.until(gone);
    dialogs.statusGone.length = 0;
    await run('asr.unloadModel');
    assert.equal(gone(), undefined, 'the command has not waited for its sign');
    const { ms } = await dialogs.until(gone);
    assert.ok(ms > 400, `${ms.toFixed(0)} ms`);
  });
});
