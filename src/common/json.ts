/** Narrowing for data from outside (network, disk, messages, settings): nothing is trusted by a cast. */

/** A JSON object with unknown values. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a plain object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a whole number of at least zero that JavaScript represents exactly. */
export function isByteCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Parses JSON text; undefined instead of an exception when it isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
