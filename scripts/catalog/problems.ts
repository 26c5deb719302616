import { type Schema, Validator } from '@cfworker/json-schema';

/** A catalog's parts, as its schema describes them. */
interface Facts {
  readonly repo?: string;
  readonly revision?: string;
  readonly source?: string;
  readonly parameters?: number;
  readonly languages?: string | readonly string[];
  readonly accuracy?: Sourced;
}
interface Sourced {
  readonly source?: string;
}
interface File extends Sourced {
  readonly path: string;
  readonly url?: string;
  readonly required?: boolean;
  readonly sizeBytes?: number;
  readonly sha256?: string;
}
interface Variant extends Facts {
  readonly id: string;
  readonly files?: readonly File[];
  readonly baseUrl?: string;
  readonly archive?: Sourced;
  readonly memory?: Sourced;
  readonly moreAccuracy?: readonly Sourced[];
  readonly unavailable?: string;
}
interface Group extends Facts {
  readonly variants: readonly Variant[];
}
interface Family extends Facts {
  readonly id: string;
  readonly groups?: readonly Group[];
  readonly variants?: readonly Variant[];
}
interface CatalogDocument {
  readonly languages?: Readonly<Record<string, readonly string[]>>;
  readonly sources?: Readonly<Record<string, string>>;
  readonly families: readonly Family[];
}
interface Entry {
  readonly family: Family;
  readonly group: Facts;
  readonly variant: Variant;
}

/** No model's file comes near half a terabyte; a size like that is a slip of the pen. */
const largestBytes = 500e9;
/** Bytes for each parameter, from 4-bit weights to doubles; the tokenizer's and the graph's own bytes on top. */
const bytesPerParameter = { least: 0.3, most: 9 };
const besideWeightsBytes = 60e6;

function* entriesOf(document: CatalogDocument): Generator<Entry> {
  for (const family of document.families) {
    for (const group of family.groups ?? []) {
      for (const variant of group.variants) yield { family, group, variant };
    }
    for (const variant of family.variants ?? []) yield { family, group: {}, variant };
  }
}

function sizeProblems({ group, variant }: Entry): string[] {
  const files = variant.files ?? [];
  const problems: string[] = [];
  for (const file of files) {
    if (file.sizeBytes === undefined) continue;
    if (file.sizeBytes <= 0 || file.sizeBytes > largestBytes) {
      problems.push(`${file.path} has the impossible size ${file.sizeBytes}`);
    }
  }
  const required = files.filter((file) => file.required !== false);
  const parameters = variant.parameters ?? group.parameters;
  if (parameters === undefined || required.length === 0) return problems;
  if (required.some((file) => file.sizeBytes === undefined)) return problems;
  const bytes = required.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  const least = parameters * bytesPerParameter.least;
  const most = parameters * bytesPerParameter.most + besideWeightsBytes;
  if (bytes < least || bytes > most) {
    problems.push(`${bytes} bytes are impossible for ${parameters} parameters`);
  }
  return problems;
}

function sourceProblems({ family, group, variant }: Entry, document: CatalogDocument): string[] {
  const known = document.sources ?? {};
  const shared = variant.source ?? group.source ?? family.source;
  const stated = [
    ...(variant.files ?? [])
      .filter((file) => file.sizeBytes !== undefined || file.sha256 !== undefined)
      .map((file) => ({ what: file.path, name: file.source ?? shared })),
    ...[variant.archive].flatMap(named('its archive')),
    ...[variant.memory].flatMap(named('its memory')),
    ...[variant.accuracy, group.accuracy, ...(variant.moreAccuracy ?? [])].flatMap(
      named('its accuracy'),
    ),
  ];
  return stated.flatMap(({ what, name }) => {
    if (name === undefined) return [`${what} has no source`];
    return known[name] === undefined ? [`${what} has the unknown source "${name}"`] : [];
  });
}

function named(what: string) {
  return (fact: Sourced | undefined) => (fact === undefined ? [] : [{ what, name: fact.source }]);
}

function locationProblems({ family, group, variant }: Entry): string[] {
  const repo = variant.repo ?? group.repo ?? family.repo;
  const files = variant.files ?? [];
  const isPlain = variant.baseUrl !== undefined || files.every((file) => file.url !== undefined);
  const hasPlain = isPlain && files.length > 0;
  const hasLocation = repo !== undefined || hasPlain || variant.archive !== undefined;
  const problems: string[] = [];
  if (!hasLocation && variant.unavailable === undefined)
    problems.push('it does not say where it lies');
  if (new Set(files.map((file) => file.path)).size !== files.length) {
    problems.push('one of its files is listed twice');
  }
  return problems;
}

function referenceProblems(document: CatalogDocument): string[] {
  const text = JSON.stringify(document.families);
  const problems: string[] = [];
  for (const kind of ['languages', 'sources'] as const) {
    for (const name of Object.keys(document[kind] ?? {})) {
      if (!text.includes(`"${name}"`)) problems.push(`${kind}: "${name}" is never used`);
    }
  }
  return problems;
}

/** The same bytes are stated twice, differently: two sizes for a digest, or two digests for a file of a revision. */
function contradictions(document: CatalogDocument): string[] {
  const sizes = new Map<string, number | undefined>();
  const digests = new Map<string, string>();
  const problems: string[] = [];
  for (const { family, group, variant } of entriesOf(document)) {
    const repo = variant.repo ?? group.repo ?? family.repo ?? variant.id;
    const revision = variant.revision ?? group.revision ?? family.revision ?? 'main';
    for (const { path, sizeBytes, sha256 } of variant.files ?? []) {
      if (sha256 === undefined) continue;
      const size = sizes.get(sha256) ?? sizeBytes;
      if (sizeBytes !== undefined && size !== undefined && size !== sizeBytes) {
        problems.push(`${variant.id}: ${path} has the digest of a file of another size`);
      }
      sizes.set(sha256, size);
      const location = `${repo}@${revision}/${path}`;
      if ((digests.get(location) ?? sha256) !== sha256) {
        problems.push(`${variant.id}: ${path} has another digest than elsewhere`);
      }
      digests.set(location, sha256);
    }
  }
  return problems;
}

/** The faults of the built-in catalog, in sentences (none when nothing is), and how many families it has. */
export function catalogProblems(
  document: unknown,
  schema: unknown,
): { readonly problems: string[]; readonly families: number } {
  const validator = new Validator(isSchema(schema) ? schema : {}, '2020-12', false);
  const { errors } = validator.validate(document);
  if (!obeys(document, validator)) {
    const problems = errors.slice(-3).map((error) => `${error.instanceLocation}: ${error.error}`);
    return { problems, families: 0 };
  }
  const problems = [...referenceProblems(document), ...contradictions(document)];
  const ids = new Set<string>();
  for (const { id } of document.families) {
    if (ids.has(id)) problems.push(`${id}: this family is there twice`);
    ids.add(id);
  }
  ids.clear();
  for (const entry of entriesOf(document)) {
    const { family, group, variant } = entry;
    const own = [
      ...sizeProblems(entry),
      ...sourceProblems(entry, document),
      ...locationProblems(entry),
    ];
    if (ids.has(variant.id)) own.push('its id is there twice');
    ids.add(variant.id);
    for (const { languages } of [family, group, variant]) {
      if (typeof languages === 'string' && document.languages?.[languages] === undefined) {
        own.push(`there is no language list "${languages}"`);
      }
    }
    problems.push(...own.map((text) => `${variant.id}: ${text}`));
  }
  return { problems, families: document.families.length };
}

function obeys(document: unknown, validator: Validator): document is CatalogDocument {
  return validator.validate(document).valid;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
