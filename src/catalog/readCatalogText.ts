import { type OutputUnit, Validator } from '@cfworker/json-schema';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { causeText } from '../common/asrError';
import { isObject, type JsonObject } from '../common/json';
import { defined } from '../protocol/defined';
import type { EntryPath } from './catalogEntries';
import type { CatalogModel, CatalogProblem } from './catalogModel';
import schema from './data/catalog.schema.json';
import { textField } from './jsonFields';
import { type EntryProblem, readDocument } from './readDocument';

/** Problems reported of one catalog; a file of quite another kind would give one for each line. */
const maxProblems = 100;

export interface CatalogText {
  readonly name?: string;
  /** The address that takes this catalog's place. */
  readonly successor?: string;
  readonly models: readonly CatalogModel[];
  readonly problems: readonly CatalogProblem[];
}

/** Line and column of an offset into a text, both counted from 1, columns in UTF-16 units as editors count them. */
function textPosition(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (const { index } of text.matchAll(/\r\n|\n|\r/g)) {
    const next = index + (text.startsWith('\r\n', index) ? 2 : 1);
    if (next > offset) break;
    line += 1;
    lineStart = next;
  }
  return { line, column: offset - lineStart + 1 };
}

/** The steps of a JSON pointer in URI form (`#/files/0/sha256`). */
function pointerSteps(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The schema's expectation where an error is: the nearest `description` on the way to its keyword. */
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

/** Keywords whose errors only say that something inside is wrong, which has an error of its own. */
const wrappers = new Set(['$ref', 'properties', 'items', 'anyOf', 'additionalProperties']);

/**
 * The most specific of the errors that a validation gives (outer ones first), and an English text for it with what was
 * expected.
 */
function mostSpecificError(
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

type Definition = 'document' | 'family' | 'group' | 'variant';

/** Replaces an entry that can't be used, so that the others keep their positions. */
const nothing: JsonObject = { id: '', variants: [] };

interface Checker {
  readonly schema: JsonObject;
  readonly validator: Validator;
}

function checkerOf(definition: Definition): Checker {
  const own = { $ref: `#/$defs/${definition}`, $defs: schema.$defs };
  return { schema: own, validator: new Validator(own, '2020-12', false) };
}

/** The fault of an entry; the validator throws at a name with broken Unicode, which costs that entry alone. */
function problemOf(
  { schema: rules, validator }: Checker,
  value: unknown,
): { readonly steps: readonly string[]; readonly message: string } | undefined {
  try {
    const { valid, errors } = validator.validate(value);
    return valid ? undefined : mostSpecificError(errors, rules);
  } catch (error) {
    return { steps: [], message: `can't be checked: ${causeText(error)}` };
  }
}

function listOf(object: JsonObject, key: string): readonly unknown[] | undefined {
  const value = object[key];
  return Array.isArray(value) ? value : undefined;
}

/** The same without the entries of its lists, which are checked one by one. */
function emptied(value: unknown, keys: readonly string[]): unknown {
  if (!isObject(value)) return value;
  const lists = keys.filter((key) => Array.isArray(value[key]));
  return { ...value, ...Object.fromEntries(lists.map((key) => [key, []])) };
}

/**
 * The part of a document that obeys the schema: families and variants that do not are reported and replaced by empty
 * ones. Undefined when the document itself does not.
 */
function keepGoodEntries(
  document: JsonObject,
  report: (problem: EntryProblem) => void,
): JsonObject | undefined {
  const families = checkerOf('family');
  const groups = checkerOf('group');
  const variants = checkerOf('variant');

  function isGood(checker: Checker, value: unknown, path: EntryPath): value is JsonObject {
    const problem = problemOf(checker, value);
    if (problem === undefined) return true;
    const { steps, message } = problem;
    const entry = isObject(value) ? textField(value, 'id') : undefined;
    report({ path: [...path, ...steps], ...defined({ entry }), message });
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

function nodeAt(tree: Node, path: readonly (string | number)[]): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = path
      .slice(0, length)
      .reduce<Node | undefined>(
        (parent, step) =>
          parent &&
          findNodeAtLocation(parent, [parent.type === 'array' ? Number(step) : String(step)]),
        tree,
      );
    if (node !== undefined) return node;
  }
  return tree;
}

/**
 * Reads an extra catalog's text: JSON, comments allowed, checked against the schema entry by entry. Every problem
 * carries the line and column of what is wrong. Never throws: a text that is nested deeper than the stack is a problem
 * like any other.
 */
export function readCatalogText(text: string, location: string): CatalogText {
  try {
    return readText(text, location);
  } catch (error) {
    const message =
      error instanceof RangeError ? 'nested too deeply' : `can't be read: ${causeText(error)}`;
    return { models: [], problems: [{ location, ...textPosition(text, 0), message }] };
  }
}

function readText(text: string, location: string): CatalogText {
  const syntax: ParseError[] = [];
  const tree = parseTree(text.replace(/^\uFEFF/, ' '), syntax, { allowTrailingComma: true });
  const [broken] = syntax;
  if (tree === undefined || broken !== undefined) {
    const message = `not valid JSON: ${broken === undefined ? 'empty' : printParseErrorCode(broken.error)}`;
    return {
      models: [],
      problems: [{ location, ...textPosition(text, broken?.offset ?? 0), message }],
    };
  }
  const problems: CatalogProblem[] = [];
  function report({ path, entry, message }: EntryProblem): void {
    if (problems.length >= maxProblems || tree === undefined) return;
    const position = textPosition(text, nodeAt(tree, path).offset);
    problems.push({ location, ...defined({ entry }), ...position, message });
  }

  const value: unknown = getNodeValue(tree);
  if (!isObject(value)) {
    report({ path: [], message: 'a catalog is a JSON object with "name" and "families"' });
    return { models: [], problems };
  }
  const document = keepGoodEntries(value, report);
  const name = textField(value, 'name') ?? location;
  if (document === undefined) return { models: [], problems };
  const read = readDocument(document, { id: location, name });
  for (const problem of read.problems) report(problem);
  return {
    name,
    ...defined({ successor: textField(value, 'successor') }),
    models: read.models,
    problems,
  };
}
