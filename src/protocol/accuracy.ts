/** A published word error rate. */
interface PublishedRate {
  readonly werPercent?: number;
  readonly benchmark?: string;
}

/**
 * Orders models by published word error rate, the best first. Only rates of one benchmark are compared: first come
 * those of the leaderboard that has most models, then the other benchmarks one after the other, last what has no rate.
 */
export function compareAccuracy(
  a: PublishedRate | undefined,
  b: PublishedRate | undefined,
): number {
  const [first, second] = [a?.benchmark ?? '', b?.benchmark ?? ''];
  return (
    benchmarkRank(a) - benchmarkRank(b) ||
    Number(first > second) - Number(first < second) ||
    (a?.werPercent ?? 0) - (b?.werPercent ?? 0)
  );
}

function benchmarkRank(rate: PublishedRate | undefined): number {
  if (rate?.werPercent === undefined) return 2;
  return rate.benchmark?.startsWith('Open ASR Leaderboard, ') === true ? 0 : 1;
}
