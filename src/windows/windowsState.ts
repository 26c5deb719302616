import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Lock, StateAccess } from '../cache';
import { causeText } from '../common/asrError';
import type { Disposable } from '../common/disposable';
import { notesFolderName } from '../common/windowNotes';
import { isFinal } from '../protocol/downloadProgress';
import { type DownloadNote, parseDownloadNote } from './downloadNote';
import { NoteFolder } from './noteFolder';
import { OwnDownload } from './ownDownload';
import type {
  DownloadClaim,
  DownloadWish,
  OtherDownload,
  SharedDownloads,
  WindowsLook,
} from './sharedDownloads';
import { keyOfWish, parseWish, wishNoteName, wishText } from './wishNote';

/** How long the last word on a download, and a wish that nobody took, stay for others to read. */
const staleMs = 30_000;
const changeNoteName = 'changed';

/** {@link SharedDownloads} over the folder `state/windows` and the locks beside it. */
export class WindowsState implements SharedDownloads {
  readonly #access: StateAccess;
  readonly #notes: NoteFolder;
  /** By key; those that were let go stay until the next claim of the same download. */
  readonly #own = new Map<string, OwnDownload>();
  /** Keys that this window is about to own. */
  readonly #claiming = new Set<string>();
  /** The last change by this window, which is no news to it. */
  #ownChange: string | undefined;
  #changeStamp = '';

  constructor(access: StateAccess) {
    this.#access = access;
    this.#notes = new NoteFolder(
      path.join(access.stateRoot, notesFolderName),
      access.disk,
      access.clock,
    );
  }

  async claim(
    modelId: string,
    downloadId: string,
  ): Promise<{ readonly claim: DownloadClaim } | { readonly ownedAs: string }> {
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
    await this.#own.get(key)?.released;
    const attempt = await this.#access.locks.tryTake(downloadLock(key), downloadId);
    if ('owner' in attempt) return { ownedAs: attempt.owner.purpose };
    await this.#notes.remove(noteName(key)).catch(() => false);
    const { hubRoot } = this.#access;
    const identity = { modelId, downloadId, hubRoot, noteName: noteName(key) };
    const { clock, logger } = this.#access;
    const own = new OwnDownload(identity, { notes: this.#notes, clock, logger }, attempt.lock);
    this.#own.set(key, own);
    return { claim: own };
  }

  async isOwned(modelId: string): Promise<boolean> {
    const owner = await this.#access.locks.ownerOf(downloadLock(this.#keyOf(modelId)));
    return owner !== undefined;
  }

  async look(): Promise<WindowsLook> {
    const names = await this.#notes.names();
    const downloads: OtherDownload[] = [];
    const wishes: { modelId: string; wish: DownloadWish }[] = [];
    for (const name of names) {
      const key = /^([0-9a-f]{24})\.json$/.exec(name)?.[1];
      const wishKey = keyOfWish(name);
      if (key !== undefined && !this.#isOurs(key)) downloads.push(...(await this.#read(key)));
      if (wishKey !== undefined) wishes.push(...(await this.#takeWish(name, wishKey)));
      if (name.endsWith('.tmp')) await this.#removeStale(name);
    }
    for (const [key, own] of this.#own) {
      if (!names.includes(noteName(key))) own.tellAgain();
    }
    return { downloads, wishes, changeStamp: await this.#readChangeStamp(names) };
  }

  async ask(modelId: string, downloadId: string, wish: DownloadWish): Promise<void> {
    await this.#notes.write(wishNoteName(this.#keyOf(modelId)), wishText(downloadId, wish));
  }

  async sweep(modelId: string): Promise<void> {
    const key = this.#keyOf(modelId);
    const attempt = await this.#access.locks.tryTake(downloadLock(key), 'sweep');
    if ('owner' in attempt) return;
    try {
      await this.#notes.remove(noteName(key));
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
    await this.#notes.write(changeNoteName, stamp).catch((error: unknown) => {
      this.#access.logger.debug(`other windows were not told of a change: ${causeText(error)}`);
    });
  }

  watch(onChange: () => void): Disposable {
    return this.#notes.watch(onChange);
  }

  /** The note of another window's download, unless it is old news, another cache's or unreadable. */
  async #read(key: string): Promise<OtherDownload[]> {
    const found = await this.#notes.read(noteName(key));
    const note: DownloadNote | undefined =
      found === undefined ? undefined : parseDownloadNote(found.text);
    const isForHere =
      note?.hubRoot === this.#access.hubRoot && this.#keyOf(note.record.modelId) === key;
    if (found === undefined || note === undefined || !isForHere) return [];
    const { record } = note;
    if (isFinal(record.status) && this.#isStale(found.writtenMs)) {
      await this.sweep(record.modelId).catch(() => undefined);
      return [];
    }
    const isOwned = await this.isOwned(record.modelId);
    // What a dead owner left may have become this window's meanwhile.
    return this.#isOurs(key) ? [] : [{ record, isOwned }];
  }

  async #takeWish(
    name: string,
    key: string,
  ): Promise<{ readonly modelId: string; readonly wish: DownloadWish }[]> {
    const own = this.#own.get(key);
    if (own === undefined || own.released !== undefined) {
      await this.#removeStale(name);
      return [];
    }
    const found = await this.#notes.read(name);
    // Whoever removes it has taken it, so that it is obeyed once.
    const taken = await this.#notes.remove(name).catch(() => false);
    const wish = found === undefined ? undefined : parseWish(found.text, own.downloadId);
    return taken && wish !== undefined ? [{ modelId: own.modelId, wish }] : [];
  }

  async #readChangeStamp(names: readonly string[]): Promise<string> {
    if (!names.includes(changeNoteName)) return this.#changeStamp;
    const found = await this.#notes.read(changeNoteName);
    if (found !== undefined && found.text !== this.#ownChange) this.#changeStamp = found.text;
    return this.#changeStamp;
  }

  async #removeStale(name: string): Promise<void> {
    const found = await this.#notes.read(name);
    if (found !== undefined && this.#isStale(found.writtenMs)) {
      await this.#notes.remove(name).catch(() => false);
    }
  }

  #isStale(writtenMs: number): boolean {
    return this.#access.clock.wallMs() - writtenMs > staleMs;
  }

  /** One that is just being claimed or let go of is not another window's. */
  #isOurs(key: string): boolean {
    return this.#claiming.has(key) || this.#own.get(key)?.isLocked === true;
  }

  /** Names of models can be long and have any character in them; a file's can't. */
  #keyOf(modelId: string): string {
    return createHash('sha256')
      .update(`${this.#access.hubRoot}\0${modelId}`)
      .digest('hex')
      .slice(0, 24);
  }
}

function noteName(key: string): string {
  return `${key}.json`;
}

function downloadLock(key: string): string {
  return `download-${key}`;
}
