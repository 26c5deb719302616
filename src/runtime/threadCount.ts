/** More threads than this make speech models slower on the machines that have them: memory is the limit by then. */
const mostThreads = 8;

/**
 * How many threads an engine gets: what was asked for, else one for each physical core. Node tells only logical ones;
 * on x64 two of them usually share a core, on arm64 they don't.
 */
export function threadCount(requested: number, logicalCores: number, arch: string): number {
  if (requested > 0) return Math.min(requested, 64);
  const physical = arch === 'x64' ? Math.ceil(logicalCores / 2) : logicalCores;
  return Math.max(1, Math.min(mostThreads, physical));
}
