import type * as vscode from 'vscode';
import { isByteCount, isObject } from '../../common/json';
import type { Disposable } from '../../common/disposable';
import type { KnownModelIds, Measurements } from '../../models';
import { defined } from '../../protocol/defined';
import { isFinal, type ModelDownloadProgress } from '../../protocol/downloadProgress';
import type { Measurement } from '../../protocol/measurement';
import type { LazyManager } from './lazyManager';

/**
 * The values in the editor's memento (`globalState`): hints that survive a restart and may be lost. The truth about
 * models is on the disk. Every key of the memento is in this table, and every value is checked when it is read, since
 * another version may have written it.
 */
export const mementoKeys = {
  /** The active model's id and name: see `ActiveModel`. */
  activeModelName: 'asr.activeModelName',
  /** `hf:` ids that were asked for. */
  knownModelIds: 'asr.knownModelIds',
  /** Model id -> milliseconds since 1970. */
  lastUsed: 'asr.lastUsed',
  /** `id@revision` -> how fast the model was. */
  measurements: 'asr.measurements',
  /** In the workspace's memento (`workspaceState`): names and words that its recordings are likely to have. */
  prompt: 'asr.prompt',
  /** Milliseconds since 1970 of the last daily check for updates. */
  updatesCheckedMs: 'asr.updatesCheckedMs',
  /**
   * Per machine: the memento belongs to the person's computer, downloads to the machine with the models. A window on
   * another one must neither offer nor forget them.
   */
  unfinishedDownloads: (machine: string) => `asr.unfinishedDownloads ${machine}`,
} as const;

/** More `hf:` ids than a person asks for by hand; limits the memento's size. */
const mostKnownIds = 500;

/** Clears a memento. */
export async function forgetAll(memento: vscode.Memento): Promise<void> {
  for (const key of memento.keys()) await memento.update(key, undefined);
}

/** Names and words that the recordings of a workspace are likely to have; empty: none. */
export class WorkspacePrompt {
  readonly #memento: vscode.Memento;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  get text(): string {
    const value = this.#memento.get<unknown>(mementoKeys.prompt);
    return typeof value === 'string' ? value : '';
  }

  async set(text: string): Promise<void> {
    await this.#memento.update(mementoKeys.prompt, text.trim() === '' ? undefined : text.trim());
  }
}

/** `hf:` ids that were asked for: they name the models that a scan of the disk finds. */
export function mementoKnownIds(memento: vscode.Memento): KnownModelIds {
  const list = (): readonly string[] => {
    const value = memento.get<unknown>(mementoKeys.knownModelIds);
    return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : [];
  };
  return {
    list: () => Promise.resolve(list()),
    async add(modelId) {
      if (list().includes(modelId)) return;
      await memento.update(mementoKeys.knownModelIds, [...list(), modelId].slice(-mostKnownIds));
    },
  };
}

/** When each model was last loaded here; only for showing. */
export class LastUsed implements Disposable {
  readonly #memento: vscode.Memento;
  readonly #subscription: Disposable;
  #loadedId: string | undefined;

  constructor(memento: vscode.Memento, manager: LazyManager) {
    this.#memento = memento;
    this.#subscription = manager.onDidChangeModels(() => {
      const loadedId = manager.loaded?.speech.loaded?.modelId;
      if (loadedId !== undefined && loadedId !== this.#loadedId) void this.#record(loadedId);
      this.#loadedId = loadedId;
    });
  }

  /** Milliseconds since 1970; undefined when it was never loaded here. */
  of(modelId: string): number | undefined {
    const value = this.#all()[modelId];
    return typeof value === 'number' ? value : undefined;
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #all(): Readonly<Record<string, unknown>> {
    const value = this.#memento.get<unknown>(mementoKeys.lastUsed);
    return isObject(value) ? value : {};
  }

  async #record(modelId: string): Promise<void> {
    await this.#memento.update(mementoKeys.lastUsed, { ...this.#all(), [modelId]: Date.now() });
  }
}

