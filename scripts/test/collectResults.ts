import path from 'node:path';
import type { Narrator } from './narrator';
import type { TestEvent } from './testEvents';
import type { TestFailure, TestResults } from './testResults';

/** The printed lines of a run: one for each test, or one for each file; failures and skipped tests always. */
export type Detail = 'tests' | 'files';

type Ended = Exclude<TestEvent, { readonly kind: 'suiteEnd' | 'runEnd' }>;

/** Prints the events of a mocha run as they come, and collects the results. */
export class ResultCollector {
  private readonly final: Ended[] = [];
  /** Results by file that only the process of the test has reported so far ({@link TestEvent}, `isEarly`). */
  private readonly early = new Map<string, Ended[]>();
  private readonly filesWithResults = new Set<string>();
  private unprinted: Ended[] = [];
  private hasEnded = false;

  constructor(
    private readonly narrator: Narrator,
    private readonly detail: Detail,
  ) {}

  /** Whether mocha reported that all files have run. */
  get isComplete(): boolean {
    return this.hasEnded;
  }

  add(event: TestEvent): void {
    if (event.kind === 'suiteEnd') this.printFiles();
    else if (event.kind === 'runEnd') {
      this.hasEnded = true;
      this.printFiles();
    } else if (event.isEarly) this.addEarly(event);
    else {
      const wasPrinted = removeSame(this.early.get(event.file) ?? [], event);
      this.filesWithResults.add(event.file);
      this.final.push(event);
      if (this.detail === 'files') this.unprinted.push(event);
      if (!wasPrinted) this.print(event);
    }
  }

  results(): TestResults {
    const early = [...this.early].flatMap(([file, events]) =>
      this.filesWithResults.has(file) ? [] : events,
    );
    const all = [...this.final, ...early];
    return {
      passed: titles(all, 'passed'),
      failed: all.filter(({ kind }) => kind === 'failed').map(asFailure),
      skipped: titles(all, 'skipped'),
      unsteady: [],
    };
  }

  private addEarly(event: Ended): void {
    // Without `--parallel` mocha's own report comes first.
    if (this.filesWithResults.has(event.file)) return;
    const known = this.early.get(event.file) ?? [];
    this.early.set(event.file, [...known, event]);
    this.print(event);
  }

  private print(event: Ended): void {
    const { kind, title, file, ms } = event;
    if (kind === 'failed') this.narrator.failed(asFailure(event), ms);
    else if (kind === 'skipped') this.narrator.skipped(title);
    else if (this.detail === 'tests') this.narrator.passed(`${path.basename(file)}: ${title}`, ms);
  }

  private printFiles(): void {
    const ended = this.unprinted;
    this.unprinted = [];
    for (const file of new Set(ended.map((event) => event.file))) {
      const events = ended.filter((event) => event.file === file);
      const failed = events.filter(({ kind }) => kind === 'failed').length;
      const passed = events.filter(({ kind }) => kind === 'passed').length;
      const counts = `${passed} passed${failed === 0 ? '' : `, ${failed} FAILED`}`;
      const ms = events.reduce((sum, event) => sum + event.ms, 0);
      const name = path.relative('.', file);
      if (failed === 0) this.narrator.passed(`${name}: ${counts}`, ms);
      else this.narrator.print(`  --       ${name}: ${counts}`);
    }
  }
}

/** Removes the event of the same test; whether there was one. */
function removeSame(events: Ended[], { title, kind }: Ended): boolean {
  const index = events.findIndex((each) => each.title === title && each.kind === kind);
  if (index >= 0) events.splice(index, 1);
  return index >= 0;
}

function titles(events: readonly Ended[], wanted: Ended['kind']): readonly string[] {
  return events.filter(({ kind }) => kind === wanted).map(({ title }) => title);
}

function asFailure({ title, message, file }: Ended): TestFailure {
  return { title, message, ...(file === '' ? {} : { file }) };
}
