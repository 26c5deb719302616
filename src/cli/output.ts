import type { Writable } from 'node:stream';
import { englishText } from '../common/localizedMessage';
import { defined } from '../protocol/defined';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import { byteText, fractionOf, percentOf } from '../protocol/format';
import { progressMessage } from '../protocol/progressMessage';
import { progressText, spokenStep } from '../protocol/progressText';

/** A stream of the process, which may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  /** `TERM=dumb` and the like: no line is written over. */
  readonly isPlain: boolean;
}

/** How far long work is, in bytes. */
export interface WorkProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly currentFile?: string;
}

const barWidth = 20;
const usualColumns = 80;
/** A countdown to the next attempt changes every second, without a record of its own. */
const redrawMs = 1000;
/** Shares of long work that are reported where lines can't be overwritten. */
const toldSteps = 4;

/**
 * The output of a command. Results go to the standard output, everything else to the standard error, so that a script
 * can read the one and a person the other. The line of progress is written over on a terminal; elsewhere each new step
 * is a line. A reader that is gone (`| head`) is no failure.
 */
export class Output {
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #options: OutputOptions;
  /** Makes the line that stands on the terminal now; undefined: none. */
  #line: (() => string) | undefined;
  #redraw: NodeJS.Timeout | undefined;
  #told = '';

  constructor(stdout: OutputStream, stderr: OutputStream, options: OutputOptions) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#options = options;
    for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  }

  get isJson(): boolean {
    return this.#options.json;
  }

  /** A line of the result. With `--json` only {@link data} is one. */
  result(text: string): void {
    if (!this.#options.json) this.#overBar(this.#stdout, `${text}\n`);
  }

  /** A result as it is, such as the text of a file. */
  raw(text: string): void {
    this.#overBar(this.#stdout, text);
  }

  /** A result for programs; nothing without `--json`. */
  data(value: object): void {
    if (this.#options.json) this.#overBar(this.#stdout, `${JSON.stringify(value)}\n`);
  }

  /** The result as rows of columns. */
  table(rows: readonly (readonly string[])[]): void {
    const widths: number[] = [];
    for (const row of rows) {
      row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
    }
    for (const row of rows) {
      this.result(
        row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd(),
      );
    }
  }

  /** A line for the person, who may have asked for none. */
  note(text: string): void {
    if (!this.#options.quiet) this.error(text);
  }

  /** A line for the person in any case. */
  error(text: string): void {
    this.#overBar(this.#stderr, `${text}\n`);
  }

  /** The newest record of a download. */
  download(record: ModelDownloadProgress): void {
    this.data(progressMessage(record));
    // The command says why, with what to do next.
    if (record.status === 'error') {
      this.endProgress();
      return;
    }
    const text = (): string => `${record.modelName}  ${progressText(record, Date.now(), english)}`;
    this.#progress(record.downloadId + spokenStep(record), () =>
      barred(text(), record.status === 'resolving' ? undefined : fractionOf(record)),
    );
  }

  /** How far other long work is. */
  work(title: string, { doneBytes, totalBytes, currentFile }: WorkProgress): void {
    const fraction = fractionOf({ downloadedBytes: doneBytes, totalBytes }) ?? 0;
    const percent = percentOf(fraction);
    const step = `${title} ${this.#options.json ? percent : Math.floor(fraction * toldSteps)}`;
    if (this.#told !== step) {
      this.data({
        type: 'work_progress',
        doneBytes,
        totalBytes,
        percent,
        ...defined({ currentFile }),
      });
    }
    const parts = [
      `${percent} %`,
      `${byteText(doneBytes)} of ${byteText(totalBytes)}`,
      currentFile,
    ];
    const text = `${title}  ${parts.filter((part) => part !== undefined).join(' · ')}`;
    this.#progress(step, () => barred(text, fraction));
  }

  /** A line of progress that has no bar. `step`: what has to differ for a new line where none is written over. */
  phase(text: string, step = text): void {
    this.#progress(step, () => text);
  }

  /** Removes the line of progress. */
  endProgress(): void {
    clearInterval(this.#redraw);
    this.#redraw = undefined;
    if (this.#line !== undefined) this.#stderr.write('\r\u001b[K');
    this.#line = undefined;
    this.#told = '';
  }

  /** Settles when everything is written. */
  async flush(): Promise<void> {
    this.endProgress();
    await Promise.all(
      [this.#stdout, this.#stderr].map(
        (stream) =>
          new Promise<void>((resolve) => {
            if (stream.writable) stream.write('', () => resolve());
            else resolve();
          }),
      ),
    );
  }

  get #isWrittenOver(): boolean {
    const { json, quiet, isPlain } = this.#options;
    return this.#stderr.isTTY === true && !json && !quiet && !isPlain;
  }

  #progress(step: string, line: () => string): void {
    const { json, quiet } = this.#options;
    const isNew = step !== this.#told;
    this.#told = step;
    if (quiet || json) return;
    if (!this.#isWrittenOver) {
      if (isNew) this.#stderr.write(`${line()}\n`);
      return;
    }
    this.#line = line;
    this.#draw();
    this.#redraw ??= setInterval(() => this.#draw(), redrawMs);
  }

  #draw(): void {
    if (this.#line === undefined) return;
    const columns = this.#stderr.columns ?? usualColumns;
    // One character less: a full line would break.
    const text = this.#line().slice(0, columns - 1);
    this.#stderr.write(`\r${text}\u001b[K`);
  }

  /** Writes above the line of progress, which stays. */
  #overBar(stream: OutputStream, text: string): void {
    if (this.#line !== undefined) this.#stderr.write('\r\u001b[K');
    stream.write(text);
    this.#draw();
  }
}

function english(template: string, ...args: (string | number)[]): string {
  return englishText({ template, args });
}

/** A line with its bar in front. */
function barred(text: string, fraction: number | undefined): string {
  if (fraction === undefined) return text;
  const full = Math.floor(fraction * barWidth);
  return `[${'█'.repeat(full)}${'░'.repeat(barWidth - full)}] ${text}`;
}
