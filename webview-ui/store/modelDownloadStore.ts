import { defined } from '../../src/protocol/defined';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelAction, PanelResult } from '../../src/protocol/panelMessages';
import type {
  PackedCatalog,
  PackedVariant,
  PanelCatalog,
  PanelHubSearch,
  PanelSnapshot,
  PanelVariant,
} from '../../src/protocol/panelSnapshot';
import type { HostPush } from './hostConnection';
import {
  activeDownload,
  downloadFields,
  initialState,
  type ModelDownloadState,
} from './modelDownloadState';

/**
 * The state that the page shows, fed by the host: whole snapshots and `download_progress` pushes. It keeps nothing that
 * the host does not know, so a page that was hidden or reloaded shows the truth with its first snapshot.
 */
export class ModelDownloadStore {
  readonly #request: (action: PanelAction) => Promise<PanelResult>;
  readonly #askDetails: (modelId: string) => void;
  readonly #searchHub: (search: PanelHubSearch, more: boolean) => void;
  readonly #askSizes: (modelIds: readonly string[]) => void;
  readonly #listeners = new Set<() => void>();
  #state: ModelDownloadState = initialState;

  constructor(
    request: (action: PanelAction) => Promise<PanelResult>,
    askDetails: (modelId: string) => void = () => undefined,
    searchHub: (search: PanelHubSearch, more: boolean) => void = () => undefined,
    askSizes: (modelIds: readonly string[]) => void = () => undefined,
  ) {
    this.#request = request;
    this.#askDetails = askDetails;
    this.#searchHub = searchHub;
    this.#askSizes = askSizes;
  }

  get state(): ModelDownloadState {
    return this.#state;
  }

  /** Calls back after each change; returns the function that ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Applies a message of the host. */
  receive(push: HostPush): void {
    switch (push.type) {
      case 'snapshot': {
        const catalog =
          push.catalog === undefined ? this.#state.catalog : unpackCatalog(push.catalog);
        const { failure: _answered, ...rest } = this.#state;
        this.#state = { ...rest, ...defined({ catalog }) };
        this.#take(this.#shareWithLast(push.snapshot));
        break;
      }
      case 'download_progress': {
        const { snapshot } = this.#state;
        // Before the first snapshot there is nothing to update; that snapshot will include this record.
        if (snapshot === undefined) return;
        this.#take({ ...snapshot, downloads: withRecord(snapshot.downloads, push.record) });
        break;
      }
      case 'details':
        this.#set({ ...this.#state, details: { modelId: push.modelId, ...push.details } });
        break;
      case 'hubResults':
        this.#set({ ...this.#state, hubResults: push.results });
        break;
      case 'failure':
        this.#set({ ...this.#state, failure: push.failure });
        break;
      case 'show': {
        const count = (this.#state.shown?.count ?? 0) + 1;
        this.#set({ ...this.#state, shown: { modelId: push.modelId, count } });
        break;
      }
    }
  }

  /** Requests the rest of the facts of a model; they become `details`. */
  requestDetails(modelId: string): void {
    this.#askDetails(modelId);
  }

  /** Has the hub asked for the sizes of these models; the catalog follows. */
  requestSizes(modelIds: readonly string[]): void {
    this.#askSizes(modelIds);
  }

  /** Searches the hub, or for the next page of the same search; what is found becomes `hubResults`. */
  searchHub(search: PanelHubSearch, more = false): void {
    this.#searchHub(search, more);
  }

  /** Asks the host for something; a failure, or a message worth reading, becomes `answer`. Never rejects. */
  async run(action: PanelAction): Promise<PanelResult> {
    // With the next action it has been read.
    if (this.#state.answer !== undefined) this.dismissAnswer();
    const result = await this.#request(action);
    if ('err' in result) {
      this.#set({ ...this.#state, answer: { message: result.err.message, failed: true } });
    } else if (result.ok.message !== undefined) {
      this.#set({ ...this.#state, answer: { message: result.ok.message, failed: false } });
    }
    return result;
  }

  dismissAnswer(): void {
    const { answer: _answer, ...rest } = this.#state;
    this.#set(rest);
  }

  /** Ends a download and removes what it left; the active one when none is named. Nothing happens without one. */
  async cancelDownload(downloadId = this.#active()?.downloadId): Promise<void> {
    if (downloadId !== undefined) await this.run({ kind: 'cancel', downloadId });
  }

  /** Stops a download and keeps what is there. */
  async pauseDownload(downloadId = this.#active()?.downloadId): Promise<void> {
    if (downloadId !== undefined) await this.run({ kind: 'pause', downloadId });
  }

  /** Continues a paused or unfinished download. */
  async resumeDownload(modelId = this.#active()?.modelId): Promise<void> {
    if (modelId !== undefined) await this.run({ kind: 'resume', modelId });
  }

  /** Tries again after an error, from the bytes that are there. */
  async retryDownload(modelId = this.#active()?.modelId): Promise<void> {
    if (modelId !== undefined) await this.run({ kind: 'retry', modelId });
  }

  /** Has the host read the disk again; the response is a snapshot. */
  async checkDownloadedModels(): Promise<void> {
    await this.run({ kind: 'checkDownloadedModels' });
  }

  #active(): ModelDownloadProgress | undefined {
    return activeDownload(this.#state.snapshot?.downloads ?? []);
  }

  #shareWithLast(next: PanelSnapshot): PanelSnapshot {
    const last = this.#state.snapshot;
    if (last === undefined) return next;
    return {
      ...next,
      models: keepUnchanged(last.models, next.models, ({ modelId }) => modelId),
      partials: keepUnchanged(last.partials, next.partials, ({ modelId }) => modelId),
      downloads: keepUnchanged(last.downloads, next.downloads, ({ downloadId }) => downloadId),
    };
  }

  #take(snapshot: PanelSnapshot): void {
    const { catalog, details, hubResults, failure, answer, shown } = this.#state;
    this.#set({
      snapshot,
      ...defined({ catalog, details, hubResults, failure, answer, shown }),
      ...downloadFields(activeDownload(snapshot.downloads)),
    });
  }

  #set(state: ModelDownloadState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

