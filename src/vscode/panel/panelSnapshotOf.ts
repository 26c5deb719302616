import * as vscode from 'vscode';
import { toAsrError } from '../../common/asrError';
import type { CatalogModel, ModelManager, ModelRecord } from '../../models';
import { defined } from '../../protocol/defined';
import type {
  PanelDisk,
  PanelModel,
  PanelNotice,
  PanelPartial,
  PanelSnapshot,
  PanelUpdates,
} from '../../protocol/panelSnapshot';
import { canReveal, remoteHost } from '../host/remoteHost';
import { catalogProblemText } from '../ui/catalogProblemText';
import { localise } from '../ui/localise';
import type { PanelLoads } from '.';

/** What only the editor's side knows. */
export interface PanelFacts {
  readonly updates: PanelUpdates;
  readonly loads: Pick<PanelLoads, 'loading' | 'failed'>;
  /** The hub could not be reached the last time. */
  readonly isLineDown: boolean;
  /** Model id -> what is being done with it right now. */
  readonly busy: ReadonlyMap<string, 'verifying' | 'deleting'>;
  /** When a model was last loaded here, milliseconds since 1970. */
  readonly lastUsedMs: (modelId: string) => number | undefined;
}

/** Everything that the panel shows and that changes, from the manager as it is now. */
export async function panelSnapshotOf(
  manager: ModelManager,
  facts: PanelFacts,
): Promise<PanelSnapshot> {
  const [records, folder] = await Promise.all([manager.models(), manager.library.folderState()]);
  const here = records.filter(({ state }) => state !== 'notDownloaded');
  const first = await manager.advice.firstChoice(vscode.env.language).catch(() => undefined);
  const notices: PanelNotice[] = manager.catalogProblems().map((problem) => ({
    kind: 'catalogProblem',
    message: catalogProblemText(problem),
  }));
  if (facts.isLineDown) {
    notices.unshift({
      kind: 'offline',
      message: vscode.l10n.t(
        'The hub could not be reached the last time. What is downloaded can be used without a network.',
      ),
    });
  }
  if (folder.kind !== 'ready') {
    notices.unshift({ kind: 'folderMissing', message: localise(folder.localizedMessage) });
  }
  return {
    models: records
      .filter((record) => isWorthSaying(record, facts))
      .map((record) => panelModel(manager, record, facts)),
    partials: here.flatMap(partialOf),
    downloads: manager.downloads().map((download) => manager.record(download)),
    disk: await panelDisk(manager),
    updates: updatesNow(manager, facts.updates),
    ...loadedNow(manager, facts.loads),
    ...defined({ failedLoad: facts.loads.failed }),
    ...(first === undefined
      ? {}
      : { recommendation: { modelId: first.model.id, reason: localise(first.reason) } }),
    notices,
  };
}

function loadedNow(
  { speech: { loaded } }: ModelManager,
  { loading }: PanelFacts['loads'],
): Pick<PanelSnapshot, 'loaded'> {
  if (loading !== undefined) return { loaded: loading };
  if (loaded === undefined) return {};
  return { loaded: { modelId: loaded.modelId, name: loaded.name, state: 'loaded' } };
}

/** The result of the last check, without what was updated or deleted since. */
function updatesNow(manager: ModelManager, updates: PanelUpdates): PanelUpdates {
  if (updates.state !== 'checked') return updates;
  return { ...updates, available: manager.library.updates.length };
}

function isWorthSaying({ model, state }: ModelRecord, { busy }: PanelFacts): boolean {
  return state !== 'notDownloaded' || busy.has(model.id);
}

function panelModel(manager: ModelManager, record: ModelRecord, facts: PanelFacts): PanelModel {
  const { model, state, presentBytes, totalBytes, downloaded } = record;
  const busy = facts.busy.get(model.id);
  const notLoadable = notLoadableText(manager, model);
  const lastUsedMs = facts.lastUsedMs(model.id);
  const measured = downloaded === undefined ? undefined : manager.speech.measurement(downloaded);
  return {
    modelId: model.id,
    name: model.name,
    state,
    presentBytes,
    ...defined({ totalBytes }),
    updateAvailable: manager.library.updates.some(({ modelId }) => modelId === model.id),
    ...defined({ busy, notLoadable }),
    ...(downloaded === undefined
      ? {}
      : {
          disk: {
            familyName: model.familyName,
            sizeOnDisk: downloaded.sizeOnDisk,
            revision: downloaded.revision,
            path: downloaded.path,
            verified: downloaded.verified,
            ...defined({ lastUsedMs }),
            ...(measured === undefined
              ? {}
              : {
                  measured: { realTimeFactor: measured.realTimeFactor, loadMs: measured.loadMs },
                }),
          },
        }),
  };
}

/** Why a model can't be loaded here, whether it is here or not; undefined when nothing is known against it. */
export function notLoadableText(manager: ModelManager, model: CatalogModel): string | undefined {
  const refusal = manager.speech.refusal(model);
  return refusal === undefined ? undefined : localise(refusal.localizedMessage);
}

function partialOf({
  model,
  state,
  presentBytes,
  totalBytes,
  modifiedMs,
}: ModelRecord): PanelPartial[] {
  if (state !== 'incomplete') return [];
  return [
    {
      modelId: model.id,
      name: model.name,
      downloadedBytes: presentBytes,
      ...defined({ totalBytes }),
      modifiedMs: modifiedMs ?? 0,
      resumable: true,
    },
  ];
}

async function panelDisk(manager: ModelManager): Promise<PanelDisk> {
  const [usage, freeBytes, reclaimableBytes] = await Promise.all([
    manager.library.diskUsage(),
    manager.freeBytes(),
    manager.library.clearBytes().catch(() => undefined),
  ]);
  const host = remoteHost();
  return {
    families: usage.families,
    usedBytes: usage.totalBytes,
    ...defined({ reclaimableBytes, freeBytes }),
    location: manager.cachePath,
    ...defined({ hostName: host }),
    canReveal: canReveal(),
  };
}

/** An error as the panel says it. */
export function panelErrorText(error: unknown): string {
  return localise(toAsrError(error).localizedMessage);
}
