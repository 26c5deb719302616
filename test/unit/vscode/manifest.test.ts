import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isObject, parseJson, type JsonObject } from '../../../src/base/json';

const read = (file: string): string => readFileSync(file, 'utf8');

function objectIn(file: string): JsonObject {
  const value = parseJson(read(file));
  assert.ok(isObject(value), `${file} is not a JSON object`);
  return value;
}

/** Every string below a value. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return isObject(value) ? Object.values(value).flatMap(strings) : [];
}

describe('the manifest', () => {
  const manifest = objectIn('package.json');
  const contributes = manifest['contributes'];
  assert.ok(isObject(contributes));
  const commands = contributes['commands'];
  assert.ok(Array.isArray(commands));
  const declared = commands.flatMap((entry: unknown) =>
    isObject(entry) ? [String(entry['command'])] : [],
  );
  // The table itself needs the editor to be loaded; its keys are read from the source.
  const implemented = [...read('src/vscode/commands.ts').matchAll(/^ {2}'(asr\.\w+)':/gm)].flatMap(
    ([, id]) => id ?? [],
  );

  it('declares every command of the table, and the table has every declared one', () => {
    assert.ok(implemented.length > 5);
    assert.deepEqual([...declared].sort(), [...implemented].sort());
  });

  it('names only commands that exist', () => {
    const menus = contributes['menus'];
    assert.ok(isObject(menus));
    const named = Object.values(menus)
      .flat()
      .flatMap((entry) => (isObject(entry) ? [String(entry['command'])] : []));
    assert.ok(named.length > 5);
    for (const id of named) assert.ok(declared.includes(id), id);
  });

  it('has a text for every key, and no text without a key', () => {
    const keys = strings(manifest).flatMap((text) => /^%(.+)%$/.exec(text)?.[1] ?? []);
    assert.deepEqual([...new Set(keys)].sort(), Object.keys(objectIn('package.nls.json')).sort());
  });

  it('lets no workspace set anything', () => {
    const configuration = contributes['configuration'];
    assert.ok(isObject(configuration) && isObject(configuration['properties']));
    for (const [key, setting] of Object.entries(configuration['properties'])) {
      assert.ok(isObject(setting));
      if (key === 'asr.model') continue;
      assert.equal(setting['scope'], 'machine', key);
    }
  });
});
