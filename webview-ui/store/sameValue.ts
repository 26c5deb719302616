/** Whether two plain values (messages, no cycles) say the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  const right = new Map<string, unknown>(Object.entries(b));
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && sameValue(value, right.get(key)))
  );
}

/**
 * The new items, each replaced by the old one where that says the same: what did not change stays the same object,
 * and a list of hundreds of rows draws only those that did.
 */
export function keepUnchanged<T>(
  previous: readonly T[],
  next: readonly T[],
  keyOf: (item: T) => string,
): readonly T[] {
  const byKey = new Map(previous.map((item) => [keyOf(item), item]));
  const merged = next.map((item) => {
    const old = byKey.get(keyOf(item));
    return old !== undefined && sameValue(old, item) ? old : item;
  });
  const unchanged =
    merged.length === previous.length && merged.every((item, at) => item === previous[at]);
  return unchanged ? previous : merged;
}
