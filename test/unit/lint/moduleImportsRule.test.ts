import assert from 'node:assert/strict';
import { importProblem } from '../../../scripts/lint/moduleImportsRule';

const root = '/project';
const problem = (file: string, specifier: string): string | undefined =>
  importProblem(`${root}/${file}`, specifier, root);

describe('import rules of the modules', () => {
  const forbidden: readonly [string, string][] = [
    ['src/models/modelManager.ts', 'vscode'],
    ['src/cache/layout.ts', 'vscode'],
    ['src/hub/createHubClient.ts', 'undici'],
    ['src/download/worker/main.ts', 'undici'],
    ['src/vscode/commands/commands.ts', '../../download'],
    ['src/vscode/commands/commands.ts', '../../cache/layout'],
    ['src/cache/layout.ts', '../models'],
    ['src/hub/createHubClient.ts', '../http/fetchTransport'],
    ['src/cache/layout.ts', '../windows'],
    ['src/windows/otherWindows.ts', '../models'],
    ['src/windows/windowsState.ts', '../cache/locks'],
    ['src/vscode/commands/commands.ts', '../../windows'],
    ['src/protocol/messages.ts', '../common/event'],
    ['src/protocol/messages.ts', 'node:fs'],
    ['src/catalog/createCatalog.ts', '../cache'],
    ['src/newModule/thing.ts', '../common/event'],
    ['src/common/event.ts', 'fs'],
    ['src/extension.ts', 'undici'],
    ['src/cli/runCli.ts', 'vscode'],
    ['src/cli/runCli.ts', '../cache'],
    ['src/models/modelManager.ts', '../cli'],
    ['src/models/modelManager.ts', '../../asr-model-api'],
    ['webview-ui/main.tsx', '../src/common/byteText'],
    ['webview-ui/main.tsx', '../src/models'],
    ['webview-ui/main.tsx', 'vscode'],
    ['webview-ui/main.tsx', 'node:path'],
  ];
  for (const [file, specifier] of forbidden) {
    it(`${file} may not import ${specifier}`, () =>
      assert.equal(typeof problem(file, specifier), 'string'));
  }

  const allowed: readonly [string, string][] = [
    ['src/extension.ts', 'vscode'],
    ['src/vscode/commands/commands.ts', 'vscode'],
    ['src/vscode/commands/commands.ts', '../../models'],
    ['src/vscode/panel/panel.ts', '../../protocol/downloadProgress'],
    ['src/http/sockets.ts', 'undici'],
    ['src/hub/createHubClient.ts', '../http'],
    ['src/models/modelManager.ts', '../cache'],
    ['src/models/modelManager.ts', './inventory'],
    ['src/models/modelManager.ts', '../windows'],
    ['src/windows/windowsState.ts', '../cache'],
    ['src/vscode/commands/commands.ts', '../ui/acknowledge'],
    ['src/cache/layout.ts', '../common/asrError'],
    ['src/cli/openCore.ts', '../models/createManager'],
    ['src/vscode/api.ts', '../../asr-model-api'],
    ['webview-ui/components/list.tsx', '../../src/protocol'],
    ['webview-ui/components/list.tsx', 'preact/hooks'],
    ['test/unit/cache/layout.test.ts', '../../../src/cache/layout'],
  ];
  for (const [file, specifier] of allowed) {
    it(`${file} may import ${specifier}`, () => assert.equal(problem(file, specifier), undefined));
  }
});
