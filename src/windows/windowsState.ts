import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Lock, StateAccess } from '../cache';
import { causeText } from '../common/asrError';
import type { Disposable } from '../common/disposable';
import { isObject, parseJson } from '../common/json';
import { sharedStateFolderName } from '../common/sharedStatePath';
import { isFinal } from '../protocol/downloadProgress';
import { type DownloadStateFile, parseDownloadState } from './downloadStateFile';
import { LocalDownload } from './localDownload';
import {
  type DownloadLease,
  type DownloadRequest,
  downloadRequests,
  type SharedDownload,
  type SharedDownloads,
  type SharedState,
} from './sharedDownloads';
import { SharedStateFolder } from './sharedStateFolder';

/** How long a final record, and a request that no window took, stay in the folder. */
const staleMs = 30_000;
const changeFileName = 'changed';

/** The state that the windows on one state folder share about their downloads. */
export function createSharedDownloads(access: StateAccess): SharedDownloads {
  return new WindowsState(access);
}

/** {@link SharedDownloads} over the folder `state/windows` and the locks next to it. */
class WindowsState implements SharedDownloads {
  readonly #access: StateAccess;
  readonly #folder: SharedStateFolder;
  /** By key; released ones stay until the next claim of the same download. */
  readonly #local = new Map<string, LocalDownload>();
  /** Keys whose lock this window is taking. */
  readonly #claiming = new Set<string>();
  /** The last change by this window itself, which it need not report. */
  #ownChange: string | undefined;
  #changeStamp = '';

