import type { ScanReport, StoredFile, StoredRepo, StoredSnapshot } from '../cache';
import { contentNames, recogniseVariants } from '../catalog';
import { type ModelFacts, readModelFacts } from '../common/modelFacts';
import { below } from '../common/paths';
import { defined } from '../protocol/defined';

/**
 * The kinds of stored files by their content, for names that say nothing: a model is recognised under any name. Each
 * content is looked into once; a file that can't be read keeps its name.
 */
export class FileContents {
  readonly #facts = new Map<string, ModelFacts>();

  /** The scan with what was found added to its files. One file is open at a time, however many there are. */
  async addTo(scan: ScanReport): Promise<ScanReport> {
    const repos: StoredRepo[] = [];
    for (const repo of scan.repos) {
      const snapshots: StoredSnapshot[] = [];
      for (const snapshot of repo.snapshots) snapshots.push(await this.#look(snapshot));
      repos.push({ ...repo, snapshots });
    }
    return { ...scan, repos };
  }

  async #look(snapshot: StoredSnapshot): Promise<StoredSnapshot> {
    const named = recogniseVariants(snapshot.files).flatMap(({ files }) => files);
    const recognised = new Set(named.map(({ path }) => path));
    const known: { readonly path: string; readonly facts: ModelFacts }[] = [];
    for (const file of snapshot.files) {
      const isClear = recognised.has(file.path);
      const facts = isClear ? undefined : await this.#factsOf(file, snapshot.path);
      known.push({ path: file.path, facts: facts ?? { kind: 'unknown' } });
    }
    const names = contentNames(known);
    const files = snapshot.files.map((file, index): StoredFile => ({
      ...file,
      ...defined({ knownAs: names.get(file.path), tensorFiles: known[index]?.facts.tensorFiles }),
    }));
    return { ...snapshot, files };
  }

  async #factsOf(file: StoredFile, folder: string): Promise<ModelFacts | undefined> {
    const content = `${file.storageId} ${String(file.sizeBytes)} ${file.digest?.hex ?? ''}`;
    const found =
      this.#facts.get(content) ??
      (await readModelFacts(below(folder, file.path)).catch(() => undefined));
    if (found !== undefined) this.#facts.set(content, found);
    return found;
  }
}
