import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../../scripts/process/runCommand';

/** The command that opens the panel that does nothing. */
export const peerCommand = 'Peer: Open an Empty Panel';

const manifest = {
  name: 'peer',
  publisher: 'peer',
  version: '1.0.0',
  license: 'MIT',
  engines: { vscode: '^1.99.0' },
  main: './main.js',
  activationEvents: ['onStartupFinished'],
  contributes: {
    commands: [{ command: 'peer.open', title: 'Open an Empty Panel', category: 'Peer' }],
  },
};

const script = `const vscode = require('vscode');
exports.activate = ({ subscriptions }) => {
  subscriptions.push(vscode.commands.registerCommand('peer.open', () => {
    const panel = vscode.window.createWebviewPanel('peer.panel', 'Peer', vscode.ViewColumn.Active);
    panel.webview.html = '<!DOCTYPE html><html><body><main>One word</main></body></html>';
  }));
};`;

/**
 * Packs an extension whose panel shows one word and runs nothing: what remains of its time to paint is the editor's
 * own. Gives back the path of the VSIX.
 */
export async function packPeer(folder: string): Promise<string> {
  const source = path.join(folder, 'peer');
  const vsixPath = path.join(folder, 'peer.vsix');
  await mkdir(source, { recursive: true });
  await writeFile(path.join(source, 'package.json'), JSON.stringify(manifest));
  await writeFile(path.join(source, 'main.js'), script);
  const vsce = path.resolve('node_modules', '@vscode', 'vsce', 'vsce');
  const flags = ['--allow-missing-repository', '--skip-license', '--out', vsixPath];
  await runCommand(process.execPath, [vsce, 'package', ...flags], { cwd: source });
  return vsixPath;
}
