import { stripVTControlCharacters } from 'node:util';
import type { TestFailure } from './testResults';

/** Prints what tests come to as they come, so that a run that is ended has said where it was. */
export class Narrator {
  private readonly toldFailures: Set<string>;
  private readonly toldSkips: Set<string>;

  /** `label` goes before every title and every line; a narrator with another one shares what was told. */
  constructor(
    private readonly printLine: (line: string) => void,
    private readonly label = '',
    parent?: Narrator,
  ) {
    this.toldFailures = parent?.toldFailures ?? new Set();
    this.toldSkips = parent?.toldSkips ?? new Set();
  }

  labelled(label: string): Narrator {
    return new Narrator(this.printLine, this.label + label, this);
  }

  readonly print = (line: string): void => this.printLine(this.label + line);

  passed(title: string, ms: number): void {
    this.printLine(`  ok       ${this.label}${title}${inSeconds(ms)}`);
  }

  /** Prints nothing for one that was told before. */
  failed(failure: TestFailure, ms?: number): void {
    const title = this.label + failure.title;
    if (this.toldFailures.has(title)) return;
    this.toldFailures.add(title);
    this.printLine(`  FAILED   ${title}${ms === undefined ? '' : inSeconds(ms)}`);
    this.printLine(indented(failure.message));
  }

  /** Prints nothing for one that was told before. */
  skipped(title: string): void {
    if (this.toldSkips.has(this.label + title)) return;
    this.toldSkips.add(this.label + title);
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
