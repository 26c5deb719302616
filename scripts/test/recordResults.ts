import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Runner } from 'mocha';
import type { TestFailure, TestResults } from './testResults';

/** Writes what a mocha run came to as JSON when it ends. Needs nothing of mocha, so it also works in an extension host. */
export function recordResults(runner: Runner, file: string): void {
  const passed: string[] = [];
  const failed: TestFailure[] = [];
  const skipped: string[] = [];
  runner.on('pass', (test) => passed.push(test.fullTitle()));
  runner.on('pending', (test) => skipped.push(test.fullTitle()));
  runner.on('fail', (test, error: unknown) => {
    failed.push({ title: test.fullTitle(), message: errorText(error), file: test.file });
  });
  runner.once('end', () => {
    mkdirSync(path.dirname(file), { recursive: true });
    const results: TestResults = { passed, failed, skipped, unsteady: [] };
    writeFileSync(file, JSON.stringify(results, undefined, 2));
  });
}

/** From mocha's parallel processes an error comes as a plain object with an error's fields. */
function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const fields: readonly unknown[] = [Reflect.get(error, 'stack'), Reflect.get(error, 'message')];
  return fields.find((field) => typeof field === 'string') ?? JSON.stringify(error);
}
