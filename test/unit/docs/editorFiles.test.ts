import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { type BuildOptions, context, formatMessages, type Plugin } from 'esbuild';
import { parse } from 'jsonc-parser';
import { deferred } from '../../../src/common/deferred';
import { isObject, parseJson, type JsonObject } from '../../../src/common/json';
import { watchReport } from '../../../scripts/build/watchReport.mjs';

/** A file of the editor's settings, with its comments left out. */
function editorFile(name: string): JsonObject {
  const value: unknown = parse(readFileSync(path.join('.vscode', name), 'utf8'));
  assert.ok(isObject(value), name);
  return value;
}

/** The objects of a list. */
function rowsOf(value: unknown): readonly JsonObject[] {
  assert.ok(Array.isArray(value));
  return value.filter(isObject);
}

function named(rows: readonly JsonObject[], key: string, name: string): JsonObject {
  const found = rows.find((row) => row[key] === name);
  assert.ok(found !== undefined, `${name} is not there`);
  return found;
}

function patternIn(row: unknown, key: string): RegExp {
  assert.ok(isObject(row) && typeof row[key] === 'string', key);
  return new RegExp(row[key]);
}

describe('the files of .vscode', () => {
  const tasks = rowsOf(editorFile('tasks.json')['tasks']);
  const configurations = rowsOf(editorFile('launch.json')['configurations']);
  const manifest = parseJson(readFileSync('package.json', 'utf8'));
  assert.ok(isObject(manifest) && isObject(manifest['scripts']));
  const { scripts } = manifest;

  it('run only scripts, tasks and programs that are there', () => {
    for (const task of tasks) {
      assert.equal(task['type'], 'npm');
      assert.ok(String(task['script']) in scripts, String(task['script']));
    }
    for (const { preLaunchTask } of configurations) {
      if (typeof preLaunchTask === 'string') named(tasks, 'label', preLaunchTask);
    }
    const program = String(named(configurations, 'type', 'node')['program']);
    assert.ok(existsSync(program.replace('${workspaceFolder}/', '')), program);
  });

  it('start the extension of this folder by F5, after the watching build', () => {
    // F5 takes the first one until another was chosen.
    const [first = {}] = configurations;
    assert.equal(first['type'], 'extensionHost');
    assert.deepEqual(first['args'], ['--extensionDevelopmentPath=${workspaceFolder}']);
    assert.equal(named(tasks, 'label', String(first['preLaunchTask']))['isBackground'], true);
  });

  it('take the place of a fault from what esbuild prints', async () => {
    const matcher = named(tasks, 'label', 'watch')['problemMatcher'];
    assert.ok(isObject(matcher));
    const [head, empty, place] = rowsOf(matcher['pattern']);
    const location = { file: 'src/a.ts', line: 67, column: 10, length: 1, lineText: 'const x = ;' };
    const messages = [{ text: 'Unexpected ";"', location }];
    const [text = ''] = await formatMessages(messages, { kind: 'error', color: false });
    const [first = '', second = '', third = ''] = text.split('\n');
    assert.deepEqual(patternIn(head, 'regexp').exec(first)?.slice(1), ['ERROR', 'Unexpected ";"']);
    assert.match(second, patternIn(empty, 'regexp'));
    assert.deepEqual(patternIn(place, 'regexp').exec(third)?.slice(1), ['src/a.ts', '67', '10']);
  });

  it('know the lines by which the watching build says that it begins and that all bundles are built', async () => {
    const matcher = named(tasks, 'label', 'watch')['problemMatcher'];
    assert.ok(isObject(matcher));
    const lines: string[] = [];
    const report = watchReport(2, (line) => lines.push(line));
    // The last two builds run at the same time: neither ends before the other has begun.
    const both = deferred<undefined>();
    let begun = 0;
    const together: Plugin = {
      name: 'together',
      setup: (build) => {
        build.onStart(async () => {
          begun += 1;
          if (begun <= 2) return;
          if (begun === 4) both.resolve(undefined);
          await both.promise;
        });
      },
    };
    const plugins = [report, together];
    const bundle: BuildOptions = { stdin: { contents: '' }, write: false, plugins };
    const builds = [await context(bundle), await context(bundle)] as const;
    try {
      await builds[0].rebuild();
      assert.equal(lines.length, 1, 'one of two bundles is not all');
      await builds[1].rebuild();
      await Promise.all(builds.map((build) => build.rebuild()));
    } finally {
      for (const build of builds) await build.dispose();
    }
    const [begins, ends] = ['beginsPattern', 'endsPattern'].map((key) =>
      patternIn(matcher['background'], key),
    );
    assert.ok(begins !== undefined && ends !== undefined);
    const said = lines.map((line) =>
      begins.test(line) ? 'begins' : ends.test(line) ? 'ends' : line,
    );
    assert.deepEqual(said, ['begins', 'ends', 'begins', 'ends']);
  });

  it('are kept in the repository, and out of the VSIX', async () => {
    const ignored = readFileSync('.gitignore', 'utf8').split('\n');
    assert.ok(ignored.includes('dist/'));
    assert.deepEqual(
      ignored.filter((line) => /^\/?(\*|\.\*|\.vscode)(\/|$)/.test(line)),
      [],
    );
    const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-vsix-'));
    try {
      const files = ['.vscode/launch.json', '.vscode/tasks.json', 'dist/extension.js', 'README.md'];
      for (const name of files) {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
        await writeFile(path.join(folder, name), '{}');
      }
      for (const name of ['.vscodeignore', 'package.json']) {
        await writeFile(path.join(folder, name), await readFile(name));
      }
      const packed = await listFiles({ cwd: folder, packageManager: PackageManager.None });
      assert.deepEqual(packed.map((name) => name.split(path.sep).join('/')).sort(), [
        'README.md',
        'dist/extension.js',
        'package.json',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