/**
 * How fast each model was on this machine: its newest measurement, which counts only for the revision that was
 * measured.
 */
export function mementoMeasurements(memento: vscode.Memento): Measurements {
  const read = (): Readonly<Record<string, unknown>> => {
    const value = memento.get<unknown>(mementoKeys.measurements);
    return isObject(value) ? value : {};
  };
  return {
    get: (modelId, revision) => parseMeasurement(modelId, read()[`${modelId}@${revision}`]),
    async put(revision, measurement) {
      const { modelId, ...figures } = measurement;
      const others = Object.entries(read()).filter(([name]) => !isMeasurementOf(modelId, name));
      await memento.update(mementoKeys.measurements, {
        ...Object.fromEntries(others),
        [`${modelId}@${revision}`]: figures,
      });
    },
  };
}

/** Ids may contain an @ of their own; a revision has none. */
function isMeasurementOf(modelId: string, name: string): boolean {
  return name.slice(0, name.lastIndexOf('@')) === modelId;
}

function parseMeasurement(modelId: string, value: unknown): Measurement | undefined {
  return isFigures(value) ? { ...value, modelId } : undefined;
}

function isFigures(value: unknown): value is Omit<Measurement, 'modelId'> {
  const numbers = ['measuredAtMs', 'threads', 'loadMs', 'audioMs', 'elapsedMs', 'realTimeFactor'];
  return (
    isObject(value) &&
    typeof value['engineDescription'] === 'string' &&
    numbers.every((name) => typeof value[name] === 'number')
  );
}

/** A download that had not ended when it was last recorded. */
interface UnfinishedDownload {
  readonly modelId: string;
  readonly modelName: string;
  readonly downloadedBytes: number;
  readonly totalBytes?: number;
}

/**
 * Which downloads had not ended when the editor was closed: a hint for the offer to resume them, so that a start need
 * not scan the cache. The bytes themselves are on the disk with their journal.
 */
export class UnfinishedDownloads {
  readonly #memento: vscode.Memento;
  readonly #key: string;
  #lastWritten = '';

  /** `machine` identifies the machine that this window is on. */
  constructor(memento: vscode.Memento, machine: string) {
    this.#memento = memento;
    this.#key = mementoKeys.unfinishedDownloads(machine);
  }

  list(): readonly UnfinishedDownload[] {
    const value = this.#memento.get<unknown>(this.#key);
    return Array.isArray(value) ? value.flatMap(parseUnfinished) : [];
  }

  /** Records a download; writes only when its state or its tenth changed. */
  async record(progress: ModelDownloadProgress): Promise<void> {
    // Another window records its own.
    if (progress.inOtherWindow === true) return;
    const { modelId, modelName, status, downloadedBytes, totalBytes } = progress;
    const tenth = totalBytes === undefined ? 0 : Math.floor((downloadedBytes / totalBytes) * 10);
    const stamp = `${modelId} ${status} ${String(tenth)}`;
    if (stamp === this.#lastWritten) return;
    this.#lastWritten = stamp;
    const others = this.list().filter((entry) => entry.modelId !== modelId);
    const ended = isFinal(status) && status !== 'error';
    const entry = { modelId, modelName, downloadedBytes, ...defined({ totalBytes }) };
    await this.#memento.update(this.#key, ended ? others : [...others, entry]);
  }

  async forget(modelIds: readonly string[]): Promise<void> {
    await this.#memento.update(
      this.#key,
      this.list().filter(({ modelId }) => !modelIds.includes(modelId)),
    );
  }
}

function parseUnfinished(value: unknown): UnfinishedDownload[] {
  if (!isObject(value)) return [];
  const { modelId, modelName, downloadedBytes, totalBytes } = value;
  if (typeof modelId !== 'string' || typeof modelName !== 'string' || !isByteCount(downloadedBytes))
    return [];
  return [
    { modelId, modelName, downloadedBytes, ...(isByteCount(totalBytes) ? { totalBytes } : {}) },
  ];
}
