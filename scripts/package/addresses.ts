import { isObject, type JsonObject } from '../../src/common/json';

/** Where the project lives on the web, as the stores show it. */
export interface ProjectAddresses {
  /** The page of the repository, without ".git". */
  readonly repository: string;
  readonly bugs: string;
  readonly homepage: string;
  /** What relative links and images of README.md and CHANGELOG.md get in front: a store's page has no folder. */
  readonly content: string;
  readonly images: string;
  /** Whether the repository is under a domain that is reserved for examples (RFC 2606). */
  readonly isExample: boolean;
}

/** How a kind of host addresses issues, files and raw files; `HEAD` is the main branch, whatever its name. */
const layouts: readonly (readonly [host: RegExp, issues: string, files: string, raw: string])[] = [
  [/(^|\.)gitlab\./, '-/issues', '-/blob/HEAD', '-/raw/HEAD'],
  [/(^|\.)(codeberg\.org|gitea\.|forgejo\.)/, 'issues', 'src/branch/main', 'raw/branch/main'],
  [/./, 'issues', 'blob/HEAD', 'raw/HEAD'],
];

/**
 * All addresses follow from the manifest's `repository`, so that one line is edited when the project moves. `bugs` and
 * `homepage` of the manifest take precedence, for a project that has them elsewhere.
 */
export function projectAddresses(manifest: JsonObject): ProjectAddresses {
  const { repository, bugs, homepage } = manifest;
  const stated = urlIn(repository);
  if (stated === undefined || !URL.canParse(stated)) {
    throw new Error('package.json has no "repository" with an https address.');
  }
  const { protocol, hostname, origin, pathname } = new URL(stated.replace(/^git\+/, ''));
  if (protocol !== 'https:')
    throw new Error(`"repository" in package.json is not https: ${stated}`);
  const page = `${origin}${pathname.replace(/\/$/, '').replace(/\.git$/, '')}`;
  const [, issues, files, raw] = layouts.find(([host]) => host.test(hostname)) ?? ['', '', '', ''];
  return {
    repository: page,
    bugs: urlIn(bugs) ?? `${page}/${issues}`,
    homepage: typeof homepage === 'string' ? homepage : `${page}#readme`,
    content: `${page}/${files}`,
    images: `${page}/${raw}`,
    isExample: /(^|\.)example(\.(com|net|org))?$/.test(hostname),
  };
}

/** The fields of a published manifest that hold addresses. Questions go where problems go. */
export function addressFields(manifest: JsonObject): JsonObject {
  const { bugs, homepage } = projectAddresses(manifest);
  return { bugs: { url: bugs }, homepage, qna: manifest['qna'] ?? bugs };
}

/** What is printed while the addresses are not the owner's yet; nothing afterwards. */
export function exampleNotice(manifest: JsonObject): string | undefined {
  const { isExample, repository } = projectAddresses(manifest);
  return isExample
    ? `The addresses in this package are examples (${repository}): set "repository" in package.json before it is published.`
    : undefined;
}

/** The links and images of a Markdown text that lead nowhere outside its folder. */
export function relativeLinks(markdown: string): string[] {
  const links = [...markdown.matchAll(/\]\(([^)\s]+)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^(https|mailto):|^#/.test(link));
}

function urlIn(field: unknown): string | undefined {
  const url = isObject(field) ? field['url'] : field;
  return typeof url === 'string' ? url : undefined;
}
