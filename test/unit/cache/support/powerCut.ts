import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';

/*
 * A disk after a power cut, played on Linux. What was flushed is known by watching every flush of a file or a folder; at
 * the cut, another folder is made of what such a disk may hold:
 *
 *   `nothing unflushed`  a folder has the names that it had when it was last flushed, a file its bytes of then
 *   `names alone`        every name, size and time is there, but what was not flushed of a file is zeros (as file systems
 *                        leave it that write names before bytes)
 */
export type Loss = 'nothing unflushed' | 'names alone';

interface FlushedFile {
  readonly kind: 'file';
  content: Buffer;
}
interface FlushedFolder {
  readonly kind: 'folder';
  names: ReadonlyMap<string, number>;
}
type Flushed = FlushedFile | FlushedFolder | { readonly kind: 'link'; readonly target: string };

/** Watches the flushes below one folder. */
export class PowerCut {
  readonly #root: string;
  readonly #flushed = new Map<number, Flushed>();

  /** Everything that lies below `root` now is on the disk itself. */
  constructor(root: string) {
    this.#root = root;
    this.#takeTree(root);
  }

  /** Watches until the returned function is called. */
  static async watch(cuts: () => Iterable<PowerCut>): Promise<() => void> {
    const probe = await fs.open(process.execPath, 'r');
    const prototype = Object.getPrototypeOf(probe) as FlushingHandle;
    await probe.close();
    const { sync, datasync } = prototype;
    const watched = (flush: () => Promise<void>) =>
      async function (this: FlushingHandle): Promise<void> {
        await flush.call(this);
        for (const cut of cuts()) cut.#flush(`/proc/self/fd/${String(this.fd)}`);
      };
    prototype.sync = watched(sync);
    prototype.datasync = watched(datasync);
    return () => Object.assign(prototype, { sync, datasync });
  }

  /** Makes `target` what the disk may hold after a cut. `source`: where the watched folder lies by then. */
  leave(source: string, target: string, loss: Loss): void {
    const state = path.join(source, 'state') + path.sep;
    if (loss === 'names alone') this.#leaveNames(source, target, state);
    else this.#leaveFlushed(lstatSync(source).ino, target);
  }

  #flush(descriptor: string): void {
    let real: string;
    try {
      real = readlinkSync(descriptor);
    } catch {
      return;
    }
    if (real !== this.#root && !real.startsWith(this.#root + path.sep)) return;
    this.#take(real);
  }

  #take(place: string): void {
    const stats = lstatSync(place);
    if (stats.isFile()) {
      this.#flushed.set(stats.ino, { kind: 'file', content: readFileSync(place) });
    } else if (stats.isSymbolicLink()) {
      this.#flushed.set(stats.ino, { kind: 'link', target: readlinkSync(place) });
    } else {
      const names = new Map<string, number>();
      for (const name of readdirSync(place)) {
        const inner = path.join(place, name);
        const { ino } = lstatSync(inner);
        names.set(name, ino);
        // A name comes with what it names: a link's text, a folder, a file without any bytes yet.
        if (!this.#flushed.has(ino)) this.#takeNew(inner, ino);
      }
      this.#flushed.set(stats.ino, { kind: 'folder', names });
    }
  }

  #takeNew(place: string, ino: number): void {
    const stats = lstatSync(place);
    if (stats.isSymbolicLink()) this.#take(place);
    else if (stats.isDirectory()) this.#flushed.set(ino, { kind: 'folder', names: new Map() });
    else this.#flushed.set(ino, { kind: 'file', content: Buffer.alloc(0) });
  }

  #takeTree(place: string): void {
    if (lstatSync(place).isDirectory()) {
      for (const name of readdirSync(place)) this.#takeTree(path.join(place, name));
    }
    this.#take(place);
  }

  #leaveFlushed(ino: number, target: string): void {
    const flushed = this.#flushed.get(ino);
    if (flushed === undefined) return;
    if (flushed.kind === 'file') writeFileSync(target, flushed.content);
    else if (flushed.kind === 'link') symlinkSync(flushed.target, target);
    else {
      mkdirSync(target, { recursive: true });
      for (const [name, inner] of flushed.names) this.#leaveFlushed(inner, path.join(target, name));
    }
  }

  #leaveNames(place: string, target: string, state: string): void {
    const stats = lstatSync(place);
    if (stats.isSymbolicLink()) {
      symlinkSync(readlinkSync(place), target);
      return;
    }
    if (stats.isDirectory()) {
      mkdirSync(target, { recursive: true });
      for (const name of readdirSync(place)) {
        this.#leaveNames(path.join(place, name), path.join(target, name), state);
      }
    } else {
      const flushed = this.#flushed.get(stats.ino);
      const content = readFileSync(place);
      const right = flushed?.kind === 'file' && flushed.content.equals(content);
      // Records in the state folder may be there although not flushed: none may be believed of lost bytes.
      writeFileSync(
        target,
        right || place.startsWith(state) ? content : Buffer.alloc(content.length),
      );
    }
    utimesSync(target, stats.atime, stats.mtime);
  }
}

interface FlushingHandle {
  readonly fd: number;
  sync: () => Promise<void>;
  datasync: () => Promise<void>;
}
