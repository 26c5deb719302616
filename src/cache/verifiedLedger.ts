import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../common/clock';
import { errnoOf } from '../common/fileErrors';
import { isRefusal, retryInUse } from '../common/fileInUse';
import { isByteCount, isObject, parseJson } from '../common/json';
import type { Disk } from './disk';
import { sharedFolder } from './layout';

/** The facts about a file's content from having read it. */
interface LedgerEntry {
  /** Slash-separated, below the cache's root: `models--org--name/blobs/<digest>`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** The digest of its bytes, lower-case hex. */
  readonly hex: string;
  /** Milliseconds since 1970. */
  readonly hashedMs: number;
}

/**
 * The verified ledger: which files were hashed by us, at which size and time, and which snapshot entries we made. It
 * is a memory and never a truth: an entry counts only while the file still has that size and time, and a ledger that
 * is lost costs only hashing again. A line per fact, appended; a torn line spoils itself alone.
 *
 * It lies beside the cache, so that every program that uses the cache knows what was hashed. Where that folder can't
 * be written (a cache of another user, a read-only disk) this editor's own state has a second one; both are read.
 */
export class VerifiedLedger {
  readonly #shared: LedgerFile;
  readonly #private: LedgerFile;
  readonly #disk: Disk;
  readonly #clock: Clock;

  constructor(hubRoot: string, stateRoot: string, disk: Disk, clock: Clock) {
    const rootId = createHash('sha256').update(path.resolve(hubRoot)).digest('hex').slice(0, 12);
    this.#shared = new LedgerFile(path.join(sharedFolder(hubRoot), 'verified.jsonl'));
    this.#private = new LedgerFile(path.join(stateRoot, `verified-${rootId}.jsonl`));
    this.#disk = disk;
    this.#clock = clock;
  }

  /** The digest that a file of this size and time was found to have; undefined when it was not hashed since. */
  hexOf(file: string, sizeBytes: number, mtimeMs: number): string | undefined {
    const facts = [this.#shared.hashed.get(file), this.#private.hashed.get(file)];
    return facts.find(
      (fact) => fact?.sizeBytes === sizeBytes && fact.mtimeMs === Math.trunc(mtimeMs),
    )?.hex;
  }

  /** Whether a snapshot's entry (path below the root) was put there by us. */
  isOwn(entry: string): boolean {
    return this.#shared.own.has(entry) || this.#private.own.has(entry);
  }

  entries(): readonly LedgerEntry[] {
    return [...new Map([...this.#private.hashed, ...this.#shared.hashed]).values()];
  }

  /** Reads what other windows wrote, as far as it can be read now. */
  refresh(): void {
    this.#shared.refresh();
    this.#private.refresh();
  }

  /**
   * The same, and waits for a program that holds one of the files: a caller that removes files which are not in the
   * ledger must have read it. Rejects with the system's refusal when that does not end, or comes from permissions.
   */
  async refreshWhenFree(): Promise<void> {
    for (const ledger of [this.#shared, this.#private]) {
      const read = (): Promise<void> => Promise.resolve().then(() => ledger.read());
      await retryInUse(this.#clock, [ledger.file], read);
    }
  }

  async recordHash(file: string, sizeBytes: number, mtimeMs: number, hex: string): Promise<void> {
    if (this.hexOf(file, sizeBytes, mtimeMs) === hex) return;
    const entry = {
      file,
      size: sizeBytes,
      mtime: Math.trunc(mtimeMs),
      hex,
      at: this.#clock.wallMs(),
    };
    await this.#append(JSON.stringify(entry));
  }

  async recordOwn(entries: readonly string[]): Promise<void> {
    const fresh = entries.filter((entry) => !this.isOwn(entry));
    if (fresh.length === 0) return;
    await this.#append(fresh.map((own) => JSON.stringify({ own })).join('\n'));
  }

  /** Replaces the ledger by one with only what `keep` says still exists. */
  async compact(keep: (file: string) => Promise<boolean>): Promise<void> {
    await this.refreshWhenFree();
    const lines: string[] = [];
    for (const {
      path: file,
      sizeBytes: size,
      mtimeMs: mtime,
      hex,
      hashedMs: at,
    } of this.entries()) {
      if (await keep(file)) lines.push(JSON.stringify({ file, size, mtime, hex, at }));
    }
    const own = new Set([...this.#private.own, ...this.#shared.own]);
    for (const entry of own) if (await keep(entry)) lines.push(JSON.stringify({ own: entry }));
    const text = lines.map((line) => `${line}\n`).join('');
    const folder = path.dirname(this.#shared.file);
    await this.#disk.makeFolder(folder);
    await this.#disk.writeWhole(this.#shared.file, text, folder);
    await this.#disk.remove(this.#private.file);
    this.refresh();
  }

  /** Removes this editor's own part. */
  async remove(): Promise<void> {
    await this.#disk.remove(this.#private.file);
  }

  async #append(lines: string): Promise<void> {
    try {
      await this.#appendTo(this.#shared.file, lines);
    } catch (error) {
      if (!isRefusal(error) && errnoOf(error) !== 'EROFS') throw error;
      await this.#appendTo(this.#private.file, lines);
    }
    this.refresh();
  }

  async #appendTo(file: string, lines: string): Promise<void> {
    await this.#disk.makeFolder(path.dirname(file));
    // The leading newline keeps a line that a kill tore off from spoiling this one.
    await this.#disk.append(file, `\n${lines}\n`);
  }
}

/** The entries of one file, as far as it was read. */
class LedgerFile {
  hashed = new Map<string, LedgerEntry>();
  own = new Set<string>();
  #ino: number | undefined;
  #readBytes = 0;

  constructor(readonly file: string) {}

  /** Reads as {@link read}. A file that can't be read now says nothing new. */
  refresh(): void {
    try {
      this.read();
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  /** Reads the new end of the file, or all of it when it was replaced. Throws the system's refusal to let it be read. */
  read(): void {
    const stats = statsOf(this.file);
    const sizeBytes = stats?.isFile() === true ? stats.size : 0;
    const isReplaced = stats?.ino !== this.#ino || sizeBytes < this.#readBytes;
    const position = isReplaced ? 0 : this.#readBytes;
    const added =
      sizeBytes === position
        ? Buffer.alloc(0)
        : readFrom(this.file, position, sizeBytes - position);
    if (isReplaced) {
      this.hashed = new Map();
      this.own = new Set();
      this.#ino = stats?.ino;
    }
    const whole = added.subarray(0, added.lastIndexOf(0x0a) + 1);
    for (const line of whole.toString('utf8').split('\n')) this.#take(line);
    this.#readBytes = position + whole.length;
  }

  #take(line: string): void {
    if (line === '') return;
    const json = parseJson(line);
    if (!isObject(json)) return;
    const { own, file, size, mtime, hex, at } = json;
    if (typeof own === 'string') {
      this.own.add(own);
      return;
    }
    if (typeof file !== 'string' || typeof hex !== 'string') return;
    if (!isByteCount(size) || typeof mtime !== 'number' || typeof at !== 'number') return;
    this.hashed.set(file, { path: file, sizeBytes: size, mtimeMs: mtime, hex, hashedMs: at });
  }
}

function readFrom(file: string, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (isRefusal(error)) throw error;
    return Buffer.alloc(0);
  }
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position));
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined also where the cache's folder is no folder, or may not be looked into. */
function statsOf(file: string): Stats | undefined {
  try {
    return lstatSync(file);
  } catch {
    return undefined;
  }
}