  constructor(access: StateAccess) {
    this.#access = access;
    this.#folder = new SharedStateFolder(
      path.join(access.stateRoot, sharedStateFolderName),
      access.disk,
      access.clock,
    );
  }

  async claim(
    modelId: string,
    downloadId: string,
  ): Promise<{ readonly claim: DownloadLease } | { readonly ownedAs: string }> {
    const key = this.#keyOf(modelId);
    this.#claiming.add(key);
    try {
      return await this.#claim(key, modelId, downloadId);
    } finally {
      this.#claiming.delete(key);
    }
  }

  async #claim(
    key: string,
    modelId: string,
    downloadId: string,
  ): ReturnType<SharedDownloads['claim']> {
    await this.#local.get(key)?.released;
    const attempt = await this.#access.locks.tryTake(downloadLock(key), downloadId);
    if ('owner' in attempt) return { ownedAs: attempt.owner.purpose };
    await this.#folder.remove(stateFileName(key)).catch(() => false);
    const { hubRoot } = this.#access;
    const identity = { modelId, downloadId, hubRoot, stateFileName: stateFileName(key) };
    const { clock, logger } = this.#access;
    const local = new LocalDownload(identity, attempt.lock, this.#folder, clock, logger);
    this.#local.set(key, local);
    return { claim: local };
  }

  async isOwned(modelId: string): Promise<boolean> {
    const owner = await this.#access.locks.ownerOf(downloadLock(this.#keyOf(modelId)));
    return owner !== undefined;
  }

  async poll(): Promise<SharedState> {
    const names = await this.#folder.names();
    const downloads: SharedDownload[] = [];
    const requests: { modelId: string; request: DownloadRequest }[] = [];
    for (const name of names) {
      const key = /^([0-9a-f]{24})\.json$/.exec(name)?.[1];
      const requestKey = keyOfRequest(name);
      if (key !== undefined && !this.#isOurs(key)) downloads.push(...(await this.#read(key)));
      if (requestKey !== undefined) requests.push(...(await this.#takeRequest(name, requestKey)));
      if (name.endsWith('.tmp')) await this.#removeStale(name);
    }
    for (const [key, local] of this.#local) {
      if (!names.includes(stateFileName(key))) local.publishAgain();
    }
    return { downloads, requests, changeStamp: await this.#readChangeStamp(names) };
  }

  async sendRequest(modelId: string, downloadId: string, request: DownloadRequest): Promise<void> {
    await this.#folder.write(
      requestFileName(this.#keyOf(modelId)),
      requestText(downloadId, request),
    );
  }

  async removeAbandoned(modelId: string): Promise<void> {
    const key = this.#keyOf(modelId);
    const attempt = await this.#access.locks.tryTake(downloadLock(key), 'sweep');
    if ('owner' in attempt) return;
    try {
      await this.#folder.remove(stateFileName(key));
    } finally {
      await attempt.lock.release();
    }
  }

  async claimOffer(modelId: string): Promise<Lock | undefined> {
    const attempt = await this.#access.locks.tryTake(`offer-${this.#keyOf(modelId)}`, 'offer');
    return 'lock' in attempt ? attempt.lock : undefined;
  }

  async announceChange(): Promise<void> {
    const stamp = randomUUID();
    this.#ownChange = stamp;
    await this.#folder
      .write(changeFileName, stamp)
      .catch((error: unknown) =>
        this.#access.logger.debug(`the change of the cache was not announced: ${causeText(error)}`),
      );
  }

  watch(onChange: () => void): Disposable {
    return this.#folder.watch(onChange);
  }

  /** The state of another window's download, unless it is stale, of another cache or unreadable. */
  async #read(key: string): Promise<SharedDownload[]> {
    const found = await this.#folder.read(stateFileName(key));
    const state: DownloadStateFile | undefined =
      found === undefined ? undefined : parseDownloadState(found.text);
    const isForHere =
      state?.hubRoot === this.#access.hubRoot && this.#keyOf(state.record.modelId) === key;
    if (found === undefined || state === undefined || !isForHere) return [];
    const { record } = state;
    if (isFinal(record.status) && this.#isStale(found.writtenMs)) {
      await this.removeAbandoned(record.modelId).catch(() => undefined);
      return [];
    }
    const isOwned = await this.isOwned(record.modelId);
    // This window may have claimed the download of an owner that ended, meanwhile.
    return this.#isOurs(key) ? [] : [{ record, isOwned }];
  }

  async #takeRequest(
    name: string,
    key: string,
  ): Promise<{ readonly modelId: string; readonly request: DownloadRequest }[]> {
    const local = this.#local.get(key);
    if (local === undefined || local.released !== undefined) {
      await this.#removeStale(name);
      return [];
    }
    const found = await this.#folder.read(name);
    // It is removed before it is obeyed, so that it is obeyed once.
    const taken = await this.#folder.remove(name).catch(() => false);
    const request = found === undefined ? undefined : parseRequest(found.text, local.downloadId);
    return taken && request !== undefined ? [{ modelId: local.modelId, request }] : [];
  }

  async #readChangeStamp(names: readonly string[]): Promise<string> {
    if (!names.includes(changeFileName)) return this.#changeStamp;
    const found = await this.#folder.read(changeFileName);
    if (found !== undefined && found.text !== this.#ownChange) this.#changeStamp = found.text;
    return this.#changeStamp;
  }

  async #removeStale(name: string): Promise<void> {
    const found = await this.#folder.read(name);
    if (found !== undefined && this.#isStale(found.writtenMs)) {
      await this.#folder.remove(name).catch(() => false);
    }
  }

  #isStale(writtenMs: number): boolean {
    return this.#access.clock.wallMs() - writtenMs > staleMs;
  }

  /** Whether a key is this window's, also while its lock is being taken or released. */
  #isOurs(key: string): boolean {
    return this.#claiming.has(key) || this.#local.get(key)?.isLocked === true;
  }

  /** A model's id can be long and have characters that a file's name can't. */
  #keyOf(modelId: string): string {
    return createHash('sha256')
      .update(`${this.#access.hubRoot}\0${modelId}`)
      .digest('hex')
      .slice(0, 24);
  }
}

function stateFileName(key: string): string {
  return `${key}.json`;
}

function downloadLock(key: string): string {
  return `download-${key}`;
}

/** The name of a request file for the owner of the download with this key; no two requests share one. */
function requestFileName(key: string): string {
  return `${key}.${randomUUID()}.wish`;
}

/** The key in a request file's name; undefined for other files. */
function keyOfRequest(name: string): string | undefined {
  return /^([0-9a-f]{24})\.[0-9a-f-]{36}\.wish$/.exec(name)?.[1];
}

function requestText(downloadId: string, request: DownloadRequest): string {
  return JSON.stringify({ version: 1, downloadId, wish: request });
}

/** Reads a request for the download of that id; undefined when the text is none, or one for an earlier download. */
function parseRequest(text: string, downloadId: string): DownloadRequest | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['downloadId'] !== downloadId) return undefined;
  return downloadRequests.find((request) => request === json['wish']);
}
