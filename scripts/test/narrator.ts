import { stripVTControlCharacters } from 'node:util';
import type { TestFailure } from './testResults';

/** Prints results as they come, so that the output of an interrupted run shows how far it was. */
export class Narrator {
  private readonly printedFailures: Set<string>;
  private readonly printedSkips: Set<string>;

  /** `label` is the prefix of every title and line; a narrator with another label shares what was printed. */
  constructor(
    private readonly printLine: (line: string) => void,
    private readonly label = '',
    parent?: Narrator,
  ) {
    this.printedFailures = parent?.printedFailures ?? new Set();
    this.printedSkips = parent?.printedSkips ?? new Set();
  }

  labelled(label: string): Narrator {
    return new Narrator(this.printLine, this.label + label, this);
  }

  readonly print = (line: string): void => this.printLine(this.label + line);

  passed(title: string, ms: number): void {
    this.printLine(`  ok       ${this.label}${title}${inSeconds(ms)}`);
  }

  /** Prints each only once. */
  failed(failure: TestFailure, ms?: number): void {
    const title = this.label + failure.title;
    if (this.printedFailures.has(title)) return;
    this.printedFailures.add(title);
    this.printLine(`  FAILED   ${title}${ms === undefined ? '' : inSeconds(ms)}`);
    this.printLine(indented(failure.message));
  }

  /** Prints each only once. */
  skipped(title: string): void {
    if (this.printedSkips.has(this.label + title)) return;
    this.printedSkips.add(this.label + title);
    this.printLine(`  SKIPPED  ${this.label}${title}`);
  }

  unsteady({ title, message }: TestFailure): void {
    this.printLine(`  UNSTEADY ${this.label}${title}`);
    this.printLine(indented(message));
  }
}

function inSeconds(ms: number): string {
  return ` (${(ms / 1000).toFixed(1)} s)`;
}

function indented(message: string): string {
  return stripVTControlCharacters(message).replace(/^/gm, '           ');
}
