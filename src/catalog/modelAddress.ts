import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { isRepoId } from '../common/repository';
import { exactPattern } from './filePatterns';
import { type HubModelId, isHubModelId, parseHubModelId } from './hubModelId';

/** Hosts whose pages name a repository, in addition to the configured endpoint's. */
const hubHosts = ['huggingface.co', 'www.huggingface.co', 'hf.co'];
/** First parts of a Hub's addresses that are no organisation. */
const notModels = new Set([
  'datasets',
  'spaces',
  'api',
  'docs',
  'models',
  'settings',
  'join',
  'login',
  'papers',
]);

/** A part of an address in plain text; undefined when a percent sign in it is none of an encoding. */
export function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** A branch, a tag or a commit is one part of the path; a pull request's ref is three, or one with its slashes encoded. */
function splitRevision(parts: readonly string[]): {
  readonly revision?: string;
  readonly rest: readonly string[];
} {
  const length = parts[0] === 'refs' && parts.length >= 3 ? 3 : 1;
  const revision = parts.slice(0, length).join('/');
  return { ...(revision === '' ? {} : { revision }), rest: parts.slice(length) };
}

function fromUrl(url: URL, hosts: readonly string[]): HubModelId | undefined {
  if (!hosts.includes(url.host)) return undefined;
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [org = '', name = '', verb, ...after] = parts;
  const isFileVerb = ['tree', 'blob', 'resolve', 'raw'].includes(verb ?? '');
  const hasOrg = !['tree', 'blob', 'resolve', 'raw'].includes(name);
  const repo = hasOrg && name !== '' ? `${org}/${name}` : org;
  if (notModels.has(org) || !isRepoId(repo)) return undefined;
  if (!isFileVerb) return { repo, patterns: [] };
  const { revision, rest } = splitRevision(after);
  const path = rest.join('/');
  const pattern = verb === 'tree' ? `${exactPattern(path)}/` : exactPattern(path);
  return {
    repo,
    ...(revision === undefined || revision === 'main' ? {} : { revision }),
    patterns: path === '' ? [] : [pattern],
  };
}

/**
 * Reads what a person types or pastes to name a repository: `org/name`, `org/name@revision`, an `hf:` id, or the
 * address of its page, of a folder or of a file in it, at the Hub or at the configured endpoint. Undefined when it
 * names none (it may be a search then); throws `notFound` for a malformed `hf:` id.
 */
export function parseModelAddress(text: string, endpoint?: string): HubModelId | undefined {
  const trimmed = text.trim();
  if (isHubModelId(trimmed)) return parseHubModelId(trimmed);
  const hosts = [...hubHosts];
  if (endpoint !== undefined && URL.canParse(endpoint)) hosts.push(new URL(endpoint).host);
  const withScheme = hosts.some((host) => trimmed.startsWith(`${host}/`))
    ? `https://${trimmed}`
    : trimmed;
  if (/^https?:\/\//i.test(withScheme)) {
    return URL.canParse(withScheme) ? fromUrl(new URL(withScheme), hosts) : undefined;
  }
  const [, repo = '', revision] = /^([^@\s]+\/[^@\s]+?)(?:@(\S+))?$/.exec(trimmed) ?? [];
  if (!isRepoId(repo)) return undefined;
  return {
    repo,
    ...(revision === undefined || revision === 'main' ? {} : { revision }),
    patterns: [],
  };
}

/** Says that a text names no repository, for where one was asked for. */
export function notAnAddress(text: string): AsrError {
  return new AsrError(
    'notFound',
    localized(
      '“{0}” names no model. Write org/name or paste the address of its page.',
      text.slice(0, 200),
    ),
  );
}
