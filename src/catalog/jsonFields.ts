import { isObject, type JsonObject } from '../common/json';

/** A text field; undefined when it is missing, empty or something else. */
export function textField(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number field; undefined when it is missing or something else. */
export function numberField(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A field that is true or false; undefined when it is missing or something else. */
export function booleanField(object: JsonObject, key: string): boolean | undefined {
  const value = object[key];
  return typeof value === 'boolean' ? value : undefined;
}

/** The texts of a list field; undefined when there is no list. */
export function textsField(object: JsonObject, key: string): readonly string[] | undefined {
  const value = object[key];
  if (!Array.isArray(value)) return undefined;
  return value.filter((item): item is string => typeof item === 'string');
}

/** The objects of a list field; empty when there is no list. */
export function objectsField(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** An object field; undefined when it is missing or something else. */
export function objectField(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isObject(value) ? value : undefined;
}
