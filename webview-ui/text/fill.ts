/** Puts values into the holes of a text: `fill('{0} of {1}', 'a', 'b')`. A hole without a value stays visible. */
export function fill(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (hole, index: string) => String(values[Number(index)] ?? hole));
}

/** The singular text for exactly one, else the plural with the number in its hole. */
export function fillCount(one: string, many: string, count: number): string {
  return count === 1 ? fill(one, count) : fill(many, count);
}
