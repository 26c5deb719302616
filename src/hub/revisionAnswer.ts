import { isObject, type JsonObject } from '../common/json';
import { defined } from '../protocol/defined';
import type { HubRevision } from './hubClient';
import { isRepoId } from './repoId';

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
export function readRevision(
  answer: unknown,
  asked: { readonly repo: string; readonly revision: string },
): HubRevision | undefined {
  if (!isObject(answer)) return undefined;
  const { sha, id, gated, lastModified } = answer;
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) return undefined;
  const licence = licenceOf(answer);
  return {
    repo: typeof id === 'string' && isRepoId(id) ? id : asked.repo,
    revision: asked.revision,
    commit: sha,
    gated: gated !== undefined && gated !== false,
    private: answer['private'] === true,
    ...defined({ licence }),
    ...(typeof lastModified === 'string' ? { lastModified } : {}),
  };
}
