import type {
  CleanUpItem,
  ExportModel,
  ExportReport,
  FolderState,
  ImportSource,
  ModelFiles,
  ModelStore,
  MoveReport,
  UninstallPlan,
  UninstallReport,
  VerifyReport,
  WorkOptions,
} from '../cache';
import { type Catalog, checkAgainstHub } from '../catalog';
import { AsrError, causeText, isCancellation, toAsrError } from '../common/asrError';
import { Emitter } from '../common/event';
import { localized } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import { defined } from '../protocol/defined';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { chooseSources, recogniseImport } from './importPlan';
import type { DiskUsage, Inventory } from './inventory';
import {
  compareWithHub,
  type ModelUpdate,
  restoreOffers,
  rollback,
  type RestoreOffer,
} from './modelUpdates';
import { type ResolveDependencies, resolveModel } from './resolveModel';
import { removalPlans } from './removalPlans';
import { followedRevision } from './snapshotRecord';
import { repairPort, type TransferDependencies } from './transferMissing';

/** The dependencies of {@link ModelLibrary}. */
export interface LibraryDependencies extends ResolveDependencies, TransferDependencies {
  readonly catalog: Catalog;
  readonly store: ModelStore;
  readonly logger: Logger;
}

/** Whether the models are verified only, or repaired too. */
export interface VerifyRequest extends WorkOptions {
  readonly repair?: boolean;
}

/** The operations on models on the disk: delete, verify, repair, import, update, restore, clean up, move. */
export class ModelLibrary {
  readonly #dependencies: LibraryDependencies;
  readonly #inventory: Inventory;
  readonly #onDidChange = new Emitter<undefined>();
  #updates: readonly ModelUpdate[] = [];

  /** An operation has changed, or may have changed, the contents of the cache or the known updates. */
  readonly onDidChange = this.#onDidChange.event;

  constructor(dependencies: LibraryDependencies, inventory: Inventory) {
    this.#dependencies = dependencies;
    this.#inventory = inventory;
  }

  dispose(): void {
    this.#onDidChange.dispose();
  }

  /** The results of the last check; the surfaces leave out models that were deleted or updated since. */
  get updates(): readonly ModelUpdate[] {
    return this.#updates;
  }

  /** The size of the cache on the disk: by family, unfinished downloads, all of it. */
  diskUsage(): Promise<DiskUsage> {
    return this.#inventory.diskUsage();
  }

  /** The bytes that deleting these models would free, for the question beforehand. */
  async removalBytes(modelIds: readonly string[]): Promise<number> {
    const plans = await this.#removalPlans(modelIds);
    const partials = await this.#partialsOf(modelIds);
    const files = await this.#store.removalBytes(plans);
    return partials.reduce((sum, { bytes }) => sum + bytes, files);
  }

