import type { Answer } from './answer';
import { hubError } from './hubAnswers';
import type { HubState, TestToken } from './hubState';
import type { TestRepo } from './repository';

const badCredentials = 'Invalid credentials in Authorization header';

/** What a token is worth: nobody sent one, nobody knows it, or somebody's. */
export type Caller = 'anonymous' | 'unknown' | TestToken;

export function callerOf(state: HubState, token: string | undefined): Caller {
  if (token === undefined) return 'anonymous';
  return state.options.tokens[token] ?? 'unknown';
}

/** 401 with the message that tells a bad token from a missing repository (docs/hub-protocol.md section 3.1). */
export function badTokenAnswer(): Answer {
  return hubError(401, undefined, badCredentials);
}

/** The repository when the caller may see it, or the refusal. */
export function visibleRepo(state: HubState, name: string, caller: Caller): TestRepo | Answer {
  const repo = state.repos.get(name);
  const isHidden = repo?.options.private === true && !hasAccess(repo, caller);
  if (repo === undefined || isHidden) {
    // An anonymous caller learns nothing: a missing repository looks like a private one.
    if (caller === 'anonymous') {
      return hubError(401, 'RepoNotFound', 'Invalid username or password.');
    }
    return caller === 'unknown'
      ? badTokenAnswer()
      : hubError(404, 'RepoNotFound', 'Repository not found');
  }
  if (repo.options.disabled === true) {
    return hubError(403, undefined, 'Access to this resource is disabled.');
  }
  return repo;
}

/** The refusal of a gated repository's bytes, or undefined when the caller may have them. */
export function gateAnswer(repo: TestRepo, caller: Caller): Answer | undefined {
  if (repo.options.gated === undefined || hasAccess(repo, caller)) return undefined;
  const isStranger = caller === 'anonymous' || caller === 'unknown';
  return hubError(
    isStranger ? 401 : 403,
    'GatedRepo',
    isStranger
      ? `Access to model ${repo.name} is restricted. You must have access to it and be authenticated to access it. Please log in.`
      : `Access to model ${repo.name} is restricted and you are not in the authorized list.`,
  );
}

function hasAccess(repo: TestRepo, caller: Caller): boolean {
  if (caller === 'anonymous' || caller === 'unknown') return false;
  return caller.access === '*' || caller.access.includes(repo.name);
}

export function isAnswer(value: TestRepo | Answer): value is Answer {
  return 'status' in value;
}
