import { createHash } from 'node:crypto';
import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import {
  checkAgainstHub,
  matchesPatterns,
  plainFilesCommit,
  type CatalogModel,
  type ModelSource,
} from '../catalog';
import type { FileSource } from '../download';
import type { HubClient, TokenSource } from '../hub';
import type { SnapshotSpec, TreeEntry } from '../cache';
import { explainRefusal, gatedWithoutToken } from './explainRefusal';
import type { HubAnswer } from './hubAnswers';

/** A model pinned to a commit: what shall be in the cache, and where each file's bytes come from. */
export interface ResolvedModel {
  readonly spec: SnapshotSpec;
  readonly totalBytes: number;
  /** What the hub said; absent for plain files. */
  readonly answer?: HubAnswer;
  /** The places to ask for a file of the spec, in order. Reads the token anew. */
  sources(path: string): Promise<readonly FileSource[]>;
  /** What a refusal of the bytes means for a person. */
  explain(error: AsrError): Promise<AsrError>;
}

/** What resolving needs. */
export interface ResolveDependencies {
  readonly hub: (endpoint?: string) => HubClient;
  readonly token: TokenSource;
}

/** Turns a model into a commit and its files; asks the hub for models that live there. */
export async function resolveModel(
  model: CatalogModel,
  ports: ResolveDependencies,
  signal: AbortSignal,
): Promise<ResolvedModel> {
  const { source } = model;
  if (model.unavailable !== undefined) {
    throw new AsrError(
      'unsupported',
      localized(
        '{0} can’t be downloaded here: {1}. Choose another variant.',
        model.name,
        model.unavailable,
      ),
    );
  }
  if (source.kind === 'files') return resolveFiles(source);

  const hub = ports.hub(source.endpoint);
  const revision = source.revision ?? 'main';
  const pinned = await hub.resolveRevision(source.repo, revision, signal);
  const token = await ports.token(new URL(hub.endpoint).origin);
  if (pinned.gated && token === undefined) {
    throw gatedWithoutToken(model, hub);
  }
  const tree = await hub.listFiles(pinned.repo, pinned.commit, signal);
  const wanted = tree.filter(({ path }) => matchesPatterns(path, source.patterns));
  checkNotEmpty(model, wanted);
  checkAgainstHub(model, pinned.commit, wanted);

  const mirrors = (source.mirrors ?? []).map((endpoint) => ports.hub(endpoint));
  return {
    spec: {
      repo: source.repo,
      commit: pinned.commit,
      revision,
      tree,
      paths: wanted.map(({ path }) => path),
    },
    totalBytes: wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    answer: { commit: pinned.commit, gated: pinned.gated, files: tree },
    explain: (error) => explainRefusal(error, model, hub, ports.token),
    sources: (path) =>
      Promise.all(
        [hub, ...mirrors].map(async (client) => {
          const url = client.resolveUrl(pinned.repo, pinned.commit, path);
          const own = await ports.token(new URL(client.endpoint).origin);
          return own === undefined ? { url } : { url, token: own };
        }),
      ),
  };
}

/** A hub's list that has none of the wanted files is as wrong as one that lacks a required file. */
function checkNotEmpty(model: CatalogModel, wanted: readonly TreeEntry[]): void {
  if (wanted.length > 0) return;
  const { source } = model;
  throw new AsrError(
    'notFound',
    localized(
      '{0} does not contain {1}. The model may have been moved or renamed.',
      source.repo,
      source.kind === 'hub' && source.patterns.length > 0 ? source.patterns.join(', ') : '*',
    ),
  );
}

/** Plain https files become a repository of their own, whose commit is the digest of their list. */
function resolveFiles(source: Extract<ModelSource, { kind: 'files' }>): ResolvedModel {
  const tree: TreeEntry[] = source.files.map(({ path, sizeBytes, sha256 }) => ({
    path,
    sizeBytes,
    digest: { algorithm: 'sha256', hex: sha256 },
    gitOid: createHash('sha1').update(sha256).digest('hex'),
  }));
  return {
    spec: {
      repo: source.repo,
      commit: plainFilesCommit(source),
      revision: 'main',
      tree,
      paths: tree.map(({ path }) => path),
    },
    totalBytes: tree.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    explain: (error) => Promise.resolve(error),
    sources: (path) =>
      Promise.resolve(
        source.files
          .filter((file) => file.path === path)
          .flatMap(({ urls }) => urls.map((url) => ({ url }))),
      ),
  };
}
