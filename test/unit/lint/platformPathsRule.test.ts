import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Linter } from 'eslint';
import { platformHelpers } from '../../../scripts/lint/platformHelpers';
import { platformPathsRule } from '../../../scripts/lint/platformPathsRule';

const root = path.resolve(__dirname, '../../..');
const imports = `
  import path, { join } from 'node:path';
  import * as fs from 'node:fs/promises';
  import { openSync, renameSync as move } from 'node:fs';
`;

/** The kinds of what the rule finds in a file of the project. */
function found(code: string, file = 'src/cache/scan.ts'): readonly string[] {
  const linter = new Linter({ cwd: root });
  const config: Linter.Config = {
    files: ['**/*.ts'],
    plugins: { asr: { rules: { paths: platformPathsRule } } },
    rules: { 'asr/paths': 'error' },
  };
  return linter
    .verify(imports + code, [config], { filename: path.join(root, file) })
    .map(({ messageId, message }) => messageId ?? message);
}

describe('the rule for what depends on the platform', () => {
  const wrong: readonly (readonly [kind: string, code: string])[] = [
    ['held', `await fs.rename(a, b);`],
    ['held', `await fs.unlink(file);`],
    ['held', `const text = await fs.readFile(file, 'utf8');`],
    ['held', `const descriptor = openSync(file, 'r');`],
    ['held', `move(a, b);`],
    ['held', `const remove = fs.rm;`],
    ['separator', `x.split(path.sep);`],
    ['separator', `path.posix.join(a, b);`],
    ['separator', 'const file = `${folder}/${name}`;'],
    ['separator', 'const file = `${this.hubRoot}/models`;'],
    ['separator', `const file = folder + '/' + name;`],
    ['separator', `if (file.startsWith(path.resolve(root) + '/')) go();`],
    ['separator', `const slashed = file.replaceAll('\\\\', '/');`],
    ['separator', `const parts = file.split(/[\\\\/]/);`],
    ['case', `path.basename(file).toLowerCase();`],
    ['case', `const key = folder.toLowerCase();`],
    ['case', `if (folder === context.hubRoot) go();`],
    ['case', `if (path.dirname(file) !== folder) go();`],
    ['link', `await fs.symlink(target, name);`],
    ['link', `await fs.link(target, name);`],
    ['link', `const text = await fs.readlink(name);`],
    ['link', `const { O_NOFOLLOW = 0 } = flags;`],
  ];
  for (const [kind, code] of wrong) {
    it(`finds ${kind} in ${code}`, () => assert.deepEqual(found(code), [kind]));
  }

  const right: readonly string[] = [
    `await retryInUse(clock, [file], () => fs.rename(a, b));`,
    `await retryInUse(clock, [file], () => Promise.resolve().then(() => openSync(file, 'r')));`,
    `await context.disk.rename(a, b);`,
    `const handle = await hasher.open(file);`,
    `await fs.stat(file); await fs.readdir(folder);`,
    'const name = `${repo}/${file}`;',
    `const commit = revision === commit;`,
    `if (folder === undefined) go();`,
    `if (folder === '') go();`,
    `path.basename(a) === path.basename(b);`,
    `header.toLowerCase();`,
    `join(folder, name);`,
  ];
  for (const code of right) {
    it(`finds nothing in ${code}`, () => assert.deepEqual(found(code), []));
  }

  it('leaves the helpers their own work, and no more', () => {
    assert.deepEqual(found(`await fs.symlink(a, b);`, 'src/cache/disk.ts'), []);
    assert.deepEqual(found(`x.split(path.sep);`, 'src/cache/disk.ts'), ['separator']);
    assert.deepEqual(found(`await fs.rename(a, b);`, 'test/unit/x.test.ts'), []);
  });

  it('names no helper that is gone', () => {
    for (const file of Object.keys(platformHelpers)) {
      assert.ok(existsSync(path.join(root, file)), file);
    }
  });
});
