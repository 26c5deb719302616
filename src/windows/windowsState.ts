import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Lock, StateAccess } from '../cache';
import { causeText } from '../common/asrError';
import type { Disposable } from '../common/disposable';
import { sharedStateFolderName } from '../common/sharedStatePath';
import { isFinal } from '../protocol/downloadProgress';
import { type DownloadStateFile, parseDownloadState } from './downloadStateFile';
import { LocalDownload } from './localDownload';
import { keyOfRequest, parseRequest, requestFileName, requestText } from './requestFile';
import type {
  DownloadLease,
  DownloadRequest,
  SharedDownload,
  SharedDownloads,
  SharedState,
} from './sharedDownloads';
import { SharedStateFolder } from './sharedStateFolder';

/** How long the last word on a download, and a wish that nobody took, stay for others to read. */
const staleMs = 30_000;
const changeFileName = 'changed';

/** {@link SharedDownloads} over the folder `state/windows` and the locks beside it. */
export class WindowsState implements SharedDownloads {
  readonly #access: StateAccess;
  readonly #folder: SharedStateFolder;
  /** By key; those that were let go stay until the next claim of the same download. */
  readonly #local = new Map<string, LocalDownload>();
  /** Keys that this window is about to own. */
  readonly #claiming = new Set<string>();
  /** The last change by this window, which is no news to it. */
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
    const own = new LocalDownload(identity, { notes: this.#folder, clock, logger }, attempt.lock);
    this.#local.set(key, own);
    return { claim: own };
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
    for (const [key, own] of this.#local) {
      if (!names.includes(stateFileName(key))) own.publishAgain();
    }
    return { downloads, requests, changeStamp: await this.#readChangeStamp(names) };
  }

  async sendRequest(modelId: string, downloadId: string, wish: DownloadRequest): Promise<void> {
    await this.#folder.write(requestFileName(this.#keyOf(modelId)), requestText(downloadId, wish));
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
        this.#access.logger.debug(`other windows were not told of a change: ${causeText(error)}`),
      );
  }

  watch(onChange: () => void): Disposable {
    return this.#folder.watch(onChange);
  }

  /** The note of another window's download, unless it is old news, another cache's or unreadable. */
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
    // What a dead owner left may have become this window's meanwhile.
    return this.#isOurs(key) ? [] : [{ record, isOwned }];
  }

  async #takeRequest(
    name: string,
    key: string,
  ): Promise<{ readonly modelId: string; readonly request: DownloadRequest }[]> {
    const own = this.#local.get(key);
    if (own === undefined || own.released !== undefined) {
      await this.#removeStale(name);
      return [];
    }
    const found = await this.#folder.read(name);
    // Whoever removes it has taken it, so that it is obeyed once.
    const taken = await this.#folder.remove(name).catch(() => false);
    const request = found === undefined ? undefined : parseRequest(found.text, own.downloadId);
    return taken && request !== undefined ? [{ modelId: own.modelId, request }] : [];
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

  /** One that is just being claimed or let go of is not another window's. */
  #isOurs(key: string): boolean {
    return this.#claiming.has(key) || this.#local.get(key)?.isLocked === true;
  }

  /** Names of models can be long and have any character in them; a file's can't. */
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
