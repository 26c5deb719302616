import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { isObject } from '../../../src/common/json';

const groups = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

async function readJson(file: string): Promise<Record<string, unknown>> {
  const value: unknown = JSON.parse(await readFile(file, 'utf8'));
  assert.ok(isObject(value));
  return value;
}

describe('package-lock.json', () => {
  it('says the same as package.json, so that npm ci accepts it', async () => {
    const manifest = await readJson('package.json');
    const { packages } = await readJson('package-lock.json');
    assert.ok(isObject(packages));
    const root = packages[''];
    assert.ok(isObject(root));
    for (const group of groups) {
      assert.deepEqual(root[group], manifest[group], group);
      for (const name of Object.keys(manifest[group] ?? {})) {
        assert.ok(`node_modules/${name}` in packages, `${name} is not in the lock file`);
      }
    }
  });

  it('names no registry', async () =>
    assert.equal((await readFile('package-lock.json', 'utf8')).includes('"resolved"'), false));
});
