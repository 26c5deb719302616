import type { ModelStore, ScanReport, StoredRepo, StoredSnapshot } from '../cache';
import {
  exactPattern,
  formatHubModelId,
  parseHubModelId,
  repoModels,
  type Catalog,
  type CatalogModel,
} from '../catalog';
import { Emitter } from '../common/event';
import { isWeightsFile } from '../common/repository';
import type { DownloadedModel } from '../protocol/downloadedModel';
import { FileContents } from './fileContents';
import { HubAnswers, type HubAnswer, type HubAnswersDependencies } from './hubAnswers';
import type { ModelRecord } from './modelRecord';
import { absent, currentRecord, recordOf, withOtherRevisions } from './snapshotRecord';

/** Remembers which `hf:` ids a person has used. */
export interface KnownModelIds {
  list(): Promise<readonly string[]>;
  add(modelId: string): Promise<void>;
}

/** The dependencies of {@link Inventory}. */
export interface InventoryDependencies extends HubAnswersDependencies {
  readonly catalog: Catalog;
  readonly store: ModelStore;
  /** `hf:` ids used before: names for what a scan finds, never a statement that it is on the disk. */
  readonly knownIds: KnownModelIds;
}

/** The size of the cache on the disk, in real blocks (bytes). */
export interface DiskUsage {
  /** Content that several models share counts once, for the family that comes first. The largest first. */
  readonly families: readonly { readonly name: string; readonly sizeOnDisk: number }[];
  /** Unfinished downloads; they are in their family's figure too when a model is known for them. */
  readonly partialBytes: number;
  readonly totalBytes: number;
}

/** The models on offer joined with those on the disk. The result is kept until {@link refresh} or {@link invalidate}. */
export class Inventory {
  readonly #dependencies: InventoryDependencies;
  readonly #onDidChange = new Emitter<undefined>();
  readonly #contents = new FileContents();
  #records: Promise<readonly ModelRecord[]> | undefined;

  /** The hubs' answers, in the place of the catalog's facts. */
  readonly answers: HubAnswers;
  /** The models on offer or on the disk may have changed. */
  readonly onDidChange = this.#onDidChange.event;

  constructor(dependencies: InventoryDependencies) {
    this.#dependencies = dependencies;
    this.answers = new HubAnswers(dependencies);
  }

