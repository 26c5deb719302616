import { parseUrl } from '../common/parseUrl';
import { AsrError } from '../common/asrError';
import { isObject, type JsonObject } from '../common/json';
import { localized } from '../common/localizedMessage';
import { isRepoId } from '../common/repository';
import { defined } from '../protocol/defined';
import { askHub } from './askHub';
import type { HubClientOptions } from './hubClient';
import { nextLink } from './listTree';
import { kindFacts, statedKind, type StatedKind } from './statedKind';

/** A page of a search has the names of every file of its repositories; some have thousands. */
const maxPageBytes = 16_000_000;
const reposOnPage = 20;

/** The query for the speech-recognition models of a Hub. */
export interface HubSearch {
  /** Words of the repository's name or its tags; empty finds all. */
  readonly text: string;
  /** A language's code. */
  readonly language?: string;
  /** A tag of the Hub that names a format or a library: `gguf`, `onnx`, `ctranslate2`, `safetensors`. */
  readonly format?: string;
  readonly order?: 'mostDownloaded' | 'newest';
}

/** A repository that was found. What the Hub does not state is absent. */
export interface FoundRepository extends StatedKind {
  readonly repo: string;
  readonly gated: boolean;
  readonly licence?: string;
  /** Two-letter codes (and `yue`) among its tags; empty: not stated. */
  readonly languages: readonly string[];
  /** In the last 30 days. */
  readonly downloads?: number;
  /** Paths of its files, without sizes. */
  readonly paths: readonly string[];
}

/** One page of results. */
export interface HubSearchPage {
  readonly found: readonly FoundRepository[];
  /** The cursor of the next page; absent on the last one. */
  readonly next?: string;
}

function searchUrl(endpoint: string, { text, language, format, order }: HubSearch): string {
  const query = new URLSearchParams({
    pipeline_tag: 'automatic-speech-recognition',
    sort: order === 'newest' ? 'lastModified' : 'downloads',
    direction: '-1',
    limit: String(reposOnPage),
  });
  if (text !== '') query.set('search', text);
  for (const tag of [language, format]) if (tag !== undefined) query.append('filter', tag);
  for (const fact of ['gated', 'downloads', 'tags', 'siblings', ...kindFacts])
    query.append('expand', fact);
  return `${endpoint}/api/models?${query.toString()}`;
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** Tells whether a tag is a language's code: other tags of two letters name no language. */
function languageTest(): (tag: string) => boolean {
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  return (tag) => /^[a-z]{2}$|^yue$/.test(tag) && names.of(tag) !== undefined;
}

/** A repository of the answer; undefined for an entry that names none. */
function readFound(
  entry: JsonObject,
  isLanguage: (tag: string) => boolean,
): FoundRepository | undefined {
  const { id, gated, downloads, tags, siblings } = entry;
  if (typeof id !== 'string' || !isRepoId(id)) return undefined;
  const licence = texts(tags).find((tag) => tag.startsWith('license:'));
  const files = Array.isArray(siblings) ? siblings.filter(isObject) : [];
  return {
    repo: id,
    gated: gated !== undefined && gated !== false,
    languages: texts(tags).filter(isLanguage),
    ...defined({
      licence: licence?.slice('license:'.length),
      downloads: typeof downloads === 'number' ? downloads : undefined,
    }),
    ...statedKind(entry),
    paths: texts(files.map(({ rfilename }) => rfilename)),
  };
}

/**
 * One page of the speech-recognition models that a Hub knows: the first, or the one that `next` of an earlier page
 * names. Rejects as every question to the Hub does, and with `unsupported` for an answer that is no list.
 */
export async function searchHub(
  options: HubClientOptions,
  search: HubSearch,
  next: string | undefined,
  signal: AbortSignal,
): Promise<HubSearchPage> {
  const endpoint = options.endpoint.replace(/\/+$/, '');
  const url = next ?? searchUrl(endpoint, search);
  const answer = await askHub(options, { url, maxBytes: maxPageBytes, signal });
  if (!Array.isArray(answer.value)) {
    const { host } = answer.url;
    throw new AsrError('unsupported', localized('{0} can’t be searched for models.', host), {
      details: { host },
    });
  }
  const isLanguage = languageTest();
  const found = answer.value
    .filter(isObject)
    .flatMap((entry) => readFound(entry, isLanguage) ?? []);
  const link = nextLink(answer.headers['link']);
  // A page must not choose the server that gets the next request and the token.
  const target = link === undefined ? undefined : parseUrl(link, answer.url.href);
  return target?.origin === answer.url.origin ? { found, next: target.href } : { found };
}
