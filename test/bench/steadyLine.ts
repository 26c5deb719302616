import fs from 'node:fs/promises';
import path from 'node:path';
import { ours } from './contenders';
import { makeFiles } from './files';
import type { Programs } from './programs';

/** 1.6 GB, as the aim has it. */
const mib = 1526;
const connections = 4;

/**
 * One file of 1.6 GB at about 100 MB/s in all: how long after the last byte the file is verified, in seconds and as a
 * share of the whole time. The aim is under 2 %.
 */
export async function printSteadyLine(
  programs: Programs,
  base: string,
  folder: string,
): Promise<void> {
  const files = await makeFiles(folder, 'steady', 1, mib);
  const target = path.join(folder, 'out');
  await fs.rm(target, { recursive: true, force: true });
  await fs.mkdir(target, { recursive: true });
  const {
    ok,
    seconds,
    verifySeconds = 0,
  } = await ours(programs, connections).run(base, files, target);
  process.stdout.write(
    `\nA steady line: ${String(mib)} MiB in ${seconds.toFixed(2)} s (${(mib / seconds).toFixed(0)} MiB/s), verified at most ` +
      `${verifySeconds.toFixed(2)} s after the last byte: ${((100 * verifySeconds) / seconds).toFixed(1)} % ${ok ? '' : 'NOT RIGHT'}\n`,
  );
}
