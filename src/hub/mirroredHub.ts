import { AsrError, isCancellation } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import { hostOf } from '../http';
import type { HubClient } from './hubClient';
import { isUnreachable } from './askHub';

/** How long a mirror that answered in the hub's place is asked first. */
const preferredMs = 60_000;

interface MirroredHubOptions {
  readonly hub: HubClient;
  /** In the order to ask them. They are given no token. */
  readonly mirrors: readonly HubClient[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A {@link HubClient} that asks mirrors, in order, when the hub can't be reached or has a problem of its own. A refusal
 * (a missing repository, a gated one) is no reason to ask elsewhere. When none of them answers, the hub's own error is
 * thrown. The page of a repository and the owner of a token are the hub's alone.
 */
export function createMirroredHub({ hub, mirrors, clock, logger }: MirroredHubOptions): HubClient {
  let preferred: { readonly client: HubClient; readonly untilMs: number } | undefined;

  function inOrder(): readonly HubClient[] {
    const all = [hub, ...mirrors];
    if (preferred === undefined || clock.nowMs() >= preferred.untilMs) return all;
    const { client } = preferred;
    return [client, ...all.filter((each) => each !== client)];
  }

  async function first<T>(ask: (client: HubClient) => Promise<T>): Promise<T> {
    const failures = new Map<HubClient, unknown>();
    for (const client of inOrder()) {
      try {
        const answer = await ask(client);
        if (client !== hub) preferred = { client, untilMs: clock.nowMs() + preferredMs };
        else preferred = undefined;
        return answer;
      } catch (error) {
        if (isCancellation(error) || (client === hub && !isUnreachable(error))) throw error;
        failures.set(client, error);
        const message = error instanceof AsrError ? error.message : String(error);
        logger.warn(`hub: ${hostOf(client.endpoint)} is of no use now (${message})`);
      }
    }
    throw failures.get(hub);
  }

  return {
    endpoint: hub.endpoint,
    resolveRevision: (repo, revision, signal) =>
      first((client) => client.resolveRevision(repo, revision, signal)),
    listFiles: (repo, commit, signal) => first((client) => client.listFiles(repo, commit, signal)),
    fileUrls: (repo, commit, path) =>
      inOrder().flatMap((client) =>
        client
          .fileUrls(repo, commit, path)
          .map((address) => (client === hub ? address : { ...address, isMirror: true })),
      ),
    pageUrl: (repo) => hub.pageUrl(repo),
    whoAmI: (token, signal) => hub.whoAmI(token, signal),
  };
}
