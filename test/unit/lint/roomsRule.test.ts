import assert from 'node:assert/strict';
import { importProblem } from '../../../scripts/lint/roomsRule.mjs';

const root = '/project';
const problem = (file: string, specifier: string): string | undefined =>
  importProblem(`${root}/${file}`, specifier, root);

describe('import rules of the rooms', () => {
  const forbidden: readonly [string, string][] = [
    ['src/manager/modelManager.ts', 'vscode'],
    ['src/store/layout.ts', 'vscode'],
    ['src/hub/createHubClient.ts', 'undici'],
    ['src/download/worker/main.ts', 'undici'],
    ['src/vscode/commands.ts', '../download'],
    ['src/vscode/commands.ts', '../store/layout'],
    ['src/store/layout.ts', '../manager'],
    ['src/hub/createHubClient.ts', '../transport/fetchTransport'],
    ['src/protocol/messages.ts', '../base/event'],
    ['src/protocol/messages.ts', 'node:fs'],
    ['src/catalog/createCatalog.ts', '../store'],
    ['src/newRoom/thing.ts', '../base/event'],
    ['src/base/event.ts', 'fs'],
    ['src/extension.ts', 'undici'],
    ['webview-ui/main.tsx', '../src/base/byteText'],
    ['webview-ui/main.tsx', '../src/manager'],
    ['webview-ui/main.tsx', 'vscode'],
    ['webview-ui/main.tsx', 'node:path'],
  ];
  for (const [file, specifier] of forbidden) {
    it(`${file} may not import ${specifier}`, () => {
      assert.equal(typeof problem(file, specifier), 'string');
    });
  }

  const allowed: readonly [string, string][] = [
    ['src/extension.ts', 'vscode'],
    ['src/vscode/commands.ts', 'vscode'],
    ['src/vscode/commands.ts', '../manager'],
    ['src/vscode/panel/panel.ts', '../../protocol/downloadProgress'],
    ['src/transport/sockets.ts', 'undici'],
    ['src/hub/createHubClient.ts', '../transport'],
    ['src/manager/modelManager.ts', '../store'],
    ['src/manager/modelManager.ts', './inventory'],
    ['src/store/layout.ts', '../base/asrError'],
    ['webview-ui/components/list.tsx', '../../src/protocol'],
    ['webview-ui/components/list.tsx', 'preact/hooks'],
    ['test/unit/store/layout.test.ts', '../../../src/store/layout'],
  ];
  for (const [file, specifier] of allowed) {
    it(`${file} may import ${specifier}`, () => {
      assert.equal(problem(file, specifier), undefined);
    });
  }
});