  /** Deletes a model's files, finished or not, in every revision; what other models share with it stays. */
  async delete(modelId: string): Promise<{ readonly reclaimedBytes: number }> {
    this.#inventory.invalidate();
    return await this.#changing(async () => {
      let reclaimedBytes = 0;
      const partials = await this.#partialsOf([modelId]);
      for (const { repo, commit, paths } of await this.#removalPlans([modelId])) {
        reclaimedBytes += await this.#store.removeFiles(repo, commit, paths);
      }
      if (partials.length > 0) reclaimedBytes += await this.#store.cleanUp(partials);
      return { reclaimedBytes };
    });
  }

  /** Removes the partial files of a model, unless a download is filling them. */
  async discardPartials(modelId: string): Promise<void> {
    this.#inventory.invalidate();
    const partials = await this.#partialsOf([modelId]);
    if (partials.length > 0) await this.#store.cleanUp(partials);
  }

  /** Hashes the files of these models, or of all, and with `repair` fetches wrong files again. */
  async verify(asked: readonly string[] | 'all', request: VerifyRequest): Promise<VerifyReport> {
    this.#inventory.invalidate();
    const modelIds = asked === 'all' ? asked : await this.#inventory.listedIds(asked);
    const records = (await this.#inventory.records()).filter(
      ({ model, state }) =>
        state !== 'notDownloaded' && (modelIds === 'all' || modelIds.includes(model.id)),
    );
    if (records.length === 0 && modelIds !== 'all') throw nothingHere();
    const { repair, ...work } = request;
    const files = records.flatMap(({ model, commit, paths }): ModelFiles[] =>
      commit === undefined
        ? []
        : [
            {
              repo: model.source.repo,
              commit,
              paths,
              ...defined({ revision: followedRevision(model) }),
            },
          ],
    );
    const port = repair === true ? repairPort(this.#dependencies, records) : undefined;
    const options = { ...work, ...defined({ repair: port }) };
    return await this.#changing(() => this.#store.verify(files, options));
  }

  /**
   * Asks the hub what has changed of one downloaded model, or of all. A failure is logged, and rejects only when every
   * model failed. Rejects with `integrity`, after all models were checked, when a model's pinned revision is not what the
   * catalog knows: that is no update.
   */
  async checkForUpdates(
    asked: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly ModelUpdate[]> {
    const [modelId] = asked === undefined ? [] : await this.#inventory.listedIds([asked]);
    const records = (await this.#inventory.records()).filter(
      ({ downloaded, model }) =>
        downloaded !== undefined &&
        model.source.kind !== 'local' &&
        (modelId === undefined || model.id === modelId),
    );
    const found: ModelUpdate[] = [];
    const failures: unknown[] = [];
    for (const record of records) {
      try {
        // The hub is compared with the catalog's own facts, not with an earlier answer of the hub.
        const model = (await this.#dependencies.catalog.find(record.model.id)) ?? record.model;
        const { spec, answer } = await resolveModel(model, this.#dependencies, signal);
        if (answer !== undefined) this.#inventory.answers.record(model, answer);
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
    this.#onDidChange.fire(undefined);
    const forged = failures.map(toAsrError).find(({ code }) => code === 'integrity');
    if (forged !== undefined) throw forged;
    return found;
  }

  /** Removes the update of a model that was updated or deleted. */
  forgetUpdate(modelId: string): void {
    this.#updates = this.#updates.filter((update) => update.modelId !== modelId);
  }

  /** Earlier revisions that a model can be taken back to, the newest first. */
  async restoreOffers(modelId: string): Promise<readonly RestoreOffer[]> {
    const record = await this.#inventory.record(modelId);
    return record === undefined ? [] : restoreOffers(record, await this.#inventory.records());
  }

  /**
   * Takes a model back to an earlier revision that is still here; what it was until now is offered as an update.
   * Rejects with `notFound` when that revision is not here, or is no longer whole.
   */
  async restore(modelId: string, commit: string): Promise<DownloadedModel> {
    return await this.#changing(async () => {
      const { model, updates } = await rollback(this.#store, this.#inventory, modelId, commit);
      const replaced = new Set(updates.map((update) => update.modelId));
      this.#updates = [...this.#updates.filter((one) => !replaced.has(one.modelId)), ...updates];
      return model;
    });
  }

  clearBytes(): Promise<number> {
    return this.#store.clearBytes();
  }

  /** Removes every model and partial of ours. */
  async clear(): Promise<{ readonly reclaimedBytes: number }> {
    return { reclaimedBytes: await this.#changing(() => this.#store.clear()) };
  }

  /** The files on this computer, in every folder that was ever used. `bytes` has the catalogs' copies too. */
  async uninstallPlan(): Promise<UninstallPlan> {
    const { catalog } = this.#dependencies;
    const [plan, copiesBytes] = await Promise.all([
      this.#store.uninstallPlan(),
      catalog.copiesBytes(),
    ]);
    return { ...plan, bytes: plan.bytes + copiesBytes };
  }

  /** Removes all of that; the report names what could not be removed, with the reason. */
  async uninstall(): Promise<UninstallReport> {
    const { catalog } = this.#dependencies;
    this.#updates = [];
    return await this.#changing(async () => {
      const removed = await this.#store.uninstall();
      const copiesBytes = await catalog.copiesBytes();
      await catalog.removeCopies();
      return { ...removed, reclaimedBytes: removed.reclaimedBytes + copiesBytes };
    });
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
    return { reclaimedBytes: await this.#changing(() => this.#store.cleanUp(items)) };
  }

  /**
   * Imports a local file or folder with all models in it; one that the catalog knows by its digests gets its repository
   * and name. Resolves with at least one model.
   */
  async import(
    source: string,
    work: WorkOptions,
  ): Promise<readonly [DownloadedModel, ...DownloadedModel[]]> {
    const models = await this.#dependencies.catalog.models();
    let sources: readonly ImportSource[] = [];
    const imported = await this.#store.importModel(source, {
      ...work,
      choose: async (found) => (sources = await chooseSources(models, found)),
      recognise: (candidates) => Promise.resolve(recogniseImport(models, sources, candidates)),
    });
    this.#onDidChange.fire(undefined);
    const records = await this.#inventory.records();
    const found = imported.flatMap(({ repo, commit, paths }) =>
      records.flatMap(({ model, commit: at, presentPaths, downloaded }) =>
        model.source.repo === repo &&
        at === commit &&
        presentPaths.some((path) => paths.includes(path))
          ? (downloaded ?? [])
          : [],
      ),
    );
    const [first, ...others] = found;
    if (first === undefined) throw nothingHere();
    return [first, ...others];
  }

  /** Writes whole models to one file, for a machine without a network. Rejects with `integrity` when one is not whole. */
  async exportModels(
    modelIds: readonly string[],
    target: string,
    work: WorkOptions,
  ): Promise<ExportReport> {
    const records = await this.#inventory.records();
    const ids = await this.#inventory.listedIds(modelIds);
    const models = records.flatMap(({ model, commit, paths, downloaded }): ExportModel[] =>
      commit === undefined || downloaded === undefined || !ids.includes(model.id)
        ? []
        : [
            {
              repo: model.source.repo,
              commit,
              paths,
              name: model.name,
              ...(model.licence.id === 'NOASSERTION' ? {} : { licence: model.licence.id }),
              ...defined({ revision: followedRevision(model) }),
            },
          ],
    );
    if (models.length === 0) throw nothingHere();
    return await this.#store.exportBundle(models, target, work);
  }

  /** Whether a file is what {@link exportModels} writes. */
  isBundle(source: string): Promise<boolean> {
    return this.#store.isBundle(source);
  }

  /**
   * Takes the models of a bundle in; what is here already is skipped. Rejects with `integrity` when a file is not what
   * the bundle or the catalog says.
   */
  async importBundle(source: string, work: WorkOptions): Promise<readonly DownloadedModel[]> {
    const catalog = await this.#dependencies.catalog.models();
    const { models } = await this.#changing(() =>
      this.#store.importBundle(source, {
        ...work,
        check: (bundled) => {
          for (const { repo, commit, tree } of bundled) {
            for (const model of catalog) {
              const { source: origin } = model;
              if (origin.kind !== 'hub' || origin.repo !== repo || origin.revision !== commit)
                continue;
              checkAgainstHub(model, commit, tree);
            }
          }
          return Promise.resolve();
        },
      }),
    );
    const commits = new Set(models.map(({ repo, commit }) => `${repo}@${commit}`));
    return (await this.#inventory.records()).flatMap(({ model, commit, downloaded }) =>
      downloaded !== undefined && commits.has(`${model.source.repo}@${commit ?? ''}`)
        ? [downloaded]
        : [],
    );
  }

  /** Moves the whole cache to another folder; `copy` keeps the old one too. */
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

  /** Runs an operation on the cache, which may have changed it also when it fails. */
  async #changing<Result>(operation: () => Promise<Result>): Promise<Result> {
    try {
      return await operation();
    } finally {
      this.#onDidChange.fire(undefined);
    }
  }

  /** The partial files of these models, without those that a download is filling. */
  async #partialsOf(asked: readonly string[]): Promise<readonly CleanUpItem[]> {
    const records = await this.#inventory.records();
    const modelIds = await this.#inventory.listedIds(asked);
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

  async #removalPlans(asked: readonly string[]): Promise<readonly ModelFiles[]> {
    const records = await this.#inventory.records();
    const modelIds = await this.#inventory.listedIds(asked);
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