function withRecord(
  downloads: readonly ModelDownloadProgress[],
  record: ModelDownloadProgress,
): readonly ModelDownloadProgress[] {
  const at = downloads.findIndex(({ downloadId }) => downloadId === record.downloadId);
  return at < 0 ? [...downloads, record] : downloads.with(at, record);
}

/** The catalog that a message carried. Variants that share a list have the same object. */
export function unpackCatalog(packed: PackedCatalog): PanelCatalog {
  const accuracies = packed.accuracies.map(({ benchmark, source, ...figures }) => ({
    ...figures,
    ...(benchmark === undefined ? {} : { benchmark: packed.texts[benchmark] ?? '' }),
    source: packed.texts[source] ?? '',
  }));
  const unpack = (variant: PackedVariant): PanelVariant => {
    const { accuracy, about, hub = 'notAsked', ...rest } = variant;
    const published = accuracy === undefined ? undefined : accuracies[accuracy];
    return {
      ...rest,
      ...(packed.abouts[about] ?? { familyName: '', loaders: [] }),
      format: packed.formats[variant.format] ?? 'unknown',
      languages: packed.languages[variant.languages] ?? [],
      licence: packed.licences[variant.licence] ?? { id: 'NOASSERTION' },
      ...defined({ accuracy: published }),
      ...(hub === 'none' ? {} : { hub }),
      gated: variant.gated === true,
      runsCode: variant.runsCode === true,
      starter: variant.starter === true,
    };
  };
  return {
    families: packed.families.map(({ variants, ...family }) => ({
      ...family,
      variants: variants.map(unpack),
    })),
  };
}

/** Whether two plain values (messages, no cycles) say the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  const right = new Map<string, unknown>(Object.entries(b));
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && sameValue(value, right.get(key)))
  );
}

/**
 * The new items, each replaced by the old one where that says the same: what did not change stays the same object,
 * and a list of hundreds of rows draws only those that did.
 */
export function keepUnchanged<T>(
  previous: readonly T[],
  next: readonly T[],
  keyOf: (item: T) => string,
): readonly T[] {
  const byKey = new Map(previous.map((item) => [keyOf(item), item]));
  const merged = next.map((item) => {
    const old = byKey.get(keyOf(item));
    return old !== undefined && sameValue(old, item) ? old : item;
  });
  const unchanged =
    merged.length === previous.length && merged.every((item, at) => item === previous[at]);
  return unchanged ? previous : merged;
}
