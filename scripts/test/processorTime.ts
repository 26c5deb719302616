import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second towards every program, whatever the kernel's own clock is. */
const ticksPerSecond = 100;

/**
 * Seconds of processor time of this process and of those that it started and that have ended; those count their own
 * children likewise. Undefined where the system doesn't say.
 */
export function processorSeconds(): number | undefined {
  let stat: string;
  try {
    stat = readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses, and may hold spaces; utime is the fourteenth.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined;
}
