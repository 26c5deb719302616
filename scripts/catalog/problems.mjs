import { Validator } from '@cfworker/json-schema';

/** No model's file comes near half a terabyte; a size like that is a slip of the pen. */
const largestBytes = 500e9;
/** Bytes for each parameter, from 4-bit weights to doubles; the tokenizer's and the graph's own bytes on top. */
const bytesPerParameter = { least: 0.3, most: 9 };
const besideWeightsBytes = 60e6;

function* entriesOf(document) {
  for (const family of document.families) {
    for (const group of family.groups ?? []) {
      for (const variant of group.variants) yield { family, group, variant };
    }
    for (const variant of family.variants ?? []) yield { family, group: {}, variant };
  }
}

function sizeProblems({ group, variant }) {
  const files = variant.files ?? [];
  const problems = [];
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
  const bytes = required.reduce((sum, file) => sum + file.sizeBytes, 0);
  const least = parameters * bytesPerParameter.least;
  const most = parameters * bytesPerParameter.most + besideWeightsBytes;
  if (bytes < least || bytes > most) {
    problems.push(`${bytes} bytes are impossible for ${parameters} parameters`);
  }
  return problems;
}

function sourceProblems({ family, group, variant }, document) {
  const known = document.sources ?? {};
  const shared = variant.source ?? group.source ?? family.source;
  const stated = [
    ...(variant.files ?? [])
      .filter((file) => file.sizeBytes !== undefined || file.sha256 !== undefined)
      .map((file) => [file.path, file.source ?? shared]),
    ...(variant.archive === undefined ? [] : [['its archive', variant.archive.source]]),
    ...(variant.memory === undefined ? [] : [['its memory', variant.memory.source]]),
    ...(variant.accuracy === undefined ? [] : [['its accuracy', variant.accuracy.source]]),
    ...(group.accuracy === undefined ? [] : [['its accuracy', group.accuracy.source]]),
  ];
  return stated.flatMap(([what, name]) => {
    if (name === undefined) return [`${what} has no source`];
    return known[name] === undefined ? [`${what} has the unknown source "${name}"`] : [];
  });
}

function placeProblems({ family, group, variant }) {
  const repo = variant.repo ?? group.repo ?? family.repo;
  const files = variant.files ?? [];
  const isPlain = variant.baseUrl !== undefined || files.every((file) => file.url !== undefined);
  const hasPlain = isPlain && files.length > 0;
  const hasPlace = repo !== undefined || hasPlain || variant.archive !== undefined;
  const problems = [];
  if (!hasPlace && variant.unavailable === undefined) problems.push('nobody says where it lies');
  if (new Set(files.map((file) => file.path)).size !== files.length) {
    problems.push('one of its files is listed twice');
  }
  return problems;
}

function referenceProblems(document) {
  const text = JSON.stringify(document.families);
  const problems = [];
  for (const kind of ['languages', 'sources']) {
    for (const name of Object.keys(document[kind] ?? {})) {
      if (!text.includes(`"${name}"`)) problems.push(`${kind}: "${name}" is never used`);
    }
  }
  return problems;
}

/** The same bytes are told twice, differently: two sizes for a digest, or two digests for a file of a revision. */
function contradictions(document) {
  const sizes = new Map();
  const digests = new Map();
  const problems = [];
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
      const place = `${repo}@${revision}/${path}`;
      if ((digests.get(place) ?? sha256) !== sha256) {
        problems.push(`${variant.id}: ${path} has another digest than elsewhere`);
      }
      digests.set(place, sha256);
    }
  }
  return problems;
}

/**
 * What is wrong with the built-in catalog, in sentences; empty when nothing is.
 * @param {unknown} document
 * @param {unknown} schema
 * @returns {string[]}
 */
export function catalogProblems(document, schema) {
  const { valid, errors } = new Validator(schema, '2020-12', false).validate(document);
  if (!valid) {
    return errors.slice(-3).map((error) => `${error.instanceLocation}: ${error.error}`);
  }
  const problems = [...referenceProblems(document), ...contradictions(document)];
  const ids = new Set();
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
      ...placeProblems(entry),
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
  return problems;
}
