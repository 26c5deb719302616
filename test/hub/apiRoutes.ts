import { createHash } from 'node:crypto';
import { isObject, parseJson } from '../../src/common/json';
import { badTokenAnswer, callerOf, isAnswer, visibleRepo } from './access';
import type { Answer } from './answer';
import { contentBytes } from './content';
import { hubError, jsonAnswer } from './hubAnswers';
import type { HubState } from './hubState';
import { pipelineTagOf, searchAnswer, tagsOf } from './searchRoute';
import { lfsPointer, xetHash, type StoredFile, type TestRepo } from './repository';

/** An entry of the tree API (docs/hub-protocol.md section 1.3). */
interface TreeEntry {
  readonly type: 'file' | 'directory';
  readonly oid: string;
  readonly size: number;
  readonly path: string;
  readonly lfs?: { readonly oid: string; readonly size: number; readonly pointerSize: number };
  readonly xetHash?: string;
  readonly lastCommit?: { readonly id: string; readonly title: string; readonly date: string };
}

/** A parsed request. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly token: string | undefined;
  readonly body: string;
}

const verbs = new Set(['revision', 'tree', 'refs', 'paths-info', 'xet-read-token']);

/** `/api/...`: the models API (docs/hub-protocol.md section 1). */
export async function apiAnswer(state: HubState, asked: Asked): Promise<Answer> {
  const caller = callerOf(state, asked.token);
  const parts = asked.url.pathname.split('/').slice(2).map(decodeURIComponent);
  if (parts[0] === 'whoami-v2') {
    if (caller === 'anonymous' || caller === 'unknown') return badTokenAnswer();
    return jsonAnswer({ type: 'user', name: caller.name, fullname: caller.name, auth: {} });
  }
  if (parts[0] !== 'models') return hubError(404, undefined, 'Not found');
  if (caller === 'unknown') return badTokenAnswer();

  if (parts.length === 1) {
    const infoOf = (repo: TestRepo) => modelInfo(repo, 'main', asked.url.searchParams);
    return await searchAnswer(state, asked.url, caller, infoOf);
  }
  const [first = '', second = ''] = parts.slice(1);
  const isShort = second === '' || verbs.has(second) || state.repos.has(first);
  const name = isShort ? first : `${first}/${second}`;
  const rest = parts.slice(isShort ? 2 : 3);
  const present = state.renamed(name);
  if (present !== undefined) {
    const tail = asked.url.pathname.split('/').slice(isShort ? 4 : 5);
    const path = ['/api/models', present, ...tail].join('/');
    return hubError(307, undefined, 'Moved', { Location: `${path}${asked.url.search}` });
  }
  const repo = visibleRepo(state, name, caller);
  if (isAnswer(repo)) return repo;

  const [verb, ...args] = rest;
  switch (verb) {
    case undefined:
      return infoAnswer(repo, 'main', asked.url.searchParams);
    case 'revision':
      return infoAnswer(repo, args[0] ?? 'main', asked.url.searchParams);
    case 'refs':
      return refsAnswer(repo);
    case 'tree':
      return treeAnswer(state, repo, args, asked.url);
    case 'paths-info':
      return pathsInfoAnswer(repo, args[0] ?? 'main', asked.body);
    default:
      return hubError(404, undefined, 'Not found');
  }
}

