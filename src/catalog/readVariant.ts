import { isByteCount, type JsonObject } from '../common/json';
import type { CatalogEntry } from './catalogEntries';
import {
  modelFormats,
  type CatalogFile,
  type CatalogModel,
  type Licence,
  type ModelSource,
} from './catalogModel';
import { runsCode } from './codeInFiles';
import {
  booleanField,
  numberField,
  objectField,
  objectsField,
  textField,
  textsField,
} from './jsonFields';
import { readSource } from './modelSource';
import { type Draft, type NamedOnce, put, readAccuracy } from './sharedFacts';

const packings = ['tar.bz2', 'tar.gz', 'tar', 'zip'] as const;

function readFile(entry: JsonObject): CatalogFile {
  const size = entry['sizeBytes'];
  const file: Draft<CatalogFile> = {
    path: textField(entry, 'path') ?? '',
    role: textField(entry, 'role') ?? 'model',
    required: booleanField(entry, 'required') ?? true,
  };
  put(file, 'sizeBytes', isByteCount(size) ? size : undefined);
  put(file, 'sha256', textField(entry, 'sha256'));
  put(file, 'gitSha1', textField(entry, 'gitSha1'));
  return file;
}

/** The licences of the built-in catalog that are on SPDX's list, whose texts have an address made of their id. */
const onSpdxList = new Set([
  'MIT',
  'Apache-2.0',
  'BSD-3-Clause',
  'CC0-1.0',
  'CC-BY-4.0',
  'CC-BY-SA-4.0',
  'CC-BY-NC-4.0',
]);

/**
 * A licence with an address to read it at: the one given, SPDX's text, or the page of the repository, where its
 * publisher states it. Without a statement it is `NOASSERTION`.
 */
function readLicence(stated: JsonObject = {}, page?: string): Licence {
  const id = textField(stated, 'id') ?? 'NOASSERTION';
  const licence: Draft<Licence> = { id };
  const text = onSpdxList.has(id) ? `https://spdx.org/licenses/${id}.html` : page;
  put(licence, 'url', textField(stated, 'url') ?? text);
  put(licence, 'note', textField(stated, 'note'));
  return licence;
}

function memoryOf(variant: JsonObject): CatalogModel['memoryBytes'] {
  const memory = objectField(variant, 'memory');
  const megabytes = memory && numberField(memory, 'megabytes');
  if (memory === undefined || megabytes === undefined) return undefined;
  const kind = textField(memory, 'kind') ?? '';
  const isGraphics = booleanField(memory, 'vram') === true;
  return { bytes: Math.round(megabytes * 1e6), kind: isGraphics ? `VRAM: ${kind}` : kind };
}

/** The sum of the required files; undefined unless every one of them has a size. */
export function requiredBytes(files: readonly CatalogFile[]): number | undefined {
  let bytes: number | undefined;
  for (const file of files) {
    if (!file.required) continue;
    if (file.sizeBytes === undefined) return undefined;
    bytes = (bytes ?? 0) + file.sizeBytes;
  }
  return bytes;
}

/** The one file that an archive's address gives: the archive, whatever is in it. */
function archiveFiles(source: ModelSource): readonly CatalogFile[] {
  if (source.kind !== 'files') return [];
  return source.files.map(({ path, sizeBytes, sha256 }) => ({
    path,
    role: 'archive',
    sizeBytes,
    sha256,
    required: true,
  }));
}

/**
 * Reads one variant of a document that obeys the schema. Answers with a problem in English when it can't be used.
 */
export function readVariant(
  { family, variant, facts, name, modelName }: CatalogEntry,
  catalog: CatalogModel['catalog'],
  named: NamedOnce,
): { readonly model: CatalogModel } | { readonly problem: string } {
  const id = textField(variant, 'id');
  const familyId = textField(family, 'id');
  const format = modelFormats.find((known) => known === family['format']);
  if (id === undefined || familyId === undefined || format === undefined) {
    return { problem: 'it has no id, or its family has no id or no known format' };
  }
  const listed = objectsField(variant, 'files').map(readFile);
  const read = readSource(id, variant, facts, listed);
  if ('problem' in read) return read;
  const { source, packed } = read;
  const files = packed === undefined ? listed : archiveFiles(source);
  const homepage = textField(family, 'homepage');
  const page =
    source.kind === 'hub'
      ? `${source.endpoint ?? 'https://huggingface.co'}/${source.repo}`
      : homepage;
  const paths = listed.map((file) => file.path);
  const starterReason = textField(variant, 'starter');
  const model: Draft<CatalogModel> = {
    id,
    name: name ?? id,
    familyId,
    familyName: textField(family, 'name') ?? familyId,
    format,
    licence: readLicence(facts.licence, page),
    gated: facts.gated ?? false,
    languages: facts.languages ?? [],
    loaders: textsField(family, 'loaders') ?? [],
    streaming: facts.streaming ?? false,
    translates:
      facts.translates ?? facts.tasks?.some((task) => task.startsWith('translate')) ?? false,
    runsCode: runsCode(format, paths),
    starter: starterReason !== undefined,
    source,
    files,
    catalog,
  };
  put(model, 'publisher', textField(family, 'publisher'));
  put(model, 'description', facts.description);
  put(model, 'note', facts.note);
  put(model, 'defect', facts.defect);
  put(model, 'needs', facts.needs);
  put(model, 'homepage', homepage ?? page);
  put(model, 'languageCount', facts.languageCount);
  put(model, 'tasks', facts.tasks);
  put(model, 'checkpoint', facts.checkpoint);
  put(model, 'modelName', modelName);
  put(model, 'parameters', facts.parameters);
  put(model, 'timestamps', facts.timestamps);
  put(model, 'quantization', textField(variant, 'quantization'));
  put(model, 'sizeBytes', requiredBytes(files));
  put(model, 'memoryBytes', memoryOf(variant));
  put(model, 'accuracy', facts.accuracy);
  const more = objectsField(variant, 'moreAccuracy').map((rate) => readAccuracy(rate, named));
  if (more.length > 0) model.moreAccuracy = more;
  put(model, 'starterReason', starterReason);
  put(model, 'unavailable', textField(variant, 'unavailable'));
  put(model, 'repoUnconfirmed', facts.repoUnconfirmed);
  const packing = packed && textField(packed, 'format');
  put(
    model,
    'packed',
    packings.find((known) => known === packing),
  );
  return { model };
}
