import { writeFileAtomically } from '../../common/atomicFile';
import { readTextWhenFree } from '../../common/fileInUse';
import { isObject, parseJson } from '../../common/json';
import { isSamePath } from '../../common/paths';
import { isProcessRunning } from '../../common/process';

/** Runs work while no other window runs work under this lock. */
export type WindowLock = <T>(work: () => Promise<T>) => Promise<T>;

/** Values of `asr.cache.directory`. */
interface History {
  /** The one in use when a window last read the setting. */
  readonly directory: string;
  /** Earlier ones whose models the person has not decided about yet, and the process of the window that asks. */
  readonly left: readonly string[];
  readonly askedBy: number;
}

/**
 * Which folder models are kept in, for all windows of this machine and across restarts. So a change is seen even
 * when no window was open, and exactly one window asks what to do with the models in the earlier folder. A file in our
 * own storage, because the editor's memento belongs to the person's computer and this to the machine with the models.
 */
export class CacheFolderHistory {
  readonly #file: string;
  readonly #lock: WindowLock;
  readonly #pid: number;

  /** `file` is in our own storage; `lock` makes its folder; `pid` is the process of this window. */
  constructor(file: string, lock: WindowLock, pid: number = process.pid) {
    this.#file = file;
    this.#lock = lock;
    this.#pid = pid;
  }

  /**
   * Records that this folder is in use. Resolves with the earlier ones that this window is to ask about; none while
   * another window asks. When this window is closed before {@link answered}, another one gets them.
   */
  async claim(directory: string): Promise<readonly string[]> {
    // Nearly always nothing has changed, and nothing is written then.
    if (!this.#mustAsk(await this.#read(), directory)) return [];
    return await this.#lock(async () => {
      const history = await this.#read();
      if (!this.#mustAsk(history, directory)) return [];
      const left = [...new Set([...history.left, history.directory])].filter(
        (each) => !isSameDirectory(each, directory),
      );
      await this.#write({ directory, left, askedBy: this.#pid });
      return left;
    });
  }

  /** The person has decided what to do with the models in an earlier folder. */
  async answered(directory: string): Promise<void> {
    await this.#lock(async () => {
      const history = await this.#read();
      const left = history.left.filter((each) => !isSameDirectory(each, directory));
      await this.#write({ ...history, left, askedBy: left.length > 0 ? history.askedBy : 0 });
    });
  }

  /** The folder is about to change, and the person has decided already. */
  async use(directory: string): Promise<void> {
    await this.#lock(() => this.#write({ directory, left: [], askedBy: 0 }));
  }

  #mustAsk(history: History, directory: string): boolean {
    if (!isSameDirectory(history.directory, directory)) return true;
    return history.left.length > 0 && !isProcessRunning(history.askedBy);
  }

  async #read(): Promise<History> {
    const text = await readTextWhenFree(this.#file).catch(() => undefined);
    const value = text === undefined ? undefined : parseJson(text);
    if (!isObject(value)) return { directory: '', left: [], askedBy: 0 };
    const { directory, left, askedBy } = value;
    return {
      directory: typeof directory === 'string' ? directory : '',
      left: Array.isArray(left) ? left.filter((each) => typeof each === 'string') : [],
      askedBy: typeof askedBy === 'number' ? askedBy : 0,
    };
  }

  async #write(history: History): Promise<void> {
    await writeFileAtomically(this.#file, JSON.stringify(history));
  }
}

/** Whether two values of the setting mean one folder; the empty one means the extension's own storage. */
export function isSameDirectory(a: string, b: string): boolean {
  return a === b || (a !== '' && b !== '' && isSamePath(a, b));
}
