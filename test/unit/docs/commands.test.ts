import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readCommandLine } from '../../../src/cli/commandLine';
import { commandNames } from '../../../src/cli/commandTable';
import { codeSnippet } from '../../../src/runtime';
import { builtInModels } from '../catalog/builtInGroups';
import { document, documents, inlineCode, shellCommands } from './support/documents';
import { manifest, memberOf } from './support/manifest';

/** The words of a command for a POSIX shell, without quotation marks. */
function words(command: string): readonly string[] {
  return (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

/** The calls of programs in a line: alone, in `$(…)`, and before a pipe or `||`. */
function callsIn(line: string): readonly string[] {
  const inner = /[$<]\(([^)]*)\)/.exec(line)?.[1];
  const [first = ''] = (inner ?? line).split(/ \|\|? /);
  return [first.trim()];
}

const asrCommands = documents().flatMap((from) =>
  shellCommands(from)
    .flatMap(callsIn)
    .filter((call) => call.startsWith('asr-models '))
    .map((call) => [from.name, call] as const),
);

describe('the commands in documents', () => {
  const scripts = memberOf(manifest, 'scripts');

  it('are scripts of the manifest', () => {
    const isKnown = (command: string): boolean => {
      const name = /^npm (?:run )?([\w:]+)/.exec(command)?.[1] ?? '';
      return name === 'ci' || name === 'install' || name in scripts;
    };
    const all = documents();
    const named = all.flatMap((from) =>
      [...inlineCode(from), ...shellCommands(from)]
        .filter((code) => /^npm [a-z]/.test(code))
        .map((code) => `${from.name}: ${code}`),
    );
    assert.ok(named.length > 15);
    assert.deepEqual(
      named.filter((text) => !isKnown(text.slice(text.indexOf(': ') + 2))),
      [],
    );
  });

  it('run files that are there', () => {
    for (const from of documents()) {
      for (const code of inlineCode(from)) {
        const file =
          /(?:^|\s)(?:node|npx tsx|npx mocha) '?((?:scripts|test)\/[\w/.-]+\.m?[jt]s)/.exec(
            code,
          )?.[1];
        if (file !== undefined) assert.ok(readFileSync(file).length > 0, `${from.name}: ${code}`);
      }
    }
  });

  it('of the command line are ones that it takes', () => {
    assert.ok(asrCommands.length > 12);
    for (const [name, call] of asrCommands) {
      const [, ...args] = words(call);
      assert.equal(readCommandLine(args).kind, 'command', `${name}: ${call}`);
    }
  });

  it('of the command line are named by their names in the prose', () => {
    for (const from of documents()) {
      for (const code of inlineCode(from)) {
        const command = /^asr-models ([a-z]+)/.exec(code)?.[1];
        if (command === undefined) continue;
        assert.ok(
          commandNames.some((known) => known === command),
          `${from.name}: ${code}`,
        );
      }
    }
  });

  it('of the command line are all in CHANGELOG.md', () => {
    const text = document('CHANGELOG.md').prose.replaceAll(/\s+/g, ' ');
    const list = /The command line `asr-models`: ([a-z, ]+)/.exec(text)?.[1] ?? '';
    assert.deepEqual(
      list
        .trim()
        .split(/, | and /)
        .sort(),
      [...commandNames].sort(),
    );
  });

  it('name models of the catalog', async () => {
    const ids = new Set((await builtInModels()).map(({ id }) => id));
    const named = asrCommands.flatMap(([, call]) =>
      words(call).filter((word) => word.includes('-tiny')),
    );
    assert.ok(named.length > 4);
    assert.deepEqual(
      named.filter((id) => !id.startsWith('hf:') && !ids.has(id)),
      [],
    );
  });
});

describe('the commands in README.md', () => {
  const readme = document('README.md');

  it('are scripts, commands of the command line, and what Copy Code Snippet gives for whisper.cpp', () => {
    const file = {
      path: 'ggml.bin',
      role: 'weights',
      absolutePath: 'MODEL',
      sizeBytes: 1,
    } as const;
    const model = { modelId: 'm', name: 'm', format: 'ggml', folder: '', files: [file] };
    const snippet = codeSnippet(model, undefined, 'posix')?.text.trim();
    const whisper = words(snippet ?? '').map((word) => word.replaceAll("'", ''));
    const calls = shellCommands(readme).flatMap(callsIn);
    assert.ok(calls.length >= 8);
    for (const call of calls) {
      if (/^(?:npm|asr-models) /.test(call)) continue;
      const given = words(call).map((word) => word.replace('$model', 'MODEL'));
      assert.deepEqual(given, whisper, call);
    }
  });

  it('beside the Python block, which loads a model as Copy Code Snippet does, from where the terminal says', () => {
    const python = readme.blocks.find(({ language }) => language === 'python')?.text ?? '';
    const model = { modelId: 'm', name: 'm', format: 'ctranslate2', folder: '/m', files: [] };
    const snippet = codeSnippet(model)?.text ?? '';
    const [load = ''] = /^from .*$/m.exec(python) ?? [];
    assert.ok(load !== '' && snippet.includes(load), load);
    assert.match(snippet, /^model = WhisperModel\("/m);
    const variable = /^model = WhisperModel\(os\.environ\["(\w+)"\]\)$/m.exec(python)?.[1] ?? '';
    const written = readFileSync('src/vscode/host/terminalEnvironment.ts', 'utf8');
    assert.ok(variable !== '' && written.includes(`'${variable}'`), variable);
  });
});