export function revisionNotFound(revision: string): Answer {
  return hubError(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
}

async function infoAnswer(
  repo: TestRepo,
  revision: string,
  query: URLSearchParams,
): Promise<Answer> {
  const info = await modelInfo(repo, revision, query);
  return info === undefined ? revisionNotFound(revision) : jsonAnswer(info);
}

/** The Hub's facts about a model, or those that `expand` names; undefined without such a revision. */
async function modelInfo(
  repo: TestRepo,
  revision: string,
  query: URLSearchParams,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const commit = repo.commit(revision);
  if (commit === undefined) return undefined;
  const files = [...commit.files.values()];
  const { licence } = repo.options;
  const withBlobs = query.get('blobs') === 'true';
  const all: Record<string, unknown> = {
    author: repo.name.includes('/') ? repo.name.split('/')[0] : undefined,
    sha: commit.id,
    lastModified: repo.options.lastModified ?? '2025-01-02T03:04:05.000Z',
    createdAt: '2024-01-02T03:04:05.000Z',
    private: repo.options.private === true,
    gated: repo.options.gated ?? false,
    disabled: false,
    downloads: repo.options.downloads ?? 1,
    likes: 1,
    pipeline_tag: pipelineTagOf(repo),
    tags: tagsOf(repo),
    cardData: licence === undefined ? undefined : { license: licence },
    usedStorage: files.reduce((sum, file) => sum + file.content.sizeBytes, 0),
    config: configOf(files),
    gguf: ggufOf(files),
    siblings: await Promise.all(files.map((file) => sibling(file, withBlobs))),
  };
  const wanted = [...query.getAll('expand'), ...query.getAll('expand[]')];
  const fields =
    wanted.length === 0
      ? all
      : Object.fromEntries(Object.entries(all).filter(([key]) => wanted.includes(key)));
  return { _id: commit.id.slice(0, 24), id: repo.name, modelId: repo.name, ...fields };
}

/** The fields of a config.json that the Hub tells. */
function configOf(files: readonly StoredFile[]): unknown {
  const file = files.find(({ path }) => path === 'config.json');
  const config = file === undefined ? undefined : parseJson(contentBytes(file.content).toString());
  if (!isObject(config)) return undefined;
  return { architectures: config['architectures'], model_type: config['model_type'] };
}

/** The Hub's facts about a GGUF file: its architecture stands behind the key, a type (4 bytes) and a length (8). */
function ggufOf(files: readonly StoredFile[]): unknown {
  const file = files.find(({ path }) => path.endsWith('.gguf'));
  if (file === undefined) return undefined;
  const head = file.content.read(0, 4096);
  const key = 'general.architecture';
  const start = head.indexOf(key) + key.length + 4;
  if (start < key.length + 4 || start + 8 > head.length) return undefined;
  const length = Number(head.readBigUInt64LE(start));
  const architecture = head.toString('utf8', start + 8, start + 8 + Math.min(length, 64));
  return { total: file.content.sizeBytes, architecture, context_length: 0 };
}

async function sibling(file: StoredFile, withBlobs: boolean): Promise<unknown> {
  if (!withBlobs) return { rfilename: file.path };
  const entry = await treeEntry(file);
  return {
    rfilename: file.path,
    size: entry.size,
    blobId: entry.oid,
    ...(entry.lfs === undefined
      ? {}
      : {
          lfs: {
            sha256: entry.lfs.oid,
            size: entry.lfs.size,
            pointerSize: entry.lfs.pointerSize,
          },
        }),
  };
}

function refsAnswer(repo: TestRepo): Answer {
  const list = (refs: ReadonlyMap<string, string>, prefix: string): unknown[] =>
    [...refs].map(([name, targetCommit]) => ({ name, ref: `${prefix}${name}`, targetCommit }));
  return jsonAnswer({
    branches: list(repo.branches, 'refs/heads/'),
    converts: [],
    tags: list(repo.tags, 'refs/tags/'),
  });
}

async function treeAnswer(
  state: HubState,
  repo: TestRepo,
  args: readonly string[],
  url: URL,
): Promise<Answer> {
  const [revision = 'main', ...folder] = args;
  const commit = repo.commit(revision);
  if (commit === undefined) return revisionNotFound(revision);
  const query = url.searchParams;
  const expand = query.get('expand') === 'true';
  const recursive = ['true', '1'].includes(query.get('recursive') ?? '');
  const pageSize = state.options.treePageSize ?? (expand ? 50 : 1000);
  const start = Number(Buffer.from(query.get('cursor') ?? '', 'base64url').toString() || '0');
  const paths = treeEntries(commit.files, folder.join('/'), recursive);
  const page = await Promise.all(
    paths.slice(start, start + pageSize).map(async (path): Promise<TreeEntry> => {
      const file = commit.files.get(path);
      const entry =
        file === undefined
          ? { type: 'directory' as const, oid: gitIdOfFolder(path), size: 0, path }
          : await treeEntry(file);
      return expand ? { ...entry, lastCommit: lastCommit(commit.id) } : entry;
    }),
  );
  if (start + pageSize >= paths.length) return jsonAnswer(page, { 'X-Repo-Commit': commit.id });
  const next = new URL(url);
  next.searchParams.set('cursor', Buffer.from(String(start + pageSize)).toString('base64url'));
  return jsonAnswer(page, { 'X-Repo-Commit': commit.id, Link: `<${next.href}>; rel="next"` });
}

function lastCommit(id: string): { id: string; title: string; date: string } {
  return { id, title: 'Update', date: '2025-01-02T03:04:05.000Z' };
}

async function pathsInfoAnswer(repo: TestRepo, revision: string, body: string): Promise<Answer> {
  const commit = repo.commit(revision);
  if (commit === undefined) return revisionNotFound(revision);
  const json = parseJson(body);
  const asked =
    isObject(json) && Array.isArray(json['paths'])
      ? json['paths'].map(String)
      : new URLSearchParams(body).getAll('paths');
  const files = asked.flatMap((path) => commit.files.get(path) ?? []);
  return jsonAnswer(await Promise.all(files.map(treeEntry)));
}

/** A file's entry; the first call for a large file hashes it. */
async function treeEntry(file: StoredFile): Promise<TreeEntry> {
  const size = file.content.sizeBytes;
  if (!file.lfs) {
    return { type: 'file', oid: await file.content.gitSha1(), size, path: file.path };
  }
  const sha256 = await file.content.sha256();
  const { oid, pointerSize } = lfsPointer(sha256, size);
  return {
    type: 'file',
    oid,
    size,
    path: file.path,
    lfs: { oid: sha256, size, pointerSize },
    xetHash: xetHash(file.content),
  };
}

/** The paths of files and folders below a folder, sorted by name as the Hub lists them. */
function treeEntries(
  files: ReadonlyMap<string, StoredFile>,
  folder: string,
  recursive: boolean,
): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const found = new Set<string>();
  for (const path of files.keys()) {
    if (!path.startsWith(prefix)) continue;
    const parts = path.slice(prefix.length).split('/');
    const depth = recursive ? parts.length : 1;
    for (let length = 1; length <= depth; length += 1) {
      found.add(prefix + parts.slice(0, length).join('/'));
    }
  }
  return [...found].sort();
}

/** A made-up but stable object id for a folder. */
function gitIdOfFolder(path: string): string {
  return createHash('sha1').update(`tree ${path}`).digest('hex');
}
