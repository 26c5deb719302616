import { parseUrl } from '../common/parseUrl';
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
  'buckets',
  'collections',
  'api',
  'docs',
  'models',
  'settings',
  'join',
  'login',
  'papers',
]);
/** The part of an address between a repository and a revision, then a path. */
const fileVerbs = new Set(['tree', 'blob', 'resolve', 'raw', 'blame', 'edit', 'commit', 'commits']);

/** Where pages of repositories are: a host, and the path before the organisation (`/` but for an endpoint below one). */
interface HubPlace {
  readonly host: string;
  readonly path: string;
}

function placesOf(endpoint: string | undefined): readonly HubPlace[] {
  const known = hubHosts.map((host) => ({ host, path: '/' }));
  if (endpoint === undefined || parseUrl(endpoint) === undefined) return known;
  const { host, pathname } = new URL(endpoint);
  return [{ host, path: `${pathname.replace(/\/+$/, '')}/` }, ...known];
}

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
  readonly revision: string;
  readonly rest: readonly string[];
} {
  const length = parts[0] === 'refs' && parts.length >= 3 ? 3 : 1;
  return { revision: parts.slice(0, length).join('/'), rest: parts.slice(length) };
}

function idOf(repo: string, revision = '', patterns: readonly string[] = []): HubModelId {
  return { repo, ...(revision === '' || revision === 'main' ? {} : { revision }), patterns };
}

/** `org/name`, then the revision and the file after one of the Hub's verbs. */
function fromParts(written: readonly string[]): HubModelId | undefined {
  const parts = written.filter((part) => part !== '').map(decoded);
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [org = '', name = '', verb = '', ...after] =
    parts[0] === 'api' && parts[1] === 'models' ? parts.slice(2) : parts;
  const hasOrg = name !== '' && !fileVerbs.has(name);
  const repo = (hasOrg ? `${org}/${name}` : org).replace(/\.git$/, '');
  if (notModels.has(org) || !isRepoId(repo)) return undefined;
  const [used, following] = hasOrg ? [verb, after] : [name, [verb, ...after]];
  // The API's word for it.
  if (!fileVerbs.has(used) && used !== 'revision') return idOf(repo);
  const { revision, rest } = splitRevision(following.filter((part) => part !== ''));
  const path = rest.join('/');
  if (path === '' || used.startsWith('commit')) return idOf(repo, revision);
  return idOf(repo, revision, [used === 'tree' ? `${exactPattern(path)}/` : exactPattern(path)]);
}

function fromUrl(url: URL, places: readonly HubPlace[]): HubModelId | undefined {
  const place = places.find(({ host, path }) => url.host === host && url.pathname.startsWith(path));
  return place && fromParts(url.pathname.slice(place.path.length).split('/'));
}

/** `org/name[@revision][/path]`, as the Hub's file systems write it after `hf://`. */
function fromFilePath(text: string): HubModelId | undefined {
  const [, repo = '', after = ''] =
    /^(?:models\/)?([^/@\s]+\/[^/@\s]+)((?:[@/].*)?)$/.exec(text.trim()) ?? [];
  if (notModels.has(repo.split('/')[0] ?? '') || !isRepoId(repo)) return undefined;
  const parts = after
    .slice(1)
    .split('/')
    .filter((part) => part !== '');
  const { revision, rest } = after.startsWith('@')
    ? splitRevision(parts.map((part) => decoded(part) ?? part))
    : { revision: '', rest: parts };
  return idOf(repo, revision, rest.length === 0 ? [] : [exactPattern(rest.join('/'))]);
}

/** The words of a command line, without their quotes. */
function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}

/** Options of the Hub's command line that stand alone; every other one is followed by a value. */
const flags = new Set(['quiet', 'force-download', 'resume-download', 'dry-run', 'no-quiet']);

