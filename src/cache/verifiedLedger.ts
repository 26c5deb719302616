import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../common/clock';
import { isByteCount, isObject, parseJson } from '../common/json';
import type { Disk } from './disk';

/** What is known of a file's content from having read it. */
export interface LedgerEntry {
  /** Slash-separated, below the cache's root: `models--org--name/blobs/<digest>`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** What its bytes hashed to, lower-case hex. */
  readonly hex: string;
  /** Milliseconds since 1970. */
  readonly hashedMs: number;
}

/**
 * The verified ledger: which files were hashed by us, at which size and time, and which snapshot entries we made. It
 * is a memory and never a truth: an entry counts only while the file still has that size and time, and a ledger that
 * is lost costs only hashing again. A line per fact, appended; a torn line spoils itself alone. One per cache root.
 */
export class VerifiedLedger {
  readonly file: string;
  readonly #stateRoot: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  #hashed = new Map<string, LedgerEntry>();
  #own = new Set<string>();
  #ino: number | undefined;
  #readBytes = 0;

  constructor(hubRoot: string, stateRoot: string, disk: Disk, clock: Clock) {
    const rootId = createHash('sha256').update(path.resolve(hubRoot)).digest('hex').slice(0, 12);
    this.file = path.join(stateRoot, `verified-${rootId}.jsonl`);
    this.#stateRoot = stateRoot;
    this.#disk = disk;
    this.#clock = clock;
  }

  /** The digest that a file of this size and time was found to have; undefined when it was not hashed since. */
  hexOf(file: string, sizeBytes: number, mtimeMs: number): string | undefined {
    const entry = this.#hashed.get(file);
    const same = entry?.sizeBytes === sizeBytes && entry.mtimeMs === Math.trunc(mtimeMs);
    return same ? entry.hex : undefined;
  }

  /** Whether a snapshot's entry (path below the root) was put there by us. */
  isOwn(entry: string): boolean {
    return this.#own.has(entry);
  }

  entries(): readonly LedgerEntry[] {
    return [...this.#hashed.values()];
  }

  /** Reads what other windows wrote: the new end of the file, or all of it when it was replaced. */
  refresh(): void {
    const stats = statSync(this.file, { throwIfNoEntry: false });
    const sizeBytes = stats?.isFile() === true ? stats.size : 0;
    if (stats?.ino !== this.#ino || sizeBytes < this.#readBytes) {
      this.#hashed = new Map();
      this.#own = new Set();
      this.#readBytes = 0;
      this.#ino = stats?.ino;
    }
    if (sizeBytes === this.#readBytes) return;
    const added = readFrom(this.file, this.#readBytes, sizeBytes - this.#readBytes);
    const whole = added.subarray(0, added.lastIndexOf(0x0a) + 1);
    for (const line of whole.toString('utf8').split('\n')) this.#take(line);
    this.#readBytes += whole.length;
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
    const fresh = entries.filter((entry) => !this.#own.has(entry));
    if (fresh.length === 0) return;
    await this.#append(fresh.map((own) => JSON.stringify({ own })).join('\n'));
  }

  /** Replaces the ledger by one with only what `keep` says still exists. */
  async compact(keep: (file: string) => Promise<boolean>): Promise<void> {
    this.refresh();
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
    for (const own of this.#own) if (await keep(own)) lines.push(JSON.stringify({ own }));
    await this.#disk.makeFolder(this.#stateRoot);
    const text = lines.map((line) => `${line}\n`).join('');
    await this.#disk.writeWhole(this.file, text, this.#stateRoot);
    this.refresh();
  }

  async #append(lines: string): Promise<void> {
    await this.#disk.makeFolder(this.#stateRoot);
    // The leading newline keeps a line that a kill tore off from spoiling this one.
    await this.#disk.append(this.file, `\n${lines}\n`);
    this.refresh();
  }

  #take(line: string): void {
    if (line === '') return;
    const json = parseJson(line);
    if (!isObject(json)) return;
    const { own, file, size, mtime, hex, at } = json;
    if (typeof own === 'string') {
      this.#own.add(own);
      return;
    }
    if (typeof file !== 'string' || typeof hex !== 'string') return;
    if (!isByteCount(size) || typeof mtime !== 'number' || typeof at !== 'number') return;
    this.#hashed.set(file, { path: file, sizeBytes: size, mtimeMs: mtime, hex, hashedMs: at });
  }
}

function readFrom(file: string, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position));
  } finally {
    closeSync(descriptor);
  }
}
