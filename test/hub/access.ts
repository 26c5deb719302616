import type { Answer } from './answer';
import { hubError } from './hubAnswers';
import type { HubState, TestToken } from './hubState';
import type { TestRepo } from './repository';

const badCredentials = 'Invalid credentials in Authorization header';

/** The caller of a request: anonymous, with an unknown token, or a user. */
export type Caller = 'anonymous' | 'unknown' | TestToken;

export function callerOf(state: HubState, token: string | undefined): Caller {
  if (token === undefined) return 'anonymous';
  return state.options.tokens[token] ?? 'unknown';
}

/** 401 with the message that distinguishes a bad token from a missing repository (docs/hub-protocol.md section 3.1). */
export function badTokenAnswer(): Answer {
  return hubError(401, undefined, badCredentials);
}

/** The repository if the caller may see it, else the error answer. */
export function visibleRepo(state: HubState, name: string, caller: Caller): TestRepo | Answer {
  const repo = state.repoNamed(name);
  const isHidden = repo?.options.private === true && !hasAccess(repo, caller);
  if (repo === undefined || isHidden) {
    // For an anonymous caller a missing repository and a private one have the same answer.
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

/** The error answer for the files of a gated repository; undefined when the caller has access. */
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
