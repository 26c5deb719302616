import type { PreparedSnapshot, RepairPort } from '../cache';
import { AsrError, Cancelled } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { ManagerDependencies } from './managerDependencies';
import type { ModelRecord } from './modelRecord';
import { resolveModel } from './resolveModel';
import { transferMissing } from './transferMissing';

/** Gives the store what it can't do itself while it repairs: the network, with each model's own sources. */
export function repairPort(
  ports: ManagerDependencies,
  records: readonly ModelRecord[],
): RepairPort {
  return {
    async fetch(prepared: PreparedSnapshot, signal: AbortSignal | undefined) {
      const { repo, commit } = prepared.spec;
      const record = records.find(
        (candidate) => candidate.model.source.repo === repo && candidate.commit === commit,
      );
      if (record === undefined) throw notRepairable(repo);
      const { source } = record.model;
      // The very commit that is here is asked for: a repair is not an update. Facts of another commit say nothing of it.
      const isAnother = source.kind === 'hub' && source.revision !== commit;
      const pinned = {
        ...record.model,
        ...(isAnother ? { files: [] } : {}),
        source: source.kind === 'hub' ? { ...source, revision: commit, patterns: [] } : source,
      };
      const resolved = await resolveModel(pinned, ports, signal ?? new AbortController().signal);
      const { finished, cancel } = await transferMissing(ports, prepared, resolved, {
        progress: () => undefined,
        published: () => undefined,
      });
      signal?.addEventListener('abort', cancel, { once: true });
      const outcome = await finished;
      if (outcome.kind === 'failed') throw outcome.error;
      if (outcome.kind !== 'completed') throw new Cancelled();
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
