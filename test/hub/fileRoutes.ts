import { gzipSync } from 'node:zlib';
import { badTokenAnswer, callerOf, gateAnswer, isAnswer, visibleRepo } from './access';
import type { Answer } from './answer';
import { revisionNotFound, type Asked } from './apiRoutes';
import { bufferContent, contentBytes } from './content';
import { fileAnswer, hubError, textAnswer } from './hubAnswers';
import type { HubState } from './hubState';
import { xetHash, type StoredFile } from './repository';

/** A parsed file address. It is parsed before it is answered, so that faults can name the file. */
export interface FileTarget {
  readonly route: 'resolve' | 'resolve-cache' | 'cdn';
  readonly repo: string;
  readonly revision: string;
  readonly path: string;
}

const cdnPrefix = '/xet-bridge-us/';
const cachePrefix = '/api/resolve-cache/models/';

/** Parses a file address of either origin. */
export function fileTarget(origin: 'hub' | 'cdn', pathname: string): FileTarget | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(pathname)) return undefined;
  if (origin === 'cdn') return target('cdn', pathname, cdnPrefix, 0);
  if (pathname.startsWith(cachePrefix)) return target('resolve-cache', pathname, cachePrefix, 0);
  return pathname.startsWith('/api/') ? undefined : target('resolve', pathname, '/', 1);
}

function target(
  route: FileTarget['route'],
  pathname: string,
  prefix: string,
  separators: 0 | 1,
): FileTarget | undefined {
  if (!pathname.startsWith(prefix)) return undefined;
  const parts = pathname.slice(prefix.length).split('/');
  const at =
    separators === 1
      ? parts.findIndex((part, index) => index >= 1 && index <= 2 && part === 'resolve')
      : parts.findIndex((part, index) => index >= 1 && /^[0-9a-f]{40}$/.test(part));
  if (at < 1) return undefined;
  const revision = parts[at + separators];
  const path = parts.slice(at + separators + 1);
  if (revision === undefined || path.length === 0) return undefined;
  return {
    route,
    repo: parts.slice(0, at).map(decodeURIComponent).join('/'),
    revision: decodeURIComponent(revision),
    path: path.map(decodeURIComponent).join('/'),
  };
}

/** `/{repo}/resolve/...` and the address that it redirects to for small files (docs/hub-protocol.md section 2.1). */
export async function hubFileAnswer(
  state: HubState,
  asked: Asked,
  file: FileTarget,
  range: string | undefined,
  cdnUrl: string,
): Promise<Answer> {
  const present = state.renamed(file.repo);
  if (present !== undefined) {
    const moved = `/${present}${asked.url.pathname.slice(asked.url.pathname.indexOf('/resolve/'))}`;
    return textAnswer(307, `Temporary Redirect. Redirecting to ${moved}`, {
      Location: `${moved}${asked.url.search}`,
    });
  }
  const caller = callerOf(state, asked.token);
  const repo = visibleRepo(state, file.repo, caller);
  if (isAnswer(repo)) return repo;
  const refusal = gateAnswer(repo, caller);
  if (refusal !== undefined) return refusal;
  if (caller === 'unknown') return badTokenAnswer();

  const commit = repo.commit(file.revision);
  if (commit === undefined) return revisionNotFound(file.revision);
  const stored = commit.files.get(file.path);
  const pinned = { 'X-Repo-Commit': commit.id };
  if (stored === undefined) return hubError(404, 'EntryNotFound', 'Entry not found', pinned);

  if (file.route === 'resolve-cache') {
    const etag = `"${await stored.content.gitSha1()}"`;
    return fileAnswer(stored.content, range, { ...pinned, ETag: etag });
  }
  const address = [repo.name, commit.id, ...file.path.split('/').map(encodeURIComponent)].join('/');
  return stored.lfs
    ? largeFileAnswer(state, stored, `${cdnPrefix}${address}`, cdnUrl, pinned)
    : smallFileAnswer(stored, `${cachePrefix}${address}`, asked.url.pathname, pinned);
}

async function smallFileAnswer(
  stored: StoredFile,
  location: string,
  original: string,
  pinned: Readonly<Record<string, string>>,
): Promise<Answer> {
  const etag = `"${await stored.content.gitSha1()}"`;
  const query = `${encodeURIComponent(original)}=&etag=${encodeURIComponent(etag)}`;
  return textAnswer(307, `Temporary Redirect. Redirecting to ${location}`, {
    Location: `${location}?${query}`,
    'X-Linked-Etag': etag,
    'X-Linked-Size': String(stored.content.sizeBytes),
    'Accept-Ranges': 'bytes',
    ...pinned,
  });
}

async function largeFileAnswer(
  state: HubState,
  stored: StoredFile,
  path: string,
  cdnUrl: string,
  pinned: Readonly<Record<string, string>>,
): Promise<Answer> {
  return textAnswer(302, `Found. Redirecting to ${cdnUrl}${path}`, {
    Location: `${cdnUrl}${path}?${state.sign(path)}`,
    'X-Linked-Size': String(stored.content.sizeBytes),
    'X-Linked-Etag': `"${await stored.content.sha256()}"`,
    'X-Xet-Hash': xetHash(stored.content),
    'Accept-Ranges': 'bytes',
    ...pinned,
  });
}

/** The CDN: only signed addresses, another ETag, and no token. */
export function cdnAnswer(
  state: HubState,
  asked: Asked,
  file: FileTarget | undefined,
  headers: { readonly range: string | undefined; readonly acceptsGzip: boolean },
): Answer {
  if (asked.token !== undefined) {
    // Storage back-ends refuse a signed query together with a header (docs/hub-protocol.md section 2.3).
    return xmlError(400, 'InvalidArgument', 'Only one auth mechanism allowed');
  }
  const stored =
    file === undefined
      ? undefined
      : state.repoNamed(file.repo)?.commit(file.revision)?.files.get(file.path);
  if (stored === undefined) return xmlError(404, 'NoSuchKey', 'Not found');
  if (!state.isSigned(asked.url.pathname, asked.url.searchParams)) {
    return xmlError(403, 'AccessDenied', 'Request has expired');
  }
  const etag = { ETag: `"${xetHash(stored.content)}"` };
  if (state.gzipWhenAccepted && headers.acceptsGzip) {
    const gzipped = bufferContent(gzipSync(contentBytes(stored.content)));
    return fileAnswer(gzipped, undefined, { ...etag, 'Content-Encoding': 'gzip' });
  }
  return fileAnswer(stored.content, headers.range, etag);
}

function xmlError(status: number, code: string, message: string): Answer {
  return textAnswer(
    status,
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    { 'Content-Type': 'application/xml' },
  );
}
