import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Lock, LockAttempt, StateAccess } from '../cache';
import { causeText } from '../common/asrError';
import type { Disposable } from '../common/disposable';
import { isObject, parseJson } from '../common/json';
import { sharedStateFolderName } from '../common/sharedStatePath';
import { isFinal } from '../protocol/downloadProgress';
import { parseDownloadState } from './downloadStateFile';
import { LocalDownload } from './localDownload';
import {
  type DownloadRequest,
  downloadRequests,
  type SharedDownload,
  type SharedDownloads,
  type SharedState,
} from './sharedDownloads';
import { SharedStateFolder } from './sharedStateFolder';

/** How long a final record, and a request that no window took, stay in the folder. */
const staleMs = 30_000;
/** An owner at work writes its record every five seconds; an older one says nothing of now. */
const freshMs = 15_000;
const changeFileName = 'changed';

/** The state that the windows on one cache share about their downloads. */
export function createSharedDownloads(access: StateAccess): SharedDownloads {
  return new WindowsState(access);
}

/** {@link SharedDownloads} over a folder next to the cache, and the locks in the same place. */
class WindowsState implements SharedDownloads {
  readonly #access: StateAccess;
  readonly #folder: SharedStateFolder;
  /** By key; released ones stay until the next claim of the same download. */
  readonly #local = new Map<string, LocalDownload>();
  /** Keys whose lock this window is taking. */
  readonly #claiming = new Set<string>();
  /** By name, of other windows' files: how long, by this clock, they are known to be unchanged. */
  readonly #seen = new Map<string, { readonly writtenMs: number; readonly sinceMs: number }>();
  /** The last change by this window itself, which it need not report. */
  #ownChange: string | undefined;
  #changeStamp = '';

