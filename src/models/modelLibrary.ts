import { AsrError, causeText, isCancellation, toAsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type {
  CleanUpItem,
  UninstallPlan,
  FolderState,
  ModelFiles,
  ModelStore,
  MoveReport,
  UninstallReport,
  VerifyReport,
  WorkOptions,
} from '../cache';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { diskUsage, type DiskUsage } from './diskUsage';
import { planUninstall, uninstall } from './uninstall';
import type { HubAnswers } from './hubAnswers';
import type { Inventory } from './inventory';
import type { ManagerDependencies } from './managerDependencies';
import { modelFilesOf } from './modelFiles';
import { compareWithHub, type ModelUpdate } from './modelUpdate';
import { removalPlans } from './removal';
import { importTarget } from './recogniseImport';
import { repairPort } from './repair';
import { restoreOffers, rollback, type RestoreOffer } from './restore';
import { resolveModel } from './resolveModel';

/** Whether the models are verified only, or mended too. */
export interface VerifyRequest extends WorkOptions {
  readonly repair?: boolean;
}

/** What can be done with models that are here: delete, verify, repair, import, update, restore, clean up, move. */
export class ModelLibrary {
  readonly #dependencies: ManagerDependencies;
  readonly #inventory: Inventory;
  readonly #answers: HubAnswers;
  readonly #changed: () => void;
  #updates: readonly ModelUpdate[] = [];

  constructor(
    ports: ManagerDependencies,
    inventory: Inventory,
    answers: HubAnswers,
    changed: () => void,
  ) {
    this.#dependencies = ports;
    this.#inventory = inventory;
    this.#answers = answers;
    this.#changed = changed;
  }

  /** What the last check found; models that were deleted or updated since are left out by whoever shows it. */
  get updates(): readonly ModelUpdate[] {
    return this.#updates;
  }

  /** What the cache takes on the disk: by family, unfinished downloads, all of it. */
  async diskUsage(): Promise<DiskUsage> {
    const [records, scan] = await Promise.all([this.#inventory.records(), this.#store.scan()]);
    return diskUsage(records, scan);
  }

  /** What deleting these models would give back, for the question beforehand. */
  async removalBytes(modelIds: readonly string[]): Promise<number> {
    const [plans, partials] = [
      await this.#removalPlans(modelIds),
      await this.#partialsOf(modelIds),
    ];
    const files = await this.#store.removalBytes(plans);
    return partials.reduce((sum, { bytes }) => sum + bytes, files);
  }

  /** Deletes a model's files, finished or not, in every revision; what other models share with it stays. */
  async delete(modelId: string): Promise<{ readonly reclaimedBytes: number }> {
    this.#inventory.invalidate();
    let reclaimedBytes = 0;
    try {
      const partials = await this.#partialsOf([modelId]);
      for (const { repo, commit, paths } of await this.#removalPlans([modelId])) {
        reclaimedBytes += await this.#store.removeFiles(repo, commit, paths);
      }
      if (partials.length > 0) reclaimedBytes += await this.#store.cleanUp(partials);
    } finally {
      this.#changed();
    }
    return { reclaimedBytes };
  }

  /** Removes what is left of a model's unfinished files, unless somebody fills them. */
  async discardPartials(modelId: string): Promise<void> {
    this.#inventory.invalidate();
    const partials = await this.#partialsOf([modelId]);
    if (partials.length > 0) await this.#store.cleanUp(partials);
  }

  /** Hashes the files of these models, or of all, and with `repair` fetches anew what is wrong. */
  async verify(modelIds: readonly string[] | 'all', request: VerifyRequest): Promise<VerifyReport> {
    this.#inventory.invalidate();
    const records = (await this.#inventory.records()).filter(
      ({ model, state }) =>
        state !== 'notDownloaded' && (modelIds === 'all' || modelIds.includes(model.id)),
    );
    if (records.length === 0 && modelIds !== 'all') throw nothingHere();
    const { repair, ...work } = request;
    try {
      return await this.#store.verify(
        records.flatMap((record) => modelFilesOf(record) ?? []),
        {
          ...work,
          ...(repair === true ? { repair: repairPort(this.#dependencies, records) } : {}),
        },
      );
    } finally {
      this.#changed();
    }
  }

  /**
   * Asks the hub what has changed of one downloaded model, or of all. A model that can't be asked about is logged and
   * passed over unless it is the only one. Rejects with `integrity`, after the others were looked at, when a model's
   * pinned revision is not what the catalog knows: that is no update.
   */
  async checkForUpdates(
    modelId: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly ModelUpdate[]> {
    const records = (await this.#inventory.records()).filter(
      ({ downloaded, model }) =>
        downloaded !== undefined && (modelId === undefined || model.id === modelId),
    );
    const found: ModelUpdate[] = [];
    const failures: unknown[] = [];
    for (const record of records) {
      try {
        // The catalog's own facts are held against the hub, not what an earlier answer made of them.
        const model = (await this.#dependencies.catalog.find(record.model.id)) ?? record.model;
        const { spec, answer } = await resolveModel(model, this.#dependencies, signal);
        if (answer !== undefined) this.#answers.record(model, answer);
        const wanted = spec.tree.filter(({ path }) => spec.paths.includes(path));
        const update = compareWithHub(record, spec.commit, wanted);
        if (update !== undefined) found.push(update);
      } catch (error) {
        if (isCancellation(error)) throw error;
        this.#dependencies.logger.warn(`update check of ${record.model.id}: ${causeText(error)}`);
        failures.push(error);
      }
    }
    if (failures.length > 0 && failures.length === records.length) throw toAsrError(failures[0]);
    const others = this.#updates.filter(
      (update) => modelId !== undefined && update.modelId !== modelId,
    );
    this.#updates = [...others, ...found];
    this.#changed();
    const forged = failures.map(toAsrError).find(({ code }) => code === 'integrity');
    if (forged !== undefined) throw forged;
    return found;
  }

  /** An update has arrived, or is of no interest any more. */
  forgetUpdate(modelId: string): void {
    this.#updates = this.#updates.filter((update) => update.modelId !== modelId);
  }

  /** Earlier revisions that a model can be taken back to, the newest first. */
  async restoreOffers(modelId: string): Promise<readonly RestoreOffer[]> {
    const records = await this.#inventory.records();
    const record = records.find(({ model }) => model.id === modelId);
    return record === undefined ? [] : restoreOffers(record, records);
  }

  /**
   * Takes a model back to an earlier revision that is still here; what it was until now is offered as an update.
   * Rejects with `notFound` when that revision is not here, or is no longer whole.
   */
  async restore(modelId: string, commit: string): Promise<DownloadedModel> {
    try {
      const { model, updates } = await rollback(this.#store, this.#inventory, modelId, commit);
      const taken = new Set(updates.map((update) => update.modelId));
      this.#updates = [...this.#updates.filter((one) => !taken.has(one.modelId)), ...updates];
      return model;
    } finally {
      this.#changed();
    }
  }

  clearBytes(): Promise<number> {
    return this.#store.clearBytes();
  }

  /** Removes every model and partial of ours. */
  async clear(): Promise<{ readonly reclaimedBytes: number }> {
    try {
      return { reclaimedBytes: await this.#store.clear() };
    } finally {
      this.#changed();
    }
  }

  /** All that is kept on this computer, in every folder that was ever used. `bytes` has the catalogs' copies too. */
  uninstallPlan(): Promise<UninstallPlan> {
    return planUninstall(this.#dependencies);
  }

  /** Removes all of that; what could not be removed is told with its reason. */
  async uninstall(): Promise<UninstallReport> {
    try {
      this.#updates = [];
      return await uninstall(this.#dependencies);
    } finally {
      this.#changed();
    }
  }

  /** Old revisions, partials and orphaned blobs that may go. */
  async cleanUpItems(): Promise<readonly CleanUpItem[]> {
    const records = await this.#inventory.records();
    const used = new Set(
      records.map(({ model, commit }) => `${model.source.repo}@${commit ?? ''}`),
    );
    return await this.#store.cleanUpItems((repo, commit) => used.has(`${repo}@${commit}`));
  }

  async cleanUp(items: readonly CleanUpItem[]): Promise<{ readonly reclaimedBytes: number }> {
    try {
      return { reclaimedBytes: await this.#store.cleanUp(items) };
    } finally {
      this.#changed();
    }
  }

  /** Takes a local file or folder in; a model that the catalog knows by its digest gets its place and name. */
  async import(source: string, work: WorkOptions): Promise<DownloadedModel> {
    const models = await this.#dependencies.catalog.models();
    const imported = await this.#store.importModel(source, {
      ...work,
      recognise: (candidates) => Promise.resolve(importTarget(models, candidates)),
    });
    this.#inventory.invalidate();
    this.#changed();
    const records = await this.#inventory.records();
    const found = records.find(
      ({ model, commit, presentPaths, downloaded }) =>
        downloaded !== undefined &&
        model.source.repo === imported.repo &&
        commit === imported.commit &&
        imported.paths.every((path) => presentPaths.includes(path)),
    );
    if (found?.downloaded === undefined) throw nothingHere();
    return found.downloaded;
  }

  /** Takes the whole cache to another folder; `copy` leaves it at the old one too. */
  moveTo(
    newRoot: string,
    switchTo: (root: string) => Promise<void>,
    work: WorkOptions,
    mode: 'move' | 'copy' = 'move',
  ): Promise<MoveReport> {
    return this.#store.moveTo(newRoot, { ...work, mode, switchTo });
  }

  folderState(): Promise<FolderState> {
    return this.#store.folderState();
  }

  get #store(): ModelStore {
    return this.#dependencies.store;
  }

  /** What is left of these models' unfinished files, but for those that somebody is filling. */
  async #partialsOf(modelIds: readonly string[]): Promise<readonly CleanUpItem[]> {
    const records = await this.#inventory.records();
    const wanted = new Set(
      records
        .filter(({ model }) => modelIds.includes(model.id))
        .flatMap(({ model, partialDigests, otherRevisions }) =>
          [partialDigests, ...otherRevisions.map((other) => other.partialDigests)]
            .flat()
            .map((hex) => `${model.source.repo} ${hex}`),
        ),
    );
    if (wanted.size === 0) return [];
    const items = await this.#store.cleanUpItems(() => true);
    return items.filter(
      (item) => item.kind === 'partial' && wanted.has(`${item.repo} ${item.name}`),
    );
  }

  async #removalPlans(modelIds: readonly string[]): Promise<readonly ModelFiles[]> {
    const records = await this.#inventory.records();
    const staying = records.filter(({ model }) => !modelIds.includes(model.id));
    return records
      .filter(({ model }) => modelIds.includes(model.id))
      .flatMap((record) => removalPlans(record, staying));
  }
}

function nothingHere(): AsrError {
  return new AsrError(
    'notFound',
    localized('Nothing of this model is on the disk. Download it first.'),
  );
}
