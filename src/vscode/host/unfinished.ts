import type * as vscode from 'vscode';
import { isByteCount, isObject } from '../../common/json';
import { defined } from '../../protocol/defined';
import { isFinal, type ModelDownloadProgress } from '../../protocol/downloadProgress';

/**
 * The editor's memento belongs to the person's computer, downloads to the machine with the models: a window on another
 * one must neither offer nor forget them.
 */
const keyOf = (machine: string): string => `asr.unfinishedDownloads ${machine}`;

/** A download that had not ended when it was last heard of. */
export interface UnfinishedDownload {
  readonly modelId: string;
  readonly modelName: string;
  readonly downloadedBytes: number;
  readonly totalBytes?: number;
}

/**
 * Which downloads had not ended when the editor went away: only a hint for the offer to go on, so that a start need
 * not walk the cache. The bytes themselves are on the disk with their journal.
 */
export class UnfinishedDownloads {
  readonly #memento: vscode.Memento;
  readonly #key: string;
  #lastWritten = '';

  /** `machine` tells the machines apart that the person's windows are on. */
  constructor(memento: vscode.Memento, machine: string) {
    this.#memento = memento;
    this.#key = keyOf(machine);
  }

  list(): readonly UnfinishedDownload[] {
    const value = this.#memento.get<unknown>(this.#key);
    return Array.isArray(value) ? value.flatMap(parse) : [];
  }

  /** Takes note of a record; writes only when its state or its tenth changed. */
  async note(record: ModelDownloadProgress): Promise<void> {
    // Another window takes note of its own.
    if (record.inOtherWindow === true) return;
    const { modelId, modelName, status, downloadedBytes, totalBytes } = record;
    const tenth = totalBytes === undefined ? 0 : Math.floor((downloadedBytes / totalBytes) * 10);
    const stamp = `${modelId} ${status} ${String(tenth)}`;
    if (stamp === this.#lastWritten) return;
    this.#lastWritten = stamp;
    const others = this.list().filter((entry) => entry.modelId !== modelId);
    const ended = isFinal(status) && status !== 'error';
    const entry = {
      modelId,
      modelName,
      downloadedBytes,
      ...defined({ totalBytes }),
    };
    await this.#memento.update(this.#key, ended ? others : [...others, entry]);
  }

  async forget(modelIds: readonly string[]): Promise<void> {
    await this.#memento.update(
      this.#key,
      this.list().filter(({ modelId }) => !modelIds.includes(modelId)),
    );
  }
}

function parse(value: unknown): UnfinishedDownload[] {
  if (!isObject(value)) return [];
  const { modelId, modelName, downloadedBytes, totalBytes } = value;
  if (typeof modelId !== 'string' || typeof modelName !== 'string' || !isByteCount(downloadedBytes))
    return [];
  return [
    { modelId, modelName, downloadedBytes, ...(isByteCount(totalBytes) ? { totalBytes } : {}) },
  ];
}
