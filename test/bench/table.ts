import type { Measure } from './contenders';
import type { BenchFile } from './files';

export interface Row {
  readonly name: string;
  readonly verifies: boolean;
  readonly runs: readonly Measure[];
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function text(value: number | undefined, digits: number): string {
  return value === undefined ? '–' : value.toFixed(digits);
}

/** Prints medians as a Markdown table; the speed also as a ratio to the first row, which is ours. */
export function printTable(title: string, files: readonly BenchFile[], rows: readonly Row[]): void {
  const mib = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 2 ** 20;
  const ours = median(rows[0]?.runs.map(({ seconds }) => seconds) ?? []) ?? 0;
  const lines = rows.map(({ name, verifies, runs }) => {
    const seconds = median(runs.map((run) => run.seconds)) ?? 0;
    return [
      name,
      verifies ? 'yes' : 'no',
      text(seconds, 2),
      text(seconds / ours, 2),
      text(mib / seconds, 0),
      text(median(runs.map((run) => run.cpuSeconds)), 2),
      text(median(runs.map((run) => run.memoryMiB)), 0),
      text(median(runs.map((run) => run.loopP99Ms)), 1),
      text(median(runs.map((run) => run.verifySeconds)), 2),
      text(median(runs.map((run) => run.connections)), 0),
      runs.every(({ ok }) => ok) ? 'yes' : 'NO',
    ].join(' | ');
  });
  process.stdout.write(
    `\n${title} (${mib.toFixed(0)} MiB)\n\n` +
      '| who | verifies | s | ours = 1 | MiB/s | CPU s | MiB | loop p99 ms | verify tail s | connections | right |\n' +
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n' +
      lines.map((line) => `| ${line} |\n`).join(''),
  );
}
