import { languageNames, languageStrings } from '../protocol/languageNames';
import type { CatalogModel } from './catalogModel';
import { languageKey } from './languages';

/** Lower case, no accents, `q5_1` and `large-v3` in their parts too. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The names of a language in English and in the given locales, as a word of a query is compared with them. */
function searchNames(locales: readonly string[]): (code: string) => string {
  const tables = ['en', ...locales].map((locale) =>
    languageNames(locale, languageStrings({ t: (text) => text })),
  );
  const known = new Map<string, string>();
  return (code) => {
    const key = languageKey(code);
    const text = known.get(key) ?? plain(tables.map((nameOf) => nameOf(key)).join(' '));
    known.set(key, text);
    return text;
  };
}

interface Entry {
  readonly model: CatalogModel;
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly languages: string;
  /** Lower for a model of a hundred languages: a query that names one language seldom means such a model. */
  readonly languageScore: number;
}

/** How well one word of a query fits, 0 for not at all: the id and the name count most, the language names least. */
function wordScore(entry: Entry, word: string): number {
  if (entry.id === word) return 100;
  if (entry.id.startsWith(word) || entry.name.startsWith(word)) return 20;
  if (` ${entry.name}`.includes(` ${word}`)) return 10;
  if (entry.id.includes(word) || entry.name.includes(word)) return 6;
  if (entry.text.includes(word)) return 3;
  return ` ${entry.languages}`.includes(` ${word}`) ? entry.languageScore : 0;
}

/**
 * A search over models: every word of the query must be found, in the id, name, family, publisher, format,
 * quantization, repository, loaders, licence or the names of the languages (in English and in the given locales).
 * Best first; equals stay in their order. An empty query finds all.
 */
export function modelSearch(
  models: readonly CatalogModel[],
  locales: readonly string[] = [],
): (query: string) => readonly CatalogModel[] {
  const nameOf = searchNames(locales);
  const entries = models.map((model): Entry => {
    const { id, name, familyName, publisher = '', format, quantization = '', source } = model;
    const words = [familyName, publisher, format, quantization, source.repo, model.licence.id];
    return {
      model,
      id: plain(id),
      name: plain(name),
      text: plain([...words, ...model.loaders].join(' ')),
      languages: model.languages.map(nameOf).join(' '),
      languageScore: model.languages.length > 40 ? 1 : 2,
    };
  });
  return (query) => {
    const words = plain(query)
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0) return models;
    return entries
      .map((entry) => {
        const scores = words.map((word) => wordScore(entry, word));
        const total = scores.reduce((sum, score) => sum + score, 0);
        return { model: entry.model, score: scores.includes(0) ? 0 : total };
      })
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .map(({ model }) => model);
  };
}
