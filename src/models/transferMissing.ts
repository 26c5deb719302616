import type { PreparedSnapshot, RepairPort } from '../cache';
import { matchesPatterns } from '../catalog';
import { AsrError, Cancelled } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type {
  DownloadEngine,
  Transfer,
  TransferOutcome,
  TransferProgress,
  TransferSettings,
} from '../download';
import type { NetworkSettings } from '../http';
import type { ModelRecord } from './modelRecord';
import { type ResolveDependencies, resolveModel, type ResolvedModel } from './resolveModel';

/** The person's settings, read each time they are needed. */
interface ManagerSettings {
  readonly transfer: TransferSettings;
  readonly network: NetworkSettings;
}

/** The dependencies of {@link transferMissing}. */
export interface TransferDependencies {
  readonly engine: DownloadEngine;
  readonly settings: () => Promise<ManagerSettings>;
  readonly userAgent: string;
}

/** The options of {@link transferMissing}. */
interface TransferOptions {
  /** The bytes that the waiting downloads will need on the same disk. */
  readonly queuedBytes?: number;
  readonly onProgress?: (progress: TransferProgress) => void;
  readonly onPublished?: (path: string) => void;
}

/**
 * Fetches every `missing` file of a preparation and publishes each one as soon as it is verified. `outcome` settles
 * when every verified file is published, and rejects when one could not be.
 */
export async function transferMissing(
  { engine, settings, userAgent }: TransferDependencies,
  prepared: PreparedSnapshot,
  resolved: Pick<ResolvedModel, 'sources'>,
  { queuedBytes = 0, onProgress, onPublished }: TransferOptions = {},
): Promise<{ readonly transfer: Transfer; readonly outcome: Promise<TransferOutcome> }> {
  const missing = prepared.files.filter(({ state }) => state === 'missing');
  const files = await Promise.all(
    missing.map(async ({ entry, partialPath, journalPath }) => ({
      path: entry.path,
      sizeBytes: entry.sizeBytes,
      digest: entry.digest,
      partialPath,
      journalPath,
      sources: await resolved.sources(entry.path),
    })),
  );
  const publishing: Promise<void>[] = [];
  // Read last: a setting that changes after this reaches the engine as a change (ModelManager.applySettings).
  const { transfer: rules, network } = await settings();
  const transfer = engine.start(
    { files, settings: rules, network, userAgent, queuedBytes },
    {
      progress: onProgress ?? (() => undefined),
      verified: ({ path }) => {
        const published = prepared.publish(path).then(() => onPublished?.(path));
        // Awaited below; until then a rejection must not count as unhandled.
        published.catch(() => undefined);
        publishing.push(published);
      },
    },
  );
  const outcome = transfer.finished.then(async (ended) => {
    await Promise.all(publishing);
    return ended;
  });
  return { transfer, outcome };
}

/** The part that the cache lacks to repair models: missing files, fetched from each model's own sources. */
export function repairPort(
  dependencies: ResolveDependencies & TransferDependencies,
  records: readonly ModelRecord[],
): RepairPort {
  /** The very commit that is here is asked for: a repair is not an update. Facts of another commit say nothing of it. */
  const resolved = async (
    repo: string,
    commit: string,
    signal: AbortSignal | undefined,
  ): Promise<ResolvedModel> => {
    const record = records.find(
      (candidate) => candidate.model.source.repo === repo && candidate.commit === commit,
    );
    if (record === undefined) throw notRepairable(repo);
    const { source } = record.model;
    const isAnother = source.kind === 'hub' && source.revision !== commit;
    const pinned = {
      ...record.model,
      ...(isAnother ? { files: [] } : {}),
      source: source.kind === 'hub' ? { ...source, revision: commit, patterns: [] } : source,
    };
    return await resolveModel(pinned, dependencies, signal ?? new AbortController().signal);
  };
  return {
    async treeOf(repo, commit, signal) {
      const { spec } = await resolved(repo, commit, signal);
      return spec.commit === commit ? spec.tree : undefined;
    },
    pathsOf(model, tree) {
      const record = records.find(({ paths }) => paths === model.paths);
      const source = record?.model.source;
      const patterns = source?.kind === 'hub' ? source.patterns : [];
      return tree.map(({ path }) => path).filter((path) => matchesPatterns(path, patterns));
    },
    async fetch(prepared, signal) {
      // A repair of a missing list or ref needs no bytes.
      if (prepared.files.every(({ state }) => state === 'present')) return;
      const { repo, commit } = prepared.spec;
      const model = await resolved(repo, commit, signal);
      const { transfer, outcome } = await transferMissing(dependencies, prepared, model);
      signal?.addEventListener('abort', () => transfer.cancel(), { once: true });
      const ended = await outcome;
      if (ended.kind === 'failed') throw ended.error;
      if (ended.kind !== 'completed') throw new Cancelled();
    },
  };
}

function notRepairable(repo: string): AsrError {
  return new AsrError(
    'unsupported',
    localized(
      'Nobody knows where the files of {0} came from. Delete the model and download or import it again.',
      repo,
    ),
  );
}
