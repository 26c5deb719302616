import { createHash } from 'node:crypto';
import { defined } from '../protocol/defined';
import { AsrError, toAsrError } from '../common/asrError';
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
import type { HubAnswer } from './hubAnswers';

/** A model pinned to a commit: what shall be in the cache, and where each file's bytes come from. */
export interface ResolvedModel {
  readonly spec: SnapshotSpec;
  readonly totalBytes: number;
  /** What the hub said; absent for plain files. */
  readonly answer?: HubAnswer;
  /** The URLs of a file of the spec, in the order to try them. Reads the token each time. */
  sources(path: string): Promise<readonly FileSource[]>;
  /** The error to show when a source refuses the bytes. */
  explain(error: AsrError): Promise<AsrError>;
}

/** What {@link resolveModel} needs. */
export interface ResolveDependencies {
  readonly hub: (endpoint?: string) => HubClient;
  readonly token: TokenSource;
}

/** Turns a model into a commit and its files; asks the hub for models that live there. */
export async function resolveModel(
  model: CatalogModel,
  dependencies: ResolveDependencies,
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

  const hub = dependencies.hub(source.endpoint);
  const revision = source.revision ?? 'main';
  const pinned = await hub.resolveRevision(source.repo, revision, signal);
  const token = await dependencies.token(new URL(hub.endpoint).origin);
  if (pinned.gated && token === undefined) {
    throw gatedWithoutToken(model, hub);
  }
  const tree = await hub.listFiles(pinned.repo, pinned.commit, signal);
  const wanted = tree.filter(({ path }) => matchesPatterns(path, source.patterns));
  checkNotEmpty(model, wanted);
  checkAgainstHub(model, pinned.commit, wanted);

  const mirrors = (source.mirrors ?? []).map((endpoint) => dependencies.hub(endpoint));
  return {
    spec: {
      repo: spelling(pinned.repo, source.repo),
      commit: pinned.commit,
      revision,
      tree,
      paths: wanted.map(({ path }) => path),
    },
    totalBytes: wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    answer: { commit: pinned.commit, gated: pinned.gated, files: tree },
    explain: (error) => explainRefusal(error, model, hub, dependencies.token),
    sources: (path) =>
      Promise.all(
        [hub, ...mirrors].map(async (client) => {
          const url = client.resolveUrl(pinned.repo, pinned.commit, path);
          const own = await dependencies.token(new URL(client.endpoint).origin);
          return own === undefined ? { url } : { url, token: own };
        }),
      ),
  };
}

/** The hub's own spelling of a repository: it ignores case, and a disk may not. One that was renamed keeps its old name. */
function spelling(hubs: string, asked: string): string {
  return hubs.toLowerCase() === asked.toLowerCase() ? hubs : asked;
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

/**
 * The Hub refuses a gated file in one way whether there is no token, a wrong one, or one whose owner has not accepted
 * the terms (docs/hub-protocol.md section 3.1). This function finds out which it is, and returns an error that names
 * the model and its licence page.
 */
async function explainRefusal(
  error: AsrError,
  model: CatalogModel,
  hub: HubClient,
  token: TokenSource,
): Promise<AsrError> {
  if (error.code !== 'gated') return error;
  const helpUrl = hub.pageUrl(model.source.repo);
  const details = { ...error.details, helpUrl, endpoint: hub.endpoint };
  const value = await token(new URL(hub.endpoint).origin);
  if (value === undefined) return gatedWithoutToken(model, hub, error);
  try {
    const name = await hub.whoAmI(value, new AbortController().signal);
    return new AsrError(
      'gated',
      localized(
        '{0} has not been given access to {1} yet. Accept its terms on the licence page, then try again.',
        name,
        model.source.repo,
      ),
      { cause: error, details },
    );
  } catch (refusal) {
    const failure = toAsrError(refusal);
    if (failure.code !== 'auth') return error;
    return new AsrError('auth', failure.localizedMessage, {
      cause: refusal,
      details: { ...failure.details, endpoint: hub.endpoint },
    });
  }
}

/** The error for a gated model when no token is set; no request is needed to know it. */
function gatedWithoutToken(model: CatalogModel, hub: HubClient, cause?: unknown): AsrError {
  return new AsrError(
    'gated',
    localized(
      '{0} asks for its terms to be accepted. Accept them on the licence page of {1}, then set a token.',
      model.name,
      model.source.repo,
    ),
    {
      details: { helpUrl: hub.pageUrl(model.source.repo), endpoint: hub.endpoint },
      ...defined({ cause }),
    },
  );
}
