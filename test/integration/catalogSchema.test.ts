import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';

/** The diagnostics of the editor's own JSON support for a file, once there are any. */
async function complaintsOf(uri: vscode.Uri): Promise<readonly vscode.Diagnostic[]> {
  const said = new Promise<readonly vscode.Diagnostic[]>((resolve) => {
    const look = (): void => {
      const diagnostics = vscode.languages.getDiagnostics(uri);
      if (diagnostics.length === 0) return;
      subscription.dispose();
      resolve(diagnostics);
    };
    const subscription = vscode.languages.onDidChangeDiagnostics(look);
    look();
  });
  await vscode.window.showTextDocument(uri);
  return said;
}

describe('the schema of catalogs in the editor', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-schema-'));
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true });
  });

  for (const name of ['asr-catalog.json', 'mine.asr-catalog.json']) {
    it(`is applied to ${name} without a setting: a wrong property is marked`, async () => {
      const file = path.join(folder, name);
      const variant = { id: 'v', repo: 'org/name', sise: 1 };
      const family = { id: 'f', name: 'F', format: 'ggml', variants: [variant] };
      await writeFile(file, JSON.stringify({ name: 'Mine', families: [family] }, undefined, 2));
      const complaints = await complaintsOf(vscode.Uri.file(file));
      assert.match(complaints.map(({ message }) => message).join('\n'), /sise/);
    });
  }
});