  records(): Promise<readonly ModelRecord[]> {
    if (this.#records !== undefined) return this.#records;
    const reading = this.#read();
    this.#records = reading;
    // A failure goes to the caller; the next call reads again.
    reading.catch(() => {
      if (this.#records === reading) this.#records = undefined;
    });
    return reading;
  }

  /** The record of one model; undefined when nothing on offer or on the disk has that id. */
  async record(modelId: string): Promise<ModelRecord | undefined> {
    const records = await this.records();
    return (
      records.find(({ model }) => model.id === modelId) ??
      records.find(({ model }) => isSameHubId(model.id, modelId))
    );
  }

  /** The ids by which these models are listed: an `hf:` id may have been given in another spelling. */
  async listedIds(modelIds: readonly string[]): Promise<readonly string[]> {
    return await Promise.all(modelIds.map(async (id) => (await this.record(id))?.model.id ?? id));
  }

  /** A model as the disk has it at this moment, on offer or not; undefined when it isn't whole. */
  async downloaded(model: CatalogModel): Promise<DownloadedModel | undefined> {
    const scan = await this.#scan();
    const spelled = spelledAs(model, scan);
    const record = matchModels([spelled], scan).find((one) => one.model.id === spelled.id);
    return record?.state === 'downloaded' ? record.downloaded : undefined;
  }

  /** The size of the cache on the disk: by family, unfinished downloads, all of it. */
  async diskUsage(): Promise<DiskUsage> {
    const [records, scan] = await Promise.all([this.records(), this.#scan()]);
    return diskUsage(records, scan);
  }

  /** Keeps a hub's answer about a model's repository. */
  recordAnswer(model: CatalogModel, answer: HubAnswer): void {
    if (this.answers.record(model, answer)) this.refresh();
  }

  /** The next {@link records} reads the disk again. */
  invalidate(): void {
    this.#records = undefined;
  }

  /** The same, and fires {@link onDidChange}. */
  refresh(): void {
    this.invalidate();
    this.notify();
  }

  /** Fires {@link onDidChange} for a change that is not on the disk: a model was loaded, a failed download dismissed. */
  notify(): void {
    this.#onDidChange.fire(undefined);
  }

  dispose(): void {
    this.#onDidChange.dispose();
  }

  async #scan(): Promise<ScanReport> {
    return await this.#contents.addTo(await this.#dependencies.store.scan());
  }

  async #read(): Promise<readonly ModelRecord[]> {
    const { catalog, knownIds, logger } = this.#dependencies;
    const [models, scan, used] = await Promise.all([
      catalog.models(),
      this.#scan(),
      knownIds.list(),
    ]);
    for (const problem of scan.problems) logger.warn(`cache: ${problem}`);
    const named = await Promise.all(used.map((id) => catalog.find(id).catch(() => undefined)));
    const listed = this.answers.applyTo(models).map((model) => spelledAs(model, scan));
    const ids = new Set(listed.map(({ id }) => id));
    const known = named.flatMap((model) => {
      const spelled = model && spelledAs(model, scan);
      if (spelled === undefined || ids.has(spelled.id)) return [];
      ids.add(spelled.id);
      return [spelled];
    });
    const records = matchModels([...listed, ...known], scan);
    // A remembered id of which nothing is left is not on offer.
    return records.filter(
      ({ model, state }) => !known.includes(model) || state !== 'notDownloaded',
    );
  }
}

/** The model under the name that its repository has on the disk, which is the hub's own: hubs ignore case, disks may not. */
function spelledAs(model: CatalogModel, { repos }: ScanReport): CatalogModel {
  const { source } = model;
  if (repos.some(({ repo }) => repo === source.repo)) return model;
  const there = repos.find(({ repo }) => repo.toLowerCase() === source.repo.toLowerCase());
  if (there === undefined) return model;
  const id = parseHubModelId(model.id);
  return {
    ...model,
    ...(id === undefined ? {} : { id: formatHubModelId({ ...id, repo: there.repo }) }),
    name: model.name.replace(source.repo, there.repo),
    source: { ...source, repo: there.repo },
  };
}

/** Whether two `hf:` ids differ in the case of the repository only. */
function isSameHubId(a: string, b: string): boolean {
  if (a.toLowerCase() !== b.toLowerCase()) return false;
  const [one, other] = [parseHubModelId(a), parseHubModelId(b)];
  return (
    one !== undefined &&
    other !== undefined &&
    formatHubModelId({ ...one, repo: '' }) === formatHubModelId({ ...other, repo: '' })
  );
}

/**
 * Says for every model on offer how much of it a scan found, and adds a model for what no catalog names (what another
 * tool put there). Pure: the folder is the truth, the catalogs only give names to it.
 */
export function matchModels(
  models: readonly CatalogModel[],
  scan: ScanReport,
): readonly ModelRecord[] {
  const repos = new Map(scan.repos.map((repo) => [repo.repo, repo]));
  const claimed = new Map<string, Set<string>>();
  const claim = (commit: string, paths: readonly string[]): void => {
    claimed.set(commit, new Set([...(claimed.get(commit) ?? []), ...paths]));
  };
  const records = models.map((model) => {
    const repo = repos.get(model.source.repo);
    if (repo === undefined) return absent(model);
    const record = currentRecord(model, repo);
    if (record.commit !== undefined) claim(claimKey(repo, record.commit), record.paths);
    for (const { commit, files } of record.otherRevisions) {
      const paths = files.map(({ path }) => path);
      if (isNamed(repo, commit)) claim(claimKey(repo, commit), paths);
    }
    return record;
  });
  const unlisted = scan.repos.flatMap((repo) =>
    currentSnapshots(repo).flatMap((snapshot) =>
      unclaimed(repo, snapshot, claimed.get(claimKey(repo, snapshot.commit)) ?? new Set()),
    ),
  );
  return [...records, ...unlisted];
}

function claimKey({ repo }: StoredRepo, commit: string): string {
  return `${repo}@${commit}`;
}

function isNamed({ snapshots }: StoredRepo, commit: string): boolean {
  return snapshots.some((snapshot) => snapshot.commit === commit && snapshot.refs.length > 0);
}

/** Snapshots that a ref names; an older revision is no model of its own. All of them where there are no refs at all. */
function currentSnapshots(repo: StoredRepo): readonly StoredSnapshot[] {
  const named = repo.snapshots.filter(({ refs }) => refs.length > 0);
  return named.length === 0 ? repo.snapshots : named;
}

/**
 * Models made of the files that no listed model claims: each recognised variant, else the files as they are. Without
 * weights among them (docs/model-formats.md section 1.1) they are not shown as a model.
 */
function unclaimed(
  repo: StoredRepo,
  snapshot: StoredSnapshot,
  taken: ReadonlySet<string>,
): readonly ModelRecord[] {
  const files = snapshot.files.filter(({ path }) => !taken.has(path));
  if (!files.some(({ path, knownAs }) => isWeightsFile(knownAs ?? path))) return [];
  const [revision = snapshot.commit] = snapshot.refs;
  const id = { repo: repo.repo, ...(revision === 'main' ? {} : { revision }) };
  // By the commit's list, not by what lies there: half a model is none of its own.
  const listed = (snapshot.tree ?? snapshot.files).filter(({ path }) => !taken.has(path));
  const recognised = repoModels({ ...id, patterns: [] }, listed).filter(
    ({ format }) => format !== 'unknown',
  );
  const models =
    recognised.length > 0
      ? recognised
      : repoModels({ ...id, patterns: files.map(({ path }) => exactPattern(path)) }, files);
  return models
    .map((model) => withOtherRevisions(recordOf(model, repo, snapshot), repo))
    .filter(({ state }) => state !== 'notDownloaded');
}

/** Adds up a scan by family, each blob once. */
function diskUsage(records: readonly ModelRecord[], scan: ScanReport): DiskUsage {
  const byFamily = new Map<string, number>();
  const counted = new Set<string>();
  const count = (family: string, id: string, bytes: number): void => {
    if (counted.has(id)) return;
    counted.add(id);
    byFamily.set(family, (byFamily.get(family) ?? 0) + bytes);
  };
  const repos = new Map(scan.repos.map((repo) => [repo.repo, repo]));
  for (const { model, commit, presentPaths, partialDigests } of records) {
    const repo = repos.get(model.source.repo);
    const snapshot = repo?.snapshots.find((candidate) => candidate.commit === commit);
    const paths = new Set(presentPaths);
    for (const file of snapshot?.files ?? []) {
      if (paths.has(file.path)) count(model.familyName, file.storageId, file.diskBytes);
    }
    for (const partial of repo?.partials ?? []) {
      const { hex } = partial.digest;
      if (partialDigests.includes(hex))
        count(model.familyName, `${model.source.repo} ${hex}`, partial.diskBytes);
    }
  }
  const families = [...byFamily].map(([name, sizeOnDisk]) => ({ name, sizeOnDisk }));
  const partials = scan.repos.flatMap((repo) => repo.partials);
  return {
    families: families.sort((a, b) => b.sizeOnDisk - a.sizeOnDisk),
    partialBytes: partials.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
    totalBytes: scan.sizeOnDisk,
  };
}
