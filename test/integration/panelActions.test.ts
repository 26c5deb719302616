import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { AsrError } from '../../src/common/asrError';
import { ModelManager } from '../../src/models';
import { runAction, type ActionSurface } from '../../src/vscode/commands/actions';
import { FakeWorld, hubFile, hubModel } from '../unit/models/fakePorts';
import { Dialogs } from './dialogs';

const surface: ActionSurface = {
  checkForUpdates: () => assert.fail('nothing is checked'),
  load: () => assert.fail('nothing is loaded'),
  busyWith: (_modelIds, _kind, work) => work(),
};

describe('revealing from the panel in a real extension host', () => {
  let manager: ModelManager;
  let dialogs: Dialogs;

  beforeEach(() => {
    const world = new FakeWorld();
    world.models = [hubModel('a'), hubModel('b')];
    world.files = [hubFile('a.bin', 100), hubFile('b.bin', 50)];
    world.published.set('a.bin', hubFile('a.bin', 100));
    manager = new ModelManager(world.ports);
    dialogs = new Dialogs();
    dialogs.swallow('revealFileInOS');
  });
  afterEach(() => {
    dialogs.dispose();
    manager.dispose();
  });

  function revealed(): string[] {
    return dialogs.commands
      .filter(([id]) => id === 'revealFileInOS')
      .map(([, uri]) => {
        assert.ok(uri instanceof vscode.Uri);
        assert.equal(uri.scheme, 'file');
        return uri.path;
      });
  }

  it('hands the file of that model to the editor', async () => {
    const said = await runAction({ manager, surface }, { kind: 'reveal', modelId: 'a' });
    assert.equal(said, undefined);
    assert.deepEqual(revealed(), ['/cache/snapshot/a.bin']);
  });

  it('hands the cache’s folder to the editor', async () => {
    await runAction({ manager, surface }, { kind: 'revealCache' });
    assert.deepEqual(revealed(), [vscode.Uri.file(manager.cachePath).path]);
  });

  it('refuses a model that is not on the disk, and opens nothing', async () => {
    await assert.rejects(
      runAction({ manager, surface }, { kind: 'reveal', modelId: 'b' }),
      (error: unknown) => error instanceof AsrError && error.code === 'notFound',
    );
    assert.deepEqual(revealed(), []);
  });
});
