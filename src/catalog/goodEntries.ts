import { Validator } from '@cfworker/json-schema';
import { isObject, type JsonObject } from '../common/json';
import { defined } from '../protocol/defined';
import type { EntryPath } from './catalogEntries';
import schema from './data/catalog.schema.json';
import { textField } from './jsonFields';
import type { EntryProblem } from './readDocument';
import { mostSpecificError } from './schemaError';

type Definition = 'document' | 'family' | 'group' | 'variant';

/** Stands in for an entry that can't be used, so that the places of the others stay the same. */
const nothing: JsonObject = { id: '', variants: [] };

interface Checker {
  readonly schema: JsonObject;
  readonly validator: Validator;
}

function checkerOf(definition: Definition): Checker {
  const own = { $ref: `#/$defs/${definition}`, $defs: schema.$defs };
  return { schema: own, validator: new Validator(own, '2020-12', false) };
}

function listOf(object: JsonObject, key: string): readonly unknown[] | undefined {
  const value = object[key];
  return Array.isArray(value) ? value : undefined;
}

/** The same without what its lists hold, which is looked at entry by entry. */
function emptied(value: unknown, keys: readonly string[]): unknown {
  if (!isObject(value)) return value;
  const lists = keys.filter((key) => Array.isArray(value[key]));
  return { ...value, ...Object.fromEntries(lists.map((key) => [key, []])) };
}

/**
 * The part of a document that obeys the schema: families and variants that do not are told of and replaced by empty
 * ones. Undefined when what the whole document rests on is wrong.
 */
export function keepGoodEntries(
  document: JsonObject,
  told: (problem: EntryProblem) => void,
): JsonObject | undefined {
  const families = checkerOf('family');
  const groups = checkerOf('group');
  const variants = checkerOf('variant');

  function isGood(checker: Checker, value: unknown, path: EntryPath): value is JsonObject {
    const { valid, errors } = checker.validator.validate(value);
    if (valid) return true;
    const { steps, message } = mostSpecificError(errors, checker.schema);
    const entry = isObject(value) ? textField(value, 'id') : undefined;
    told({ path: [...path, ...steps], ...defined({ entry }), message });
    return false;
  }

  function goodVariants(owner: JsonObject, path: EntryPath): readonly unknown[] {
    return (listOf(owner, 'variants') ?? []).map((variant, index) =>
      isGood(variants, variant, [...path, 'variants', index]) ? variant : null,
    );
  }

  function goodGroup(group: unknown, path: EntryPath): JsonObject {
    if (!isGood(groups, emptied(group, ['variants']), path) || !isObject(group)) return nothing;
    return { ...group, variants: goodVariants(group, path) };
  }

  function goodFamily(family: unknown, path: EntryPath): JsonObject {
    if (!isGood(families, emptied(family, ['groups', 'variants']), path)) return nothing;
    if (!isObject(family)) return nothing;
    const good = (listOf(family, 'groups') ?? []).map((group, index) =>
      goodGroup(group, [...path, 'groups', index]),
    );
    return { ...family, groups: good, variants: goodVariants(family, path) };
  }

  if (!isGood(checkerOf('document'), emptied(document, ['families']), [])) return undefined;
  const good = (listOf(document, 'families') ?? []).map((family, index) =>
    goodFamily(family, ['families', index]),
  );
  return { ...document, families: good };
}
