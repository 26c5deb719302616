import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isObject, parseJson } from '../../common/json';

/** A window that holds the lock does so for some milliseconds; one that was killed meanwhile left it behind. */
const staleLockMs = 5_000;
const msBetweenTries = 25;
const mostTries = 2 * (staleLockMs / msBetweenTries);

/** Values of `asr.cache.directory`. */
interface Kept {
  /** The one in use when a window last looked. */
  readonly directory: string;
  /** Earlier ones that nobody has answered for yet, and the process of the window that asks. */
  readonly left: readonly string[];
  readonly askedBy: number;
}

/**
 * Remembers, for all windows of this machine and across restarts, which folder models are kept in, so that a change is
 * noticed even when no window was open, and exactly one window asks what shall become of what was left behind. A file
 * of our own storage, because the editor's memento belongs to the person's computer and this to the machine with the
 * models.
 */
export class KeptFolder {
  readonly #file: string;
  readonly #pid: number;

  /** `file` lies in our own storage; `pid` is the process of this window. */
  constructor(file: string, pid: number = process.pid) {
    this.#file = file;
    this.#pid = pid;
  }

  /**
   * Takes note that this folder is in use. Resolves with the earlier ones that this window is to ask about; none where
   * another window asks already. Asked for again later when this window goes away before {@link answered}.
   */
  async claim(directory: string): Promise<readonly string[]> {
    // Nearly always nothing has changed, and nothing is written then.
    if (!this.#mustAsk(await this.#read(), directory)) return [];
    return await this.#locked(async () => {
      const kept = await this.#read();
      if (!this.#mustAsk(kept, directory)) return [];
      const left = [...new Set([...kept.left, kept.directory])].filter(
        (each) => each !== directory,
      );
      await this.#write({ directory, left, askedBy: this.#pid });
      return left;
    });
  }

  /** The person has said what shall become of what was left behind there. */
  async answered(place: string): Promise<void> {
    await this.#locked(async () => {
      const kept = await this.#read();
      const left = kept.left.filter((each) => each !== place);
      await this.#write({ ...kept, left, askedBy: left.length > 0 ? kept.askedBy : 0 });
    });
  }

  /** The person was asked already, before the folder is changed. */
  async use(directory: string): Promise<void> {
    await this.#locked(() => this.#write({ directory, left: [], askedBy: 0 }));
  }

  #mustAsk(kept: Kept, directory: string): boolean {
    if (kept.directory !== directory) return true;
    return kept.left.length > 0 && !isAlive(kept.askedBy);
  }

  async #read(): Promise<Kept> {
    const text = await readFile(this.#file, 'utf8').catch(() => undefined);
    const value = text === undefined ? undefined : parseJson(text);
    if (!isObject(value)) return { directory: '', left: [], askedBy: 0 };
    const { directory, left, askedBy } = value;
    return {
      directory: typeof directory === 'string' ? directory : '',
      left: Array.isArray(left) ? left.filter((each) => typeof each === 'string') : [],
      askedBy: typeof askedBy === 'number' ? askedBy : 0,
    };
  }

  async #write(kept: Kept): Promise<void> {
    const fresh = `${this.#file}.${String(this.#pid)}`;
    await writeFile(fresh, JSON.stringify(kept));
    await rename(fresh, this.#file);
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${this.#file}.lock`;
    await mkdir(path.dirname(lock), { recursive: true });
    for (let tries = 1; ; tries++) {
      try {
        await (await open(lock, 'wx')).close();
        break;
      } catch (error) {
        if (tries > mostTries) throw error;
        await setTimeout(msBetweenTries);
        const made = await stat(lock).catch(() => undefined);
        if (made !== undefined && Date.now() - made.mtimeMs > staleLockMs)
          await rm(lock, { force: true });
      }
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of somebody else is one that lives.
    return isObject(error) && error['code'] === 'EPERM';
  }
}
