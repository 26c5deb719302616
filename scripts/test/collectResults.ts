import path from 'node:path';
import type { Narrator } from './narrator';
import type { TestEvent } from './testEvents';
import type { TestFailure, TestResults } from './testResults';

/** What is told of a run: a line for each test, or one for each file; failures and skipped tests always. */
export type Detail = 'tests' | 'files';

type Ended = Exclude<TestEvent, { readonly kind: 'suiteEnd' | 'runEnd' }>;

/** Tells the events of a mocha run as they come, and keeps what they come to. */
export class ResultCollector {
  private readonly final: Ended[] = [];
  /** Of files whose own results have not come: their tests, as the process that ran them told. */
  private readonly early = new Map<string, Ended[]>();
  private readonly filesWithResults = new Set<string>();
  private untold: Ended[] = [];
  private hasEnded = false;

  constructor(
    private readonly told: Narrator,
    private readonly detail: Detail,
  ) {}

  /** Whether mocha said that all files have run. */
  get isComplete(): boolean {
    return this.hasEnded;
  }

  add(event: TestEvent): void {
    if (event.kind === 'suiteEnd') this.tellFiles();
    else if (event.kind === 'runEnd') {
      this.hasEnded = true;
      this.tellFiles();
    } else if (event.isEarly) this.addEarly(event);
    else {
      const wasTold = takeOut(this.early.get(event.file) ?? [], event);
      this.filesWithResults.add(event.file);
      this.final.push(event);
      if (this.detail === 'files') this.untold.push(event);
      if (!wasTold) this.tell(event);
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
    // Without `--parallel` mocha's own word comes first.
    if (this.filesWithResults.has(event.file)) return;
    const known = this.early.get(event.file) ?? [];
    this.early.set(event.file, [...known, event]);
    this.tell(event);
  }

  private tell(event: Ended): void {
    const { kind, title, file, ms } = event;
    if (kind === 'failed') this.told.failed(asFailure(event), ms);
    else if (kind === 'skipped') this.told.skipped(title);
    else if (this.detail === 'tests') this.told.passed(`${path.basename(file)}: ${title}`, ms);
  }

  private tellFiles(): void {
    const ended = this.untold;
    this.untold = [];
    for (const file of new Set(ended.map((event) => event.file))) {
      const events = ended.filter((event) => event.file === file);
      const failed = events.filter(({ kind }) => kind === 'failed').length;
      const passed = events.filter(({ kind }) => kind === 'passed').length;
      const counts = `${passed} passed${failed === 0 ? '' : `, ${failed} FAILED`}`;
      const ms = events.reduce((sum, event) => sum + event.ms, 0);
      const name = path.relative('.', file);
      if (failed === 0) this.told.passed(`${name}: ${counts}`, ms);
      else this.told.print(`  --       ${name}: ${counts}`);
    }
  }
}

/** Whether the same was there; it isn't afterwards. */
function takeOut(events: Ended[], { title, kind }: Ended): boolean {
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
