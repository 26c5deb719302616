// Makes the built-in catalog from a table of verified facts: `node scripts/catalog/import.mjs <table.json>`.
// What the table does not know stays unknown. The result is checked and can be edited by hand afterwards.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { layoutCatalog } from './layout.mjs';
import { checkpointOf, displayName } from './names.mjs';

const target = fileURLToPath(new URL('../../src/catalog/data/catalog.json', import.meta.url));

/** Where the vendor keeps the files of each size, first and again; the table only says on which server. */
const moonshineFolders = [
  'https://download.moonshine.ai/model/{size}-streaming-en/{revision}/',
  'https://huggingface.co/moonshine-ai/moonshine-voice-assets/resolve/v0.1.5/model/{size}-streaming-en/{revision}/',
];

const languages = new Map();
const sources = new Map();

function known(fields) {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}

function codes(list) {
  return list?.filter((code) => /^[a-z]{2,3}(?:-[A-Za-z]+)?$/.test(code));
}

/** How many languages, when that is more than are listed by their codes. */
function countOf(stated) {
  return stated?.count > (codes(stated?.list)?.length ?? 0) ? stated.count : undefined;
}

function languageName(all) {
  const list = codes(all);
  if (list === undefined || list === null) return undefined;
  if (list.length <= 3) return list;
  const key = list.join(' ');
  if (!languages.has(key)) languages.set(key, `set-${languages.size + 1}`);
  return languages.get(key);
}

function sourceName(text) {
  if (text === undefined || text === null) return undefined;
  const plain = text
    .replaceAll(/\b\w+-index(?: file id)? (\d+)/g, 'public GitHub file $1')
    .replaceAll(/\b\w+-index catalogues\b/g, 'public GitHub catalogues')
    .replaceAll(/\b(?:the )?\w+-index\b/g, 'public GitHub files');
  if (!sources.has(plain)) sources.set(plain, `s${sources.size + 1}`);
  return sources.get(plain);
}

function fileOf(file) {
  return known({
    path: file.path,
    role: file.role === 'model' ? undefined : file.role,
    required: file.required ? undefined : false,
    sizeBytes: file.size,
    sha256: file.sha256,
    gitSha1: file.git_blob_sha1,
    source: sourceName(file.source),
  });
}

function licenceOf(licence) {
  return licence === undefined || licence === null
    ? undefined
    : known({ id: licence.spdx, note: licence.note });
}

function archiveOf(variant) {
  const { archive } = variant;
  if (!archive?.sha256 || !archive.url) return undefined;
  return known({
    url: archive.url,
    format: archive.format,
    sizeBytes: archive.size,
    sha256: archive.sha256,
    source: sourceName(archive.source ?? 'no source was kept; one catalogue'),
  });
}

function memoryOf({ memory }) {
  if (!memory) return undefined;
  return known({
    megabytes: memory.min_mb,
    kind: memory.kind,
    source: sourceName(memory.source),
    vram: /^VRAM/.test(memory.kind) ? true : undefined,
  });
}

function accuracyOf({ accuracy }) {
  if (!accuracy) return undefined;
  return known({
    werPercent: accuracy.wer_avg_percent,
    rtfx: accuracy.rtfx,
    benchmark: sourceName(accuracy.benchmark),
    source: sourceName(accuracy.source),
  });
}

