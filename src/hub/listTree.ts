import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { askHub, type Answer } from './askHub';
import { repoPageUrl, treeUrl } from './hubAddress';
import type { HubClientOptions, HubFile } from './hubClient';
import { nextLink } from './linkHeader';
import { readTreePage } from './treeAnswer';

/**
 * The limit of one page: 1000 entries of well under 2 kB each, with room to spare (docs/hub-protocol.md section 1.3).
 */
const maxPageBytes = 8_000_000;
/** 200,000 entries: no model comes near it. */
const maxPages = 200;

/**
 * The next page's address. One of another origin is refused: a page must not choose the server that gets the next
 * request and the token (docs/hub-protocol.md section 1.3).
 */
function nextPage({ url, headers }: Answer, repo: string): string | undefined {
  const target = nextLink(headers['link']);
  if (target === undefined) return undefined;
  const next = URL.canParse(target, url.href) ? new URL(target, url) : undefined;
  if (next?.origin === url.origin) return next.href;
  throw new AsrError(
    'unsupported',
    localized(
      '{0} continues the file list of {1} at another server, which is refused.',
      url.host,
      repo,
    ),
    { details: { host: url.host } },
  );
}

/**
 * Every file of a commit, all pages. Rejects with `unsupported` when the listing makes no sense: an entry without a
 * digest, a path that comes twice, pages in circles or without end.
 */
export async function listTree(
  options: HubClientOptions,
  repo: string,
  commit: string,
  signal: AbortSignal,
): Promise<readonly HubFile[]> {
  const { host } = new URL(options.endpoint);
  const files = new Map<string, HubFile>();
  const asked = new Set<string>();
  function refuse(reason: string): AsrError {
    options.logger.error(`hub: the file list of ${repo} at ${commit} is refused: ${reason}`);
    return new AsrError(
      'unsupported',
      localized('{0} sent a file list of {1} that makes no sense.', host, repo),
      { details: { host }, cause: new Error(reason) },
    );
  }

  let url: string | undefined = treeUrl(options.endpoint, repo, commit);
  while (url !== undefined) {
    if (asked.has(url)) throw refuse('its pages go in circles');
    if (asked.size >= maxPages) throw refuse(`it has more than ${maxPages} pages`);
    asked.add(url);
    const answer: Answer = await askHub(options, {
      url,
      repo,
      revision: commit,
      pageUrl: repoPageUrl(options.endpoint, repo),
      maxBytes: maxPageBytes,
      signal,
    });
    const page = readTreePage(answer.value);
    if ('bad' in page) throw refuse(page.bad);
    for (const file of page.files) {
      if (files.has(file.path)) throw refuse(`${file.path} is listed twice`);
      files.set(file.path, file);
    }
    url = nextPage(answer, repo);
  }
  return [...files.values()];
}
