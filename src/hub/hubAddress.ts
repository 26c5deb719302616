import { kindFacts } from './statedKind';

/**
 * The fields that are requested of a revision; naming them keeps the answer small (docs/hub-protocol.md section 1.2).
 */
const revisionFacts = ['sha', 'gated', 'cardData', 'tags', ...kindFacts];

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/**
 * The address of a revision's facts. The revision is one path segment, slashes encoded
 * (docs/hub-protocol.md section 1.1).
 */
export function revisionUrl(endpoint: string, repo: string, revision: string): string {
  const query = revisionFacts.map((fact) => `expand=${fact}`).join('&');
  return `${endpoint}/api/models/${encodePath(repo)}/revision/${encodeURIComponent(revision)}?${query}`;
}

/** The address of the first page of a commit's file list (docs/hub-protocol.md section 1.3). */
export function treeUrl(endpoint: string, repo: string, commit: string): string {
  return `${endpoint}/api/models/${encodePath(repo)}/tree/${encodeURIComponent(commit)}?recursive=true&expand=false`;
}

/** The address of a file's bytes. The slashes of the path are not encoded (docs/hub-protocol.md section 2). */
export function fileUrl(endpoint: string, repo: string, commit: string, path: string): string {
  return `${endpoint}/${encodePath(repo)}/resolve/${encodeURIComponent(commit)}/${encodePath(path)}`;
}

/** The repository's page for a person. */
export function repoPageUrl(endpoint: string, repo: string): string {
  return `${endpoint}/${encodePath(repo)}`;
}

/** The owner of a token. */
export function whoAmIUrl(endpoint: string): string {
  return `${endpoint}/api/whoami-v2`;
}
