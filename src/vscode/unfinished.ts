import type * as vscode from 'vscode';
import { isByteCount, isObject } from '../base/json';
import { isFinal, type ModelDownloadProgress } from '../protocol/downloadProgress';

const key = 'asr.unfinishedDownloads';

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
  #lastWritten = '';

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  list(): readonly UnfinishedDownload[] {
    const value = this.#memento.get<unknown>(key);
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
      ...(totalBytes === undefined ? {} : { totalBytes }),
    };
    await this.#memento.update(key, ended ? others : [...others, entry]);
  }

  async forget(modelIds: readonly string[]): Promise<void> {
    await this.#memento.update(
      key,
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
