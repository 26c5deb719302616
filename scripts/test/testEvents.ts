import { appendFileSync } from 'node:fs';

/** An event of a mocha run: a line of JSON in the file that {@link eventsVariable} names. */
export type TestEvent =
  | {
      readonly kind: 'passed' | 'failed' | 'skipped';
      readonly title: string;
      readonly file: string;
      readonly ms: number;
      /** The error; empty for a test that did not fail. */
      readonly message: string;
      /** Reported by the process that ran the test, before mocha has the results of the whole file. */
      readonly isEarly: boolean;
    }
  /** A file, or a suite of it, has run to its end. */
  | { readonly kind: 'suiteEnd' }
  /** All files have run. */
  | { readonly kind: 'runEnd' };

/** The environment variable that names the file of the events. */
export const eventsVariable = 'ASR_TEST_EVENTS';

/** Appends an event synchronously and in one piece: the process may be killed, and others append to the same file. */
export function writeEvent(file: string, event: TestEvent): void {
  appendFileSync(file, `${JSON.stringify(event)}\n`);
}

/** Parses a line of the file; throws when it is not an event. */
export function parseEvent(line: string): TestEvent {
  const value: unknown = JSON.parse(line);
  if (isEvent(value)) return value;
  throw new Error(`This is no event of a test run: ${line}`);
}

function isEvent(value: unknown): value is TestEvent {
  if (typeof value !== 'object' || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  if (field('kind') === 'suiteEnd' || field('kind') === 'runEnd') return true;
  return (
    ['passed', 'failed', 'skipped'].some((kind) => kind === field('kind')) &&
    ['title', 'file', 'message'].every((name) => typeof field(name) === 'string') &&
    typeof field('ms') === 'number' &&
    typeof field('isEarly') === 'boolean'
  );
}

/** The stack or message of an error; mocha's parallel processes pass an error on as a plain object. */
export function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const fields: readonly unknown[] = [Reflect.get(error, 'stack'), Reflect.get(error, 'message')];
  return fields.find((field) => typeof field === 'string') ?? JSON.stringify(error);
}
