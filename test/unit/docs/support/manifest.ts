import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isObject, parseJson, type JsonObject } from '../../../../src/common/json';

/** A file that holds a JSON object. */
export function objectIn(file: string): JsonObject {
  const value = parseJson(readFileSync(file, 'utf8'));
  assert.ok(isObject(value), `${file} is not a JSON object`);
  return value;
}

/** A member that is an object. */
export function memberOf(object: JsonObject, ...names: readonly string[]): JsonObject {
  return names.reduce((at: JsonObject, name) => {
    const value = at[name];
    assert.ok(isObject(value), name);
    return value;
  }, object);
}

export const manifest = objectIn('package.json');

/** Every setting with its entry in the manifest. */
export const settings: ReadonlyMap<string, JsonObject> = new Map(
  Object.entries(memberOf(manifest, 'contributes', 'configuration', 'properties')).map(
    ([name, entry]) => {
      assert.ok(isObject(entry), name);
      return [name, entry];
    },
  ),
);

const texts = objectIn('package.nls.json');

/** A text of the manifest in English. */
function english(value: unknown): string {
  const key = /^%(.+)%$/.exec(String(value))?.[1];
  return String(key === undefined ? value : texts[key]);
}

/** The texts of the manifest in English. */
export const manifestTexts: readonly string[] = Object.values(texts).map(String);

/** The title of every command by its id. */
export const commandTitles: ReadonlyMap<string, string> = new Map(
  rowsOf(memberOf(manifest, 'contributes')['commands']).map((row) => [
    String(row['command']),
    english(row['title']),
  ]),
);

/** The objects of a list. */
export function rowsOf(value: unknown): readonly JsonObject[] {
  assert.ok(Array.isArray(value));
  return value.filter(isObject);
}
