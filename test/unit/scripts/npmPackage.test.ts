import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { isObject, parseJson } from '../../../src/common/json';

const run = promisify(execFile);

/** The files that a build leaves; their content is of no interest here. */
const built = [
  'dist/cacheCommands.js',
  'dist/cli.js',
  'dist/cli.js.map',
  'dist/core.js',
  'dist/extension.js',
  'dist/openLink.js',
  'dist/panelDocument.js',
  'dist/runtimeProcess.js',
  'dist/server.js',
  'dist/serverHost.js',
  'dist/transcribeCommand.js',
  'dist/transferWorker.js',
  'dist/undiciTransport.js',
  'dist/unpackWorker.js',
  'dist/webview/panel.js',
  'dist/catalog/catalog.json',
  'media/icon.png',
  'media/clip.wav',
  'src/cli/main.ts',
  '.vscode/launch.json',
  'out/x.vsix',
];

describe('the npm package of the command line', () => {
  it('has the program with the bundles that it starts, and nothing of the editor’s', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-npm-'));
    try {
      for (const name of ['package.json', '.npmignore', 'asr-model-api.d.ts', 'README.md']) {
        await cp(name, path.join(folder, name));
      }
      for (const name of built) {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
        await writeFile(path.join(folder, name), 'x');
      }
      const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
      const { stdout } = await run(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: folder,
        shell: process.platform === 'win32',
      });
      const answer = parseJson(stdout);
      // Newer ones answer with an object by the package's name.
      const list: readonly unknown[] = Array.isArray(answer)
        ? answer
        : Object.values(isObject(answer) ? answer : {});
      const [about] = list;
      assert.ok(isObject(about) && Array.isArray(about['files']));
      const files = about['files'].map((file: unknown) =>
        isObject(file) ? String(file['path']) : '',
      );
      assert.deepEqual(files.filter((name) => name !== 'README.md').sort(), [
        'asr-model-api.d.ts',
        'dist/catalog/catalog.json',
        'dist/cli.js',
        'dist/core.js',
        'dist/runtimeProcess.js',
        'dist/server.js',
        'dist/transferWorker.js',
        'dist/undiciTransport.js',
        'dist/unpackWorker.js',
        'media/clip.wav',
        'package.json',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
