/** The facts a revision is asked for; naming them keeps the answer small (hub-protocol 1.1). */
const revisionFacts = ['sha', 'gated', 'private', 'disabled', 'cardData', 'tags', 'lastModified'];

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Where a revision's commit is asked for. The revision is one path segment, slashes encoded (hub-protocol 1). */
export function revisionUrl(endpoint: string, repo: string, revision: string): string {
  const query = revisionFacts.map((fact) => `expand=${fact}`).join('&');
  return `${endpoint}/api/models/${encodePath(repo)}/revision/${encodeURIComponent(revision)}?${query}`;
}

/** Where the first page of a commit's file list is asked for (hub-protocol 1.2). */
export function treeUrl(endpoint: string, repo: string, commit: string): string {
  return `${endpoint}/api/models/${encodePath(repo)}/tree/${encodeURIComponent(commit)}?recursive=true&expand=false`;
}

/** Where a file's bytes are asked for; slashes of the path stay (hub-protocol 2). */
export function fileUrl(endpoint: string, repo: string, commit: string, path: string): string {
  return `${endpoint}/${encodePath(repo)}/resolve/${encodeURIComponent(commit)}/${encodePath(path)}`;
}

/** The repository's page for a person. */
export function repoPageUrl(endpoint: string, repo: string): string {
  return `${endpoint}/${encodePath(repo)}`;
}

/** Who a token belongs to. */
export function whoAmIUrl(endpoint: string): string {
  return `${endpoint}/api/whoami-v2`;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

/** Whether a token may travel to this address at all: over https, or not leaving this machine. */
export function isSafeForToken(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}
