import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'jsonc-parser';
import tseslint from 'typescript-eslint';
import { isObject } from '../../../src/common/json';
import { CommandFailed, runCommand } from '../../../scripts/process/runCommand';

/** Rules of the sets that oxlint does not have (yet). */
const missing = ['no-unsafe-class-instance-assignment'];

/** The names of the rules that a set of typescript-eslint's has and that need types. */
function typedRules(set: 'strictTypeChecked' | 'stylisticTypeChecked'): readonly string[] {
  const withoutTypes = set === 'strictTypeChecked' ? 'strict' : 'stylistic';
  const namesIn = (name: typeof set | typeof withoutTypes): readonly string[] =>
    tseslint.configs[name].flatMap(({ rules = {} }) =>
      Object.entries(rules).flatMap(([rule, value]) => (value === 'off' ? [] : [rule])),
    );
  const plain = new Set(namesIn(withoutTypes));
  return namesIn(set)
    .filter((rule) => rule.startsWith('@typescript-eslint/') && !plain.has(rule))
    .map((rule) => rule.slice('@typescript-eslint/'.length));
}

describe('the rules that need types', () => {
  it('are all that typescript-eslint’s strict and stylistic sets have', () => {
    const config: unknown = parse(readFileSync('.oxlintrc.json', 'utf8'));
    assert.ok(isObject(config) && isObject(config['rules']));
    const known = new Set(Object.keys(config['rules']));
    const wanted = [...typedRules('strictTypeChecked'), ...typedRules('stylisticTypeChecked')];
    assert.ok(wanted.length > 40, String(wanted.length));
    const absent = wanted.filter((rule) => !known.has(`typescript/${rule}`));
    assert.deepEqual(absent.toSorted(), missing);
  });

  it('find a promise that nothing awaits', async function () {
    this.timeout(120_000);
    // Outside of the project, whose files the linters and the formatter read at the same time.
    const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-lint-'));
    try {
      await writeFile(path.join(folder, 'tsconfig.json'), '{ "include": ["*.ts"] }');
      const file = path.join(folder, 'floating.ts');
      await writeFile(file, 'export const go = (): void => {\n  Promise.resolve(1);\n};\n');
      const oxlint = path.resolve('node_modules', 'oxlint', 'bin', 'oxlint');
      const settings = path.resolve('.oxlintrc.json');
      await assert.rejects(
        runCommand(process.execPath, [oxlint, '--config', settings, file], { cwd: folder }),
        (error) => error instanceof CommandFailed && error.output.includes('no-floating-promises'),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
