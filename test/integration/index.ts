/**
 * integration: suites that run inside a real extension host, with the real `vscode`. This file is the test module
 * that both launchers hand to VS Code (the server with its smoke-test driver, the desktop build with test-electron):
 * it runs every compiled suite beside it and writes each result to the file that the environment names.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { recordResults } from '../../scripts/test/recordResults';
import { eventsVariable } from '../../scripts/test/testEvents';

/** Resolves when every suite passed; rejects with the number of failures, or when there is no suite at all. */
export async function run(): Promise<void> {
  const suites = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort();
  if (suites.length === 0) throw new Error(`There is no integration suite in ${__dirname}`);

  // mocha is an ES module, which only a dynamic import can load on every Node that VS Code brings.
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, reporter: 'spec', forbidOnly: true });
  for (const suite of suites) mocha.addFile(path.join(__dirname, suite));
  await mocha.loadFilesAsync();
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    const events = process.env[eventsVariable];
    if (events !== undefined) recordResults(runner, events);
  });
  if (failures > 0) throw new Error(`${failures} integration tests failed`);
}
