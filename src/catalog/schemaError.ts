import type { OutputUnit } from '@cfworker/json-schema';
import { isObject, type JsonObject } from '../common/json';

/** The steps of a JSON pointer in URI form (`#/files/0/sha256`). */
export function pointerSteps(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the schema says of the place that an error stands at: the nearest `description` on the way to its keyword. */
function expectation(schema: JsonObject, keywordLocation: string): string | undefined {
  let node: unknown = schema;
  let description: string | undefined;
  for (const step of pointerSteps(keywordLocation).slice(0, -1)) {
    if (!isObject(node)) return description;
    const target: unknown = node[step];
    if (step === '$ref' && typeof target === 'string') {
      const name = target.split('/').at(-1) ?? '';
      node = isObject(schema['$defs']) ? schema['$defs'][name] : undefined;
    } else {
      node = target;
      description = undefined;
    }
    if (isObject(node) && typeof node['description'] === 'string')
      description ??= node['description'];
  }
  return description;
}

/** Keywords that only say that something inside is wrong; what is inside has an error of its own. */
const wrappers = new Set(['$ref', 'properties', 'items', 'anyOf', 'additionalProperties']);

/**
 * The error that says most of what is wrong, out of all that a validation gives (outer ones first), and an English
 * sentence for it with what was expected.
 */
export function mostSpecificError(
  errors: readonly OutputUnit[],
  schema: JsonObject,
): { readonly steps: readonly string[]; readonly message: string } {
  const inner = errors.find((error) => !wrappers.has(error.keyword)) ?? errors.at(-1);
  if (inner === undefined) return { steps: [], message: 'it does not obey the schema' };
  const steps = pointerSteps(inner.instanceLocation);
  const where = steps.length === 0 ? '' : `${steps.join('/')}: `;
  if (inner.keyword === 'false') {
    return { steps, message: `unknown property “${steps.at(-1) ?? ''}”` };
  }
  const expected = expectation(schema, inner.keywordLocation);
  const text = inner.error.replace(/^Instance does not have/, 'There is no');
  return {
    steps,
    message: `${where}${text}${expected === undefined ? '' : ` Expected: ${expected}`}`,
  };
}