  constructor(access: StateAccess) {
    this.#access = access;
    this.#folder = new SharedStateFolder(
      path.join(access.sharedRoot, sharedStateFolderName),
      access.disk,
      access.clock,
    );
  }

  claim(modelId: string, downloadId: string): ReturnType<SharedDownloads['claim']> {
    return this.#claim(modelId, downloadId, (name) => this.#access.locks.tryTake(name, downloadId));
  }

  takeOver(modelId: string, downloadId: string): ReturnType<SharedDownloads['claim']> {
    return this.#claim(modelId, downloadId, (name) =>
      this.#access.locks.takeOver(name, downloadId),
    );
  }

  async #claim(
    modelId: string,
    downloadId: string,
    take: (lockName: string) => Promise<LockAttempt>,
  ): ReturnType<SharedDownloads['claim']> {
    const key = keyOf(modelId);
    this.#claiming.add(key);
    try {
      await this.#local.get(key)?.released;
      const attempt = await take(downloadLock(key));
      if ('owner' in attempt) return { ownedAs: attempt.owner.purpose };
      await this.#folder.remove(stateFileName(key)).catch(() => false);
      const identity = { modelId, downloadId, stateFileName: stateFileName(key) };
      const { clock, logger } = this.#access;
      const local = new LocalDownload(identity, attempt.lock, this.#folder, clock, logger);
      this.#local.set(key, local);
      return { claim: local };
    } finally {
      this.#claiming.delete(key);
    }
  }

  async isOwned(modelId: string): Promise<boolean> {
    const owner = await this.#access.locks.ownerOf(downloadLock(keyOf(modelId)));
    return owner !== undefined;
  }

  async poll(): Promise<SharedState> {
    const names = await this.#folder.names();
    for (const name of this.#seen.keys()) if (!names.includes(name)) this.#seen.delete(name);
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
    const isExpiring = this.#seen.size > 0;
    return { downloads, requests, changeStamp: await this.#readChangeStamp(names), isExpiring };
  }

  async sendRequest(modelId: string, downloadId: string, request: DownloadRequest): Promise<void> {
    await this.#folder.write(requestFileName(keyOf(modelId)), requestText(downloadId, request));
  }

  async removeAbandoned(modelId: string): Promise<void> {
    const key = keyOf(modelId);
    const attempt = await this.#access.locks.tryTake(downloadLock(key), 'sweep');
    if ('owner' in attempt) return;
    try {
      await this.#folder.remove(stateFileName(key));
    } finally {
      await attempt.lock.release();
    }
  }

  async claimOffer(modelId: string): Promise<Lock | undefined> {
    const attempt = await this.#access.locks.tryTake(`offer-${keyOf(modelId)}`, 'offer');
    return 'lock' in attempt ? attempt.lock : undefined;
  }

  async announceChange(): Promise<void> {
    const stamp = randomUUID();
    this.#ownChange = stamp;
    await this.#folder
      .write(changeFileName, stamp, { onlyIfShared: true })
      .catch((error: unknown) =>
        this.#access.logger.debug(`the change of the cache was not announced: ${causeText(error)}`),
      );
  }

  watch(onChange: () => void): Disposable {
    return this.#folder.watch(onChange);
  }

  /** The state of another window's download, unless it is stale or unreadable. */
  async #read(key: string): Promise<SharedDownload[]> {
    const found = await this.#folder.read(stateFileName(key));
    const record = found === undefined ? undefined : parseDownloadState(found.text);
    if (found === undefined || record === undefined || keyOf(record.modelId) !== key) return [];
    const isStale = this.#isStale(stateFileName(key), found.writtenMs);
    if (isFinal(record.status) && isStale) {
      await this.removeAbandoned(record.modelId).catch(() => undefined);
      return [];
    }
    const isOwned = await this.isOwned(record.modelId);
    // This window may have claimed the download of an owner that ended, meanwhile.
    return this.#isOurs(key)
      ? []
      : [{ record, isOwned, isFresh: this.#isFresh(stateFileName(key)) }];
  }

  /** Whether a file that was seen has changed within the last seconds. */
  #isFresh(name: string): boolean {
    const { clock } = this.#access;
    return clock.nowMs() - (this.#seen.get(name)?.sinceMs ?? 0) < freshMs;
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
    if (found !== undefined && this.#isStale(name, found.writtenMs)) {
      await this.#folder.remove(name).catch(() => false);
    }
  }

  /** Whether a file has been seen unchanged for long. Its own time may be of another computer's clock. */
  #isStale(name: string, writtenMs: number): boolean {
    const { clock } = this.#access;
    const known = this.#seen.get(name);
    if (known?.writtenMs === writtenMs) return clock.nowMs() - known.sinceMs > staleMs;
    // One that is old at first sight is none of now, unless this clock or the other one is wrong: its next change tells.
    const isOld = known === undefined && Math.abs(clock.wallMs() - writtenMs) > freshMs;
    this.#seen.set(name, { writtenMs, sinceMs: clock.nowMs() - (isOld ? freshMs : 0) });
    return false;
  }

  /** Whether a key is this window's, also while its lock is being taken or released. */
  #isOurs(key: string): boolean {
    return this.#claiming.has(key) || this.#local.get(key)?.isLocked === true;
  }
}

/** A model's id can be long and have characters that a file's name can't. */
function keyOf(modelId: string): string {
  return createHash('sha256').update(modelId).digest('hex').slice(0, 24);
}

function stateFileName(key: string): string {
  return `${key}.json`;
}

function downloadLock(key: string): string {
  return `download-${key}`;
}

/** The name of a request file for the owner of the download with this key; no two requests share one. */
function requestFileName(key: string): string {
  return `${key}.${randomUUID()}.request`;
}

/** The key in a request file's name; undefined for other files. */
function keyOfRequest(name: string): string | undefined {
  return /^([0-9a-f]{24})\.[0-9a-f-]{36}\.request$/.exec(name)?.[1];
}

function requestText(downloadId: string, request: DownloadRequest): string {
  return JSON.stringify({ version: 1, downloadId, request });
}

/** Reads a request for the download of that id; undefined when the text is none, or one for an earlier download. */
function parseRequest(text: string, downloadId: string): DownloadRequest | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['downloadId'] !== downloadId) return undefined;
  return downloadRequests.find((one) => one === json['request']);
}
