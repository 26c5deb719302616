import { isObject } from '../common/json';
import { HttpError } from './httpError';

/** A property of a tool's arguments: the part of JSON Schema that the tools need. */
interface PropertySchema {
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The arguments of a tool, as JSON Schema. */
export interface ToolSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required?: readonly string[];
}

/** Checked arguments. */
interface ToolArguments {
  readonly text: (name: string) => string | undefined;
  readonly flag: (name: string) => boolean | undefined;
  readonly count: (name: string) => number | undefined;
}

/** The longest text: a path or a prompt. */
const mostCharacters = 8_192;

/** Checks what a caller gave against the schema; throws 400 with the argument's name. */
export function readArguments(schema: ToolSchema, given: unknown): ToolArguments {
  const args = given ?? {};
  if (!isObject(args)) throw wrong('The arguments are not an object.');
  for (const name of schema.required ?? []) {
    if (args[name] === undefined || args[name] === '') throw wrong(`"${name}" is missing.`);
  }
  for (const [name, value] of Object.entries(args)) {
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (property === undefined) throw wrong(`"${name}" is not an argument of this tool.`);
    if (value !== undefined && !isOfType(value, property)) {
      throw wrong(`"${name}" is not what it should be: ${property.description}`);
    }
  }
  return {
    text: (name) => (typeof args[name] === 'string' ? args[name] : undefined),
    flag: (name) => (typeof args[name] === 'boolean' ? args[name] : undefined),
    count: (name) => (typeof args[name] === 'number' ? args[name] : undefined),
  };
}

function isOfType(value: unknown, { type, minimum, maximum }: PropertySchema): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string' && value.length <= mostCharacters;
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return (
        Number.isSafeInteger(value) &&
        Number(value) >= (minimum ?? 0) &&
        Number(value) <= (maximum ?? Number.MAX_SAFE_INTEGER)
      );
  }
}

function wrong(message: string): HttpError {
  return new HttpError(400, 'unsupported', message);
}
