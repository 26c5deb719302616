import { appendFileSync } from 'node:fs';

/** What a run of mocha tells while it runs, a line of JSON each, in the file that {@link eventsVariable} names. */
export type TestEvent =
  | {
      readonly kind: 'passed' | 'failed' | 'skipped';
      readonly title: string;
      readonly file: string;
      readonly ms: number;
      /** What went wrong; empty when nothing did. */
      readonly message: string;
      /** Told by the process that ran the test, before mocha had the results of the whole file. */
      readonly isEarly: boolean;
    }
  /** A file, or a suite of it, has run to its end. */
  | { readonly kind: 'suiteEnd' }
  /** All files have. */
  | { readonly kind: 'runEnd' };

/** Names the file of a mocha run's events. */
export const eventsVariable = 'ASR_TEST_EVENTS';

/** At once and whole: the process may be killed, and others write to the same file. */
export function writeEvent(file: string, event: TestEvent): void {
  appendFileSync(file, `${JSON.stringify(event)}\n`);
}

/** Throws when a line is no event. */
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

/** From mocha's parallel processes an error comes as a plain object with an error's fields. */
export function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const fields: readonly unknown[] = [Reflect.get(error, 'stack'), Reflect.get(error, 'message')];
  return fields.find((field) => typeof field === 'string') ?? JSON.stringify(error);
}