function variantOf(variant, family) {
  const plainUrl = variant.url;
  const isPlain = variant.hf_repo === null && plainUrl !== undefined;
  const [baseUrl, ...baseMirrors] =
    variant.base_url === undefined
      ? []
      : moonshineFolders.map((folder) =>
          folder
            .replace('{size}', /-(tiny|small|medium)-/.exec(variant.id)[1])
            .replace('{revision}', variant.revision),
        );
  const archive = archiveOf(variant);
  const hasSource =
    variant.hf_repo !== null || isPlain || baseUrl !== undefined || archive !== undefined;
  let files = variant.files.map(fileOf);
  if (isPlain) files = files.map(({ path, ...rest }) => ({ path, url: plainUrl, ...rest }));
  // A repository whose files nobody has listed: what transformers loads, without a second copy of the weights.
  const patterns =
    files.length === 0 ? ['*.json', '*.txt', '*.jinja', '*.model', '*.safetensors'] : undefined;
  const familyLanguages = languageName(family.languages?.list);
  const ownLanguages = languageName(variant.languages?.list);
  const gated = variant.gated !== false;
  const more = variant.id.startsWith('gguf-bundle/')
    ? ' (bundle)'
    : variant.model === 'cohere-transcribe-arabic-07-2026'
      ? ' (Arabic)'
      : '';
  const modelName = variant.model_name && variant.model_name + more;
  return known({
    id: variant.id,
    name: displayName(variant.id, variant.quantization, modelName),
    shortName: displayName(variant.id, undefined, modelName),
    note: variant.notes,
    model: checkpointOf(variant.id, variant.model),
    repo: variant.hf_repo,
    repoUnconfirmed:
      variant.hf_repo !== null && variant.hf_repo_verified === false ? true : undefined,
    revision: variant.hf_repo === null ? undefined : variant.revision,
    baseUrl,
    baseMirrors: baseMirrors.length === 0 ? undefined : baseMirrors,
    patterns,
    archive,
    unavailable: hasSource
      ? undefined
      : (variant.notes ?? 'nobody knows where it can be downloaded'),
    gated: gated ? true : undefined,
    licence: licenceOf(variant.licence),
    languages:
      JSON.stringify(ownLanguages) === JSON.stringify(familyLanguages)
        ? undefined
        : (ownLanguages ?? []),
    languageCount: countOf(variant.languages),
    parameters: variant.parameters,
    quantization: variant.quantization,
    translates: variant.translate ?? variant.capabilities?.translate,
    streaming: variant.capabilities === undefined ? undefined : variant.capabilities.streaming,
    starter: variant.starter,
    memory: memoryOf(variant),
    accuracy: accuracyOf(variant),
    files: files.length === 0 ? undefined : files,
  });
}

/** Says once, for `owner`, what all its entries say alike. */
function liftShared(owner, entries, keys) {
  for (const key of keys) {
    const values = new Set(entries.map((entry) => JSON.stringify(entry[key])));
    const [only] = values;
    if (values.size !== 1 || only === undefined) continue;
    owner[key] = JSON.parse(only);
    for (const entry of entries) delete entry[key];
  }
}

/** The source of a variant's files, said once for the variant when all of them have the same. */
function liftSources(variant) {
  const files = variant.files ?? [];
  const named = new Set(
    files.filter((file) => file.source !== undefined).map((file) => file.source),
  );
  if (named.size !== 1) return;
  [variant.source] = named;
  for (const file of files) delete file.source;
}

const groupKeys = [
  'note',
  'model',
  'repo',
  'repoUnconfirmed',
  'revision',
  'gated',
  'licence',
  'languages',
  'languageCount',
  'parameters',
  'translates',
  'streaming',
  'accuracy',
  'source',
];

/** Neighbours that are the same model in the same repository: its quantizations. */
function groupsOf(variants) {
  const groups = [];
  for (const variant of variants) {
    const last = groups.at(-1);
    if (last?.key === `${variant.model} ${variant.repo} ${variant.shortName}`)
      last.variants.push(variant);
    else
      groups.push({
        key: `${variant.model} ${variant.repo} ${variant.shortName}`,
        variants: [variant],
      });
  }
  return groups.map(({ variants: members }) => {
    const group = { name: members[0].shortName };
    liftShared(group, members, groupKeys);
    for (const member of members) {
      const made = [group.name, member.quantization?.toUpperCase()].filter(Boolean).join(' ');
      if (member.name === made) delete member.name;
      delete member.shortName;
    }
    return { ...group, variants: members };
  });
}

function familyOf(family) {
  const result = known({
    id: family.id,
    name: family.name,
    publisher: family.publisher,
    description: family.description,
    homepage: family.homepage,
    format: family.runtime_format,
    licence: licenceOf(family.licence),
    languages: languageName(family.languages?.list),
    languageCount: countOf(family.languages),
    tasks: family.task,
    streaming: family.streaming,
    loaders: family.loaders,
  });
  const variants = family.variants.map((variant) => variantOf(variant, family));
  for (const variant of variants) liftSources(variant);
  const groups = groupsOf(variants);
  liftShared(result, groups, ['repo', 'revision', 'streaming', 'licence', 'source']);
  return { ...result, groups };
}

const table = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const families = table.map(familyOf);
const document = {
  $schema: './catalog.schema.json',
  version: 1,
  name: 'ASR models',
  languages: Object.fromEntries([...languages].map(([key, name]) => [name, key.split(' ')])),
  sources: Object.fromEntries([...sources].map(([text, name]) => [name, text])),
  families,
};
writeFileSync(target, layoutCatalog(document));
