import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CatalogModel } from '../../src/catalog';
import { readDocument } from '../../src/catalog/readDocument';
import { isObject, parseJson } from '../../src/common/json';

const file = path.resolve(__dirname, '../../src/catalog/data/catalog.json');

/** A maker, a family or a program that is described by words beside its names. Other ones are names alone. */
const publisherWords = /\b(by|others|community|conversions)\b/;
const familyWords =
  /\b(fine-tunes|for|helpers|layout|models|official|originals|recognisers|streaming|transducers)\b/i;
const loaderWords = /\b(heap limit|legacy path)\b/;

/**
 * The texts of the built-in catalog that a person reads, sorted: keys of the bundles, as messages are. Names of models,
 * formats and licences, and the addresses of sources, are the same in every language.
 */
export function catalogStrings(models: readonly CatalogModel[] = builtInModels()): string[] {
  const found = new Set<string>();
  const add = (text: string | undefined, words = /[a-z]{3,}/): void => {
    if (text !== undefined && words.test(text)) found.add(text);
  };
  for (const model of models) {
    add(model.description);
    add(model.note);
    add(model.defect);
    add(model.needs);
    add(model.unavailable);
    add(model.publisher, publisherWords);
    add(model.familyName, familyWords);
    for (const loader of model.loaders) add(loader, loaderWords);
    for (const rate of [model.accuracy, ...(model.moreAccuracy ?? [])]) add(rate?.benchmark);
  }
  return [...found].sort();
}

/** The built-in catalog as the product reads it. */
export function builtInModels(): readonly CatalogModel[] {
  const document = parseJson(readFileSync(file, 'utf8'));
  if (!isObject(document)) throw new Error(`${file} is no catalog`);
  return readDocument(document, { id: 'built-in', name: 'built-in' }).models;
}
