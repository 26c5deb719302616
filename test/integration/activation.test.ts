import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('activation in a real extension host', () => {
  const extension = vscode.extensions.getExtension('asr-tools.asr-model-manager');

  it('finds the extension and activates it', async () => {
    assert.ok(extension);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command that the manifest names', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const command of namedCommands(extension?.packageJSON)) {
      assert.ok(registered.has(command), `${command} is not registered`);
    }
  });
});

/** The commands under `contributes.commands`; fails when there is none. */
function namedCommands(manifest: unknown): string[] {
  const text = JSON.stringify(Reflect.get(Object(manifest), 'contributes'));
  const found = [...text.matchAll(/"command":"(asr\.\w+)"/g)].flatMap(([, id]) => id ?? []);
  assert.ok(found.length > 0);
  return [...new Set(found)];
}
