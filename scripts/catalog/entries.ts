/** A JSON object whose fields can be set. */
export type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A variant of a catalog document with what the levels above say for it. */
export interface VariantEntry {
  readonly id: string;
  readonly variant: Fields;
  readonly repo: string | undefined;
  readonly revision: string | undefined;
  readonly endpoint: string | undefined;
}

function objects(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const noFields: Fields = {};

/** Every variant of a document: the very objects, so that what is set in them is in the document. */
export function variantEntries(document: unknown): readonly VariantEntry[] {
  if (!isFields(document)) return [];
  return objects(document['families']).flatMap((family) => {
    const levels = [
      ...objects(family['groups']).map((group) => ({
        group,
        variants: objects(group['variants']),
      })),
      { group: noFields, variants: objects(family['variants']) },
    ];
    return levels.flatMap(({ group, variants }) =>
      variants.map((variant): VariantEntry => {
        const stated = [variant, group, family].find(({ repo }) => text(repo) !== undefined);
        const pinned = [variant, group, family].find(
          ({ revision }) => text(revision) !== undefined,
        );
        return {
          id: text(variant['id']) ?? '?',
          variant,
          repo: text(stated?.['repo']),
          revision: text(pinned?.['revision']),
          endpoint: text(variant['endpoint'] ?? group['endpoint'] ?? family['endpoint']),
        };
      }),
    );
  });
}

/** The files of a variant: the very objects. */
export function filesOf(variant: Fields): readonly Fields[] {
  return objects(variant['files']);
}
