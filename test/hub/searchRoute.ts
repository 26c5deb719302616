import { type Caller, isAnswer, visibleRepo } from './access';
import type { Answer } from './answer';
import { hubError, jsonAnswer } from './hubAnswers';
import type { HubState } from './hubState';
import type { TestRepo } from './repository';

/** The Hub's own, when no limit is asked for or a larger one. */
const hubPageSize = 1000;

/** The task of a repository's model. */
export function pipelineTagOf({ options }: TestRepo): string {
  return options.pipelineTag ?? 'automatic-speech-recognition';
}

/** Its tags: what the card says, what it is for, and its licence. */
export function tagsOf(repo: TestRepo): readonly string[] {
  const { cardTags = [], licence } = repo.options;
  return [
    ...cardTags,
    pipelineTagOf(repo),
    ...(licence === undefined ? [] : [`license:${licence}`]),
  ];
}

function lastModified({ options }: TestRepo): string {
  return options.lastModified ?? '2025-01-02T03:04:05.000Z';
}

/** The orders of the Hub; the most or the newest first. */
const orders: Readonly<Record<string, (a: TestRepo, b: TestRepo) => number>> = {
  downloads: (a, b) => (b.options.downloads ?? 1) - (a.options.downloads ?? 1),
  lastModified: (a, b) => (lastModified(a) < lastModified(b) ? 1 : -1),
};

/** Every word in the name or a tag, every filter a tag; the Hub takes a comma in `filter` as another filter. */
function matches(repo: TestRepo, query: URLSearchParams): boolean {
  const tags = tagsOf(repo);
  const text = `${repo.name} ${tags.join(' ')}`.toLowerCase();
  const words = (query.get('search') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const filters = query.getAll('filter').flatMap((filter) => filter.split(','));
  const wanted = query.get('pipeline_tag');
  return (
    (wanted === null || wanted === pipelineTagOf(repo)) &&
    words.every((word) => text.includes(word)) &&
    filters.every((filter) => tags.includes(filter))
  );
}

/**
 * `GET /api/models`: the search of the Hub, with words, filters, two orders, `expand`, and pages by the `Link` header.
 * Private repositories are found only with a token that may see them. `infoOf` says what `expand` names.
 */
export async function searchAnswer(
  state: HubState,
  url: URL,
  caller: Caller,
  infoOf: (repo: TestRepo) => Promise<unknown>,
): Promise<Answer> {
  const query = url.searchParams;
  const order = orders[query.get('sort') ?? 'lastModified'];
  if (order === undefined) return hubError(400, undefined, 'Invalid sort parameter');
  const found = [...state.repos.values()]
    .filter((repo) => !isAnswer(visibleRepo(state, repo.name, caller)) && matches(repo, query))
    .sort(order);
  const asked = Number(query.get('limit') ?? hubPageSize);
  const size = Math.min(asked, state.options.searchPageSize ?? hubPageSize);
  const start = Number(Buffer.from(query.get('cursor') ?? '', 'base64url').toString() || '0');
  const page = await Promise.all(found.slice(start, start + size).map(infoOf));
  if (start + size >= found.length) return jsonAnswer(page);
  const next = new URL(url);
  next.searchParams.set('cursor', Buffer.from(String(start + size)).toString('base64url'));
  return jsonAnswer(page, { Link: `<${next.href}>; rel="next"` });
}
