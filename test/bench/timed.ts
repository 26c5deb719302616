import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Measure } from './contenders';

const gnuTime = '/usr/bin/time';

/** Runs a shell line and takes its wall time, CPU seconds and peak memory. */
export async function timed(line: string): Promise<Measure> {
  const command = existsSync(gnuTime)
    ? [gnuTime, '-f', 'TIMED %U %S %M', 'sh', '-c', line]
    : ['sh', '-c', line];
  const startMs = performance.now();
  const child = spawn(command[0] ?? 'sh', command.slice(1), {
    stdio: ['ignore', 'ignore', 'pipe'],
    // The bench serves its own certificate: there is nothing to verify.
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
  });
  let errors = '';
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  const [code] = (await once(child, 'close')) as [number];
  const seconds = (performance.now() - startMs) / 1000;
  const found = /TIMED ([\d.]+) ([\d.]+) (\d+)/.exec(errors);
  if (code !== 0) process.stderr.write(errors);
  return {
    ok: code === 0,
    seconds,
    ...(found === null
      ? {}
      : { cpuSeconds: Number(found[1]) + Number(found[2]), memoryMiB: Number(found[3]) / 1024 }),
  };
}