/** `hf download org/name [file…] [--revision r] [--include pattern…]`, with the older name of the program too. */
function fromHubCommand(words: readonly string[]): HubModelId | undefined {
  const start = words.findIndex(
    (word, index) => /^(?:hf|huggingface-cli)$/.test(word) && words[index + 1] === 'download',
  );
  if (start === -1) return undefined;
  const named: string[] = [];
  const options = new Map<string, string[]>();
  let open: string | undefined;
  for (const word of words.slice(start + 2)) {
    const [, option, value] = /^--?([a-z-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (option !== undefined) {
      open = value === undefined && !flags.has(option) ? option : undefined;
      if (value !== undefined) options.set(option, [value]);
    } else if (open === undefined) named.push(word);
    else {
      options.set(open, [...(options.get(open) ?? []), word]);
      if (open !== 'include' && open !== 'exclude') open = undefined;
    }
  }
  const [repo = '', ...files] = named;
  const type = options.get('repo-type')?.[0] ?? 'model';
  if (type !== 'model' || !isRepoId(repo)) return undefined;
  const patterns = [...files.map(exactPattern), ...(options.get('include') ?? [])];
  return idOf(repo, options.get('revision')?.[0], patterns);
}

/** The address of a repository in a text: alone, without its scheme, or in a command such as `git clone` or `curl`. */
function fromAddressIn(text: string, places: readonly HubPlace[]): HubModelId | undefined {
  const words = wordsOf(text);
  const branch = words.findIndex((word) => word === '-b' || word === '--branch');
  for (const word of text === '' ? [] : words) {
    const [, ofSsh, path = ''] = /^(?:ssh:\/\/)?git@([^:/\s]+)[:/](\S+)$/.exec(word) ?? [];
    const bare = /https?:\/\/[^\s()<>]+/i.exec(word)?.[0];
    const isBareHost = places.some(({ host }) => word.toLowerCase().startsWith(`${host}/`));
    const address =
      ofSsh === undefined
        ? (bare ?? (isBareHost ? `https://${word}` : ''))
        : `https://${ofSsh}/${path}`;
    const url = parseUrl(address);
    const id = url === undefined ? undefined : fromUrl(url, places);
    if (id !== undefined) {
      return branch === -1 ? id : idOf(id.repo, words[branch + 1], id.patterns);
    }
  }
  return undefined;
}

/**
 * Reads what a person types or pastes to name a repository: `org/name`, `org/name@revision`, an `hf:` id, an `hf://`
 * address, the address of its page, of a folder, of a file or of a commit in it, at the Hub or at the configured endpoint,
 * and the commands and calls that its page offers for copying. Undefined when it names none (it may be a search then);
 * throws `notFound` for a malformed `hf:` id.
 */
export function parseModelAddress(text: string, endpoint?: string): HubModelId | undefined {
  const trimmed = text
    .trim()
    .replace(/^(?:"([^"]*)"|'([^']*)'|`([^`]*)`|<([^<>]*)>)$/, '$1$2$3$4')
    .trim();
  if (/^hf:\/\//i.test(trimmed)) return fromFilePath(trimmed.slice('hf://'.length));
  if (isHubModelId(trimmed)) return parseHubModelId(trimmed);
  const places = placesOf(endpoint);
  const found = fromHubCommand(wordsOf(trimmed)) ?? fromAddressIn(trimmed, places);
  if (found !== undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) return found;
  if (places.some(({ host }) => trimmed.toLowerCase().startsWith(`${host}/`))) return undefined;
  const quoted = /\(\s*(?:\w+\s*=\s*)?["']([^"'\s]+\/[^"'\s]+)["']/.exec(trimmed)?.[1];
  if (quoted !== undefined) {
    const revision = /\brevision\s*=\s*["']([^"'\s]+)["']/.exec(trimmed)?.[1];
    return isRepoId(quoted) ? idOf(quoted, revision) : undefined;
  }
  const plain = trimmed.replace(/\/+$/, '');
  const [, repo = '', revision] = /^([^@\s]+\/[^@\s]+?)(?:@(\S+))?$/.exec(plain) ?? [];
  if (isRepoId(repo)) return idOf(repo, revision);
  const parts = plain.split('/');
  if (parts.length < 3 || /\s/.test(plain)) return undefined;
  return fileVerbs.has(parts[2] ?? '') ? fromParts(parts) : fromFilePath(plain);
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
