import { parseUrl } from '../common/parseUrl';
import { AsrError } from '../common/asrError';
import { isObject, type JsonObject } from '../common/json';
import { localized } from '../common/localizedMessage';
import { isRepoId } from '../common/repository';
import { defined } from '../protocol/defined';
import { askHub, type Answer } from './askHub';
import { fileUrl, repoPageUrl, revisionUrl, whoAmIUrl } from './hubAddress';
import type { HubClient, HubClientOptions, HubRevision } from './hubClient';
import { listTree } from './listTree';
import { statedKind } from './statedKind';

/** Far more than the facts of one revision need (a card's metadata can be long). */
const maxRevisionBytes = 4_000_000;

function requireRepoId(repo: string): void {
  if (isRepoId(repo)) return;
  throw new AsrError(
    'notFound',
    localized('“{0}” is not the name of a repository (org/name).', repo),
  );
}

function firstText(value: unknown): string | undefined {
  const text: unknown = Array.isArray(value) ? value[0] : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/**
 * The licence in the card, else in a tag. For `other` the card has its name in another field
 * (docs/hub-protocol.md section 1.2).
 */
function licenceOf(answer: JsonObject): string | undefined {
  const card = isObject(answer['cardData']) ? answer['cardData'] : {};
  const stated = firstText(card['license']);
  if (stated !== undefined) {
    return stated === 'other' ? (firstText(card['license_name']) ?? stated) : stated;
  }
  const tags: readonly unknown[] = Array.isArray(answer['tags']) ? answer['tags'] : [];
  for (const tag of tags) {
    if (typeof tag === 'string' && tag.startsWith('license:')) return tag.slice('license:'.length);
  }
  return undefined;
}

/** Reads the Hub's answer about a revision; undefined when the answer is not one (docs/hub-protocol.md section 1.2). */
function readRevision(
  { value: answer, refusedToken }: Answer,
  asked: { readonly repo: string; readonly revision: string },
): HubRevision | undefined {
  if (!isObject(answer)) return undefined;
  const { sha, id, gated } = answer;
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) return undefined;
  const licence = licenceOf(answer);
  return {
    repo: typeof id === 'string' && isRepoId(id) ? id : asked.repo,
    revision: asked.revision,
    commit: sha,
    gated: gated !== undefined && gated !== false,
    ...statedKind(answer),
    ...defined({ licence, refusedToken }),
  };
}

/** A {@link HubClient} for one endpoint. Keeps nothing between two questions. */
export function createHubClient(given: HubClientOptions): HubClient {
  const endpoint = given.endpoint.replace(/\/+$/, '');
  if (!/^https?:\/\//.test(endpoint) || parseUrl(endpoint) === undefined) {
    throw new AsrError(
      'unsupported',
      localized('“{0}” is not the address of a Hub.', given.endpoint),
    );
  }
  const { username, password, search, hash } = new URL(endpoint);
  if (username !== '' || password !== '') {
    throw new AsrError(
      'unsupported',
      localized('The Hub’s address must not contain a password. Set an access token instead.'),
    );
  }
  if (search !== '' || hash !== '') {
    throw new AsrError(
      'unsupported',
      localized(
        '“{0}” is not the address of a Hub: leave out what begins with “?” or “#”.',
        endpoint.replace(/[?#].*$/s, ''),
      ),
    );
  }
  const options: HubClientOptions = { ...given, endpoint };
  const { host } = new URL(endpoint);

  return {
    endpoint,

    async resolveRevision(repo, revision, signal) {
      requireRepoId(repo);
      const answer = await askHub(options, {
        url: revisionUrl(endpoint, repo, revision),
        repo,
        revision,
        pageUrl: repoPageUrl(endpoint, repo),
        maxBytes: maxRevisionBytes,
        signal,
      });
      const read = readRevision(answer, { repo, revision });
      if (read === undefined) {
        throw new AsrError(
          'unsupported',
          localized('{0} did not say which commit {1} of {2} is.', host, revision, repo),
          { details: { host } },
        );
      }
      if (/^[0-9a-f]{40}$/.test(revision) && read.commit !== revision) {
        throw new AsrError(
          'integrity',
          localized('{0} answered with another commit of {1} than was asked for.', host, repo),
          { details: { host } },
        );
      }
      return read;
    },

    async listFiles(repo, commit, signal) {
      requireRepoId(repo);
      return listTree(options, repo, commit, signal);
    },

    fileUrls: (repo, commit, path) => [
      { url: fileUrl(endpoint, repo, commit, path), isMirror: false },
    ],
    pageUrl: (repo) => repoPageUrl(endpoint, repo),

    async whoAmI(token, signal) {
      const answer = await askHub(options, {
        url: whoAmIUrl(endpoint),
        token,
        maxBytes: 1_000_000,
        signal,
      });
      const name = isObject(answer.value) ? answer.value['name'] : undefined;
      if (typeof name === 'string' && name !== '') return name;
      throw new AsrError('unsupported', localized('{0} did not say whose token it is.', host), {
        details: { host },
      });
    },
  };
}
