import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { AsrModelApi } from '../../src/vscode/api';
import type { TestHub } from '../hub';
import { Dialogs } from './dialogs';
import { activateApi, setEndpoint, startConfiguredHub, whisperId } from './hubFixture';

describe('an extension that uses the published API, in a real extension host', function () {
  this.timeout(240_000);
  let api: AsrModelApi;
  let hub: TestHub;
  let dialogs: Dialogs;
  const run = <T>(command: string, ...args: unknown[]): Thenable<T> =>
    vscode.commands.executeCommand<T>(`asrExample.${command}`, ...args);

  before(async () => {
    api = await activateApi();
    hub = await startConfiguredHub();
    await api.clearCache();
    dialogs = new Dialogs();
    assert.ok(vscode.extensions.getExtension('example.asr-api-example'), 'it is installed');
  });
  after(async () => {
    dialogs.dispose();
    await api.unloadModel();
    await api.clearCache();
    await hub.close();
    await setEndpoint(undefined);
  });

  it('finds models at the hub', async () => {
    const found = await run<string[]>('search', 'whisper');
    assert.deepEqual(found, [`${whisperId} (ggml, mit)`]);
  });

  it('downloads one, and has its path', async () => {
    const place = await run<string>('download', whisperId);
    await access(place);
    const [line = ''] = await run<string[]>('models');
    assert.ok(line.endsWith(`: ${place}`), line);
  });

  it('makes subtitles, and knows what can’t be done', async () => {
    const extension = vscode.extensions.getExtension('asr-tools.asr-model-manager');
    assert.ok(extension);
    const clip = vscode.Uri.joinPath(extension.extensionUri, 'media', 'clip.wav').fsPath;
    assert.deepEqual(await run('subtitles', clip, whisperId), ['0.0 s  hello model']);
    const [failure = ''] = await run<string[]>('subtitles', clip, 'no-such-model');
    assert.match(failure, /^notFound: No model is called no-such-model/);
  });

  it('deletes it again', async () => {
    assert.ok((await run<number>('remove', whisperId)) > 0);
    assert.deepEqual(await run('models'), []);
  });
});
