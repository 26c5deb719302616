import { mkdir, stat } from 'node:fs/promises';
import { release } from 'node:os';
import path from 'node:path';
import { writeFileAtomically } from '../common/atomicFile';
import { readTextWhenFree } from '../common/fileInUse';
import { isObject, parseJson } from '../common/json';
import type { EnginePart } from './process/messages';

/** The results of trial loads: why an engine's package can't be loaded here; empty for one that can. */
export type TrialResults = Readonly<Partial<Record<EnginePart, string>>>;

interface Facts {
  /** The version of the engines and of the system that the facts are about. */
  readonly about: string;
  readonly trials: TrialResults;
  /** The models whose process ended or hung on the graphics card. */
  readonly cpuOnly: readonly string[];
}

/**
 * The abilities of this machine, kept in a file from one session to the next: which engines load, and which models fail
 * on the graphics card. Another version of the extension or of the system makes the facts void.
 */
export class MachineFacts {
  readonly #filePath: string | undefined;
  readonly #processPath: string;
  #facts: Promise<Facts> | undefined;

  /**
   * `filePath`: absent, the facts are for this session alone. `processPath`: the bundle of the runtime's process, which
   * each installation rewrites.
   */
  constructor(filePath: string | undefined, processPath: string) {
    this.#filePath = filePath;
    this.#processPath = processPath;
  }

  async trials(): Promise<TrialResults> {
    return (await this.#read()).trials;
  }

  async isCpuOnly(modelId: string): Promise<boolean> {
    return (await this.#read()).cpuOnly.includes(modelId);
  }

  /** Keeps a trial's result. A file that can't be written only costs another trial. */
  async addTrials(trials: TrialResults): Promise<void> {
    const facts = await this.#read();
    await this.#write({ ...facts, trials: { ...facts.trials, ...trials } });
  }

  async addCpuOnly(modelId: string): Promise<void> {
    const facts = await this.#read();
    await this.#write({ ...facts, cpuOnly: [...new Set([...facts.cpuOnly, modelId])] });
  }

  #read(): Promise<Facts> {
    this.#facts ??= this.#readFile();
    return this.#facts;
  }

  async #readFile(): Promise<Facts> {
    const built = await stat(this.#processPath).catch(() => undefined);
    const about = `${process.platform}-${process.arch} ${release()} ${String(built?.mtimeMs)}`;
    const filePath = this.#filePath;
    const text = filePath === undefined ? '' : await readTextWhenFree(filePath).catch(() => '');
    const read = parseJson(text);
    const none: Facts = { about, trials: {}, cpuOnly: [] };
    if (!isObject(read) || read['about'] !== about) return none;
    const { trials, cpuOnly } = read;
    return {
      about,
      trials: isObject(trials)
        ? Object.fromEntries(Object.entries(trials).filter(([, why]) => typeof why === 'string'))
        : {},
      cpuOnly: Array.isArray(cpuOnly) ? cpuOnly.filter((id) => typeof id === 'string') : [],
    };
  }

  async #write(facts: Facts): Promise<void> {
    this.#facts = Promise.resolve(facts);
    const filePath = this.#filePath;
    if (filePath === undefined) return;
    try {
      await mkdir(path.dirname(filePath), { recursive: true });
      await writeFileAtomically(filePath, JSON.stringify(facts), { flush: false });
    } catch {
      // The next session finds out again.
    }
  }
}
