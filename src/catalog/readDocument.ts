import type { JsonObject } from '../common/json';
import { catalogEntries, type EntryPath } from './catalogEntries';
import type { CatalogModel } from './catalogModel';
import { objectField, textField, textsField } from './jsonFields';
import { readVariant } from './readVariant';
import type { NamedOnce } from './sharedFacts';

/** An entry of a document that can't be used, by where it stands in it. */
export interface EntryProblem {
  readonly path: EntryPath;
  readonly entry?: string;
  readonly message: string;
}

function namedOnce(document: JsonObject): NamedOnce {
  const languages = objectField(document, 'languages') ?? {};
  const sources = objectField(document, 'sources') ?? {};
  return {
    languages: new Map(
      Object.keys(languages).map((name) => [name, textsField(languages, name) ?? []]),
    ),
    sources: new Map(Object.keys(sources).map((name) => [name, textField(sources, name) ?? ''])),
  };
}

function hasItsList(layer: JsonObject, { languages }: NamedOnce): boolean {
  const name = textField(layer, 'languages');
  return name === undefined || languages.has(name);
}

/**
 * The models of a document that obeys the schema. An entry that can't be used becomes a problem and costs no other
 * one; an id that comes twice counts the first time.
 */
export function readDocument(
  document: JsonObject,
  catalog: { readonly id: string; readonly name: string },
): { readonly models: readonly CatalogModel[]; readonly problems: readonly EntryProblem[] } {
  const models = new Map<string, CatalogModel>();
  const problems: EntryProblem[] = [];
  const named = namedOnce(document);
  for (const entry of catalogEntries(document, named)) {
    const read = readVariant(entry, catalog, named);
    const id = textField(entry.variant, 'id') ?? '';
    const message =
      'problem' in read
        ? read.problem
        : models.has(id)
          ? 'its id comes twice in this catalog'
          : [entry.family, entry.group ?? {}, entry.variant].every((layer) =>
                hasItsList(layer, named),
              )
            ? undefined
            : 'it names a language list that is not there';
    if (message !== undefined) problems.push({ path: entry.path(), entry: id, message });
    else if ('model' in read) models.set(id, read.model);
  }
  return { models: [...models.values()], problems };
}
