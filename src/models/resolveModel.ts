import { createHash } from 'node:crypto';
import { defined } from '../protocol/defined';
import { AsrError, toAsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { RepoFile } from '../common/repository';
import {
  checkAgainstHub,
  matchesPatterns,
  plainFilesCommit,
  type CatalogModel,
  type ModelSource,
} from '../catalog';
import type { FileSource } from '../download';
import type { HubClient, TokenSource } from '../hub';
import type { SnapshotSpec } from '../cache';
import type { HubAnswer } from './hubAnswers';

/** A model pinned to a commit: what shall be in the cache, and where each file's bytes come from. */
export interface ResolvedModel {
  readonly spec: SnapshotSpec;
  readonly totalBytes: number;
  /** The hub's answer; absent for plain files. */
  readonly answer?: HubAnswer;
  /** The URLs of a file of the spec, in the order to try them. Reads the token each time. */
  sources(path: string): Promise<readonly FileSource[]>;
  /** The error to show when a source refuses the bytes. */
  explain(error: AsrError): Promise<AsrError>;
}

/** The dependencies of {@link resolveModel}. */
export interface ResolveDependencies {
  /** A client for an endpoint (the configured one), and for the mirrors that a catalog names. */
  readonly hub: (endpoint?: string, mirrors?: readonly string[]) => HubClient;
  readonly token: TokenSource;
  /** Called when a hub refused the token and gave without it what was asked for; the error names the token. */
  readonly onRefusedToken?: (error: AsrError) => void;
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
  if (source.kind === 'local') throw onNoHub(model);

  const hub = dependencies.hub(source.endpoint, source.mirrors);
  const revision = source.revision ?? 'main';
  const pinned = await hub.resolveRevision(source.repo, revision, signal);
  if (pinned.refusedToken !== undefined) dependencies.onRefusedToken?.(pinned.refusedToken);
  const tree = await hub.listFiles(pinned.repo, pinned.commit, signal);
  const wanted = tree.filter(({ path }) => matchesPatterns(path, source.patterns));
  checkNotEmpty(model, tree, wanted);
  checkAgainstHub(model, pinned.commit, wanted);

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
    explain: (error) => explainRefusal(error, model, hub, pinned.gated, dependencies.token),
    sources: async (path) => {
      const token =
        pinned.refusedToken === undefined
          ? await dependencies.token(new URL(hub.endpoint).origin)
          : undefined;
      return hub
        .fileUrls(pinned.repo, pinned.commit, path)
        .map(({ url, isMirror }) =>
          isMirror ? { url, isMirror } : { url, ...defined({ token: token?.token }) },
        );
    },
  };
}

/** The error for a model that no hub has: its name belongs to this computer, and at a hub any account could take it. */
export function onNoHub({ name }: CatalogModel): AsrError {
  return new AsrError(
    'notFound',
    localized(
      '{0} is not on any hub: it was put on this computer from a file. Import that file again.',
      name,
    ),
  );
}

/** The hub's own spelling of a repository: it ignores case, and a disk may not. One that was renamed keeps its old name. */
function spelling(hubs: string, asked: string): string {
  return hubs.toLowerCase() === asked.toLowerCase() ? hubs : asked;
}

/**
 * A hub's list that has none of the wanted files is as wrong as one that lacks a required file; so is a repository, asked for
 * whole, without anything but what Git and the Hub keep for themselves.
 */
function checkNotEmpty(
  { source }: CatalogModel,
  tree: readonly RepoFile[],
  wanted: readonly RepoFile[],
): void {
  const patterns = source.kind === 'files' ? [] : source.patterns;
  if (patterns.length > 0 && wanted.length > 0) return;
  if (wanted.some(({ path }) => !isHousekeeping(path))) return;
  const text =
    patterns.length > 0 && tree.length > 0
      ? localized(
          '{0} does not contain {1}. The model may have been moved or renamed.',
          source.repo,
          patterns.join(', '),
        )
      : localized(
          '{0} has no model in it: it is empty, or its files are not uploaded yet. Look at its page.',
          source.repo,
        );
  throw new AsrError('notFound', text);
}

/** Files that every repository gets when it is made: Git's own, the card and the licence. */
function isHousekeeping(path: string): boolean {
  return /^(?:\.git[a-z]*|readme|licen[cs]e|notice)(?:\.[a-z]+)?$/i.test(path);
}

/** Plain https files become a repository of their own, whose commit is the digest of their list. */
function resolveFiles(source: Extract<ModelSource, { kind: 'files' }>): ResolvedModel {
  const tree: RepoFile[] = source.files.map(({ path, sizeBytes, sha256 }) => ({
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
          .flatMap(({ urls }) => urls.map((url, index) => ({ url, isMirror: index > 0 }))),
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
  isGated: boolean,
  tokens: TokenSource,
): Promise<AsrError> {
  if (error.code !== 'gated' && error.code !== 'auth') return error;
  const token = await tokens(new URL(hub.endpoint).origin);
  if (token === undefined) {
    return error.code === 'gated' || isGated ? gatedWithoutToken(model, hub, error) : error;
  }
  const details = { ...error.details, endpoint: hub.endpoint };
  try {
    const name = await hub.whoAmI(token, new AbortController().signal);
    if (error.code === 'auth')
      return new AsrError('auth', error.localizedMessage, { cause: error, details });
    return new AsrError(
      'gated',
      localized(
        '{0} has not been given access to {1} yet. Accept its terms on the licence page, then try again.',
        name,
        model.source.repo,
      ),
      { cause: error, details: { ...details, helpUrl: hub.pageUrl(model.source.repo) } },
    );
  } catch (refusal) {
    const failure = toAsrError(refusal);
    if (failure.code !== 'auth') return error;
    return new AsrError('auth', failure.localizedMessage, { cause: refusal, details });
  }
}

/** The error for a gated model when no token is set. A mirror may have one of its own, so that it is asked all the same. */
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
