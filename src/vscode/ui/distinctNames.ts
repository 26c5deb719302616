import { formatName } from '../../protocol/programs';

/** A model as a list names it. */
interface Named {
  readonly name: string;
  readonly format: string;
  readonly id: string;
}

/**
 * A name for each of these that no other one has, and none of the headings that they stand under: its own, with the
 * format and its program where two are called the same, with the id where even that is the same.
 */
export function distinctNames(
  models: readonly Named[],
  headings: readonly string[] = [],
): (model: Named) => string {
  const withFormat = ({ name, format }: Named): string =>
    format === 'unknown' ? name : `${name} · ${formatName(format)}`;
  const names = countsOf([...headings, ...models.map(({ name }) => name)]);
  const formats = countsOf(models.map(withFormat));
  return (model) => {
    if ((names.get(model.name) ?? 0) < 2) return model.name;
    const longer = withFormat(model);
    return (formats.get(longer) ?? 0) < 2 ? longer : `${longer} · ${model.id}`;
  };
}

function countsOf(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
