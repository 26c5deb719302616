import { parseUrl } from '../common/parseUrl';
import { AsrError } from '../common/asrError';
import { parseDigest, type Digest } from '../common/digest';
import { isByteCount, isObject, type JsonObject } from '../common/json';
import { localized } from '../common/localizedMessage';
import type { RepoFile } from '../common/repository';
import { askHub, type Answer } from './askHub';
import { repoPageUrl, treeUrl } from './hubAddress';
import type { HubClientOptions } from './hubClient';

/**
 * The limit of one page: 1000 entries of well under 2 kB each, with a wide margin (docs/hub-protocol.md section 1.3).
 */
const maxPageBytes = 8_000_000;
/** 200,000 entries: no model comes near it. */
const maxPages = 200;
/** A hub that pages fills its pages: after these, a list of a few entries a page has no honest end. */
const maxThinPages = 20;
const thinPageEntries = 10;

/**
 * The `rel="next"` target of a `Link` header, unchanged; undefined when there is none
 * (docs/hub-protocol.md section 1.3). The targets may contain commas and semicolons, so they are separated by their
 * angle brackets.
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const [, target, parameters] of header.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:[;,]|$)/i.test(parameters ?? '')) {
      return target;
    }
  }
  return undefined;
}

/**
 * The next page's address. One of another origin is refused: a page must not choose the server that gets the next
 * request and the token (docs/hub-protocol.md section 1.3).
 */
function nextPage({ url, headers }: Answer, repo: string): string | undefined {
  const target = nextLink(headers['link']);
  if (target === undefined) return undefined;
  const next = parseUrl(target, url.href);
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

function digestOf(hex: unknown, algorithm: Digest['algorithm']): Digest | undefined {
  const digest = typeof hex === 'string' ? parseDigest(hex) : undefined;
  return digest?.algorithm === algorithm ? digest : undefined;
}

function readFile(entry: JsonObject): RepoFile | undefined {
  const { path, oid, lfs, xetHash } = entry;
  const gitDigest = digestOf(oid, 'git-sha1');
  if (typeof path !== 'string' || path === '' || gitDigest === undefined) return undefined;
  const large = isObject(lfs) ? lfs : undefined;
  const digest = large === undefined ? gitDigest : digestOf(large['oid'], 'sha256');
  const sizeBytes = large?.['size'] ?? entry['size'];
  if (digest === undefined || !isByteCount(sizeBytes)) return undefined;
  const isXetHash = typeof xetHash === 'string' && /^[0-9a-f]{64}$/.test(xetHash);
  return { path, sizeBytes, digest, gitOid: gitDigest.hex, ...(isXetHash ? { xetHash } : {}) };
}

/**
 * Reads one page of a tree; folders and unknown kinds are left out (docs/hub-protocol.md section 1.3). A large file's
 * digest is the sha256 of its content, a small one's is git's blob id. The result is `bad` with the offending entry
 * when there is one: a file without a digest can't be verified, so a listing with one is refused whole.
 */
function readTreePage(
  page: unknown,
): { readonly files: readonly RepoFile[] } | { readonly bad: string } {
  if (!Array.isArray(page)) return { bad: 'not a list' };
  const files: RepoFile[] = [];
  for (const entry of page as readonly unknown[]) {
    if (!isObject(entry)) return { bad: 'an entry that is not an object' };
    if (entry['type'] !== 'file') continue;
    const file = readFile(entry);
    if (file === undefined) {
      return { bad: typeof entry['path'] === 'string' ? entry['path'] : 'an entry without a path' };
    }
    files.push(file);
  }
  return { files };
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
): Promise<readonly RepoFile[]> {
  const { host } = new URL(options.endpoint);
  const files = new Map<string, RepoFile>();
  const asked = new Set<string>();
  function refuse(reason: string): AsrError {
    options.logger.error(`hub: the file list of ${repo} at ${commit} is refused: ${reason}`);
    return new AsrError(
      'unsupported',
      localized('{0} sent a file list of {1} that makes no sense.', host, repo),
      { details: { host }, cause: new Error(reason) },
    );
  }

  let withoutToken = false;
  let url: string | undefined = treeUrl(options.endpoint, repo, commit);
  while (url !== undefined) {
    if (asked.has(url)) throw refuse('its pages go in circles');
    if (asked.size >= maxPages) throw refuse(`it has more than ${maxPages} pages`);
    if (asked.size >= maxThinPages && files.size < asked.size * thinPageEntries) {
      throw refuse(`${asked.size} pages have only ${files.size} files`);
    }
    asked.add(url);
    const answer: Answer = await askHub(options, {
      url,
      repo,
      revision: commit,
      pageUrl: repoPageUrl(options.endpoint, repo),
      maxBytes: maxPageBytes,
      withoutToken,
      signal,
    });
    withoutToken ||= answer.refusedToken !== undefined;
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
