/**
 * The speed bench: our engine and other downloaders, on the same server, in interleaved runs. Prints one table per
 * setting; README.md says how to read it. Options: --runs N, --only TEXT (part of a setting's name), --mib N.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { contenders, type Contender, type Measure } from './contenders';
import { makeFiles, type BenchFile } from './files';
import { killedAtHalf } from './killedAtHalf';
import { startServers } from './servers';
import { printSteadyLine } from './steadyLine';
import { printTable, type Row } from './table';
import { buildPrograms } from './programs';
import { settle } from './settle';

function option(name: string, fallback: string): string {
  const index = process.argv.indexOf(`--${name}`);
  return index === -1 ? fallback : (process.argv[index + 1] ?? fallback);
}

const runs = Number(option('runs', '3'));
const only = option('only', '');
const mib = Number(option('mib', '1024'));

interface Setting {
  readonly name: string;
  /** One connection takes a minute here: those who have only one are left out. */
  readonly capped: boolean;
  readonly base: string;
  readonly files: readonly BenchFile[];
}

async function measureAll(
  setting: Setting,
  field: readonly Contender[],
  folder: string,
): Promise<Row[]> {
  const results = new Map<string, Measure[]>();
  for (let run = 0; run < runs; run++) {
    for (const contender of field) {
      const target = path.join(folder, 'out');
      await fs.rm(target, { recursive: true, force: true });
      await fs.mkdir(target, { recursive: true });
      settle(target);
      const measure = await contender.run(setting.base, setting.files, target);
      results.set(contender.name, [...(results.get(contender.name) ?? []), measure]);
      process.stderr.write(`${setting.name}: ${contender.name} ${measure.seconds.toFixed(2)} s\n`);
    }
  }
  await fs.rm(path.join(folder, 'out'), { recursive: true, force: true });
  return field.map(({ name, verifies }) => ({ name, verifies, runs: results.get(name) ?? [] }));
}

function fieldFor(setting: Setting, field: readonly Contender[]): Contender[] {
  return field.filter(({ singleConnection }) => !setting.capped || !singleConnection);
}

async function main(): Promise<void> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-bench-'));
  // nginx drops its rights where it is started by root, and has to read what it serves.
  await fs.chmod(folder, 0o755);
  const one = await makeFiles(folder, 'one', 1, mib);
  const twelve = await makeFiles(folder, 'twelve', 12, Math.ceil((mib * 1.6) / 12));
  const servers = await startServers(folder);
  try {
    const programs = await buildPrograms(folder);
    const field = contenders(programs);
    const settings: Setting[] = [];
    for (const [line, base] of [
      ['unthrottled', servers.fastUrl],
      ['20 MB/s per connection', servers.cappedUrl],
      ['20 MB/s per connection, 50 ms', servers.farUrl],
    ] as const) {
      const capped = line !== 'unthrottled';
      settings.push({ name: `one file of ${String(mib)} MiB, ${line}`, capped, base, files: one });
      settings.push({ name: `twelve files, ${line}`, capped, base, files: twelve });
    }
    if (servers.tlsUrl !== undefined) {
      const name = `one file of ${String(mib)} MiB over TLS, unthrottled`;
      settings.push({ name, capped: false, base: servers.tlsUrl, files: one });
    }
    process.stdout.write(
      `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${String(os.cpus().length)} cores, Node ${process.versions.node}, ` +
        `server: ${servers.kind}, load before: ${(os.loadavg()[0] ?? 0).toFixed(1)}\n`,
    );
    for (const setting of settings) {
      if (!setting.name.includes(only)) continue;
      printTable(
        setting.name,
        setting.files,
        await measureAll(setting, fieldFor(setting, field), folder),
      );
    }
    const [file] = one;
    if (file !== undefined && 'killed at half'.includes(only)) {
      const bytes = await killedAtHalf(programs, servers.cappedUrl, file, path.join(folder, 'out'));
      process.stdout.write(
        `\nKilled at half of ${String(mib)} MiB: ${(bytes / 2 ** 20).toFixed(1)} MiB fetched again\n`,
      );
    }
    if ('steady line'.includes(only)) {
      await printSteadyLine(programs, servers.steadyUrl, folder);
    }
  } finally {
    await servers.close();
    await fs.rm(folder, { recursive: true, force: true });
  }
}

void main();
