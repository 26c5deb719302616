import type { ScanReport, StoredFile, StoredSnapshot } from '../cache';
import { contentNames, recogniseVariants } from '../catalog';
import { type ModelFacts, readModelFacts } from '../common/modelFacts';

/**
 * What stored files are by their content, for those whose names say nothing: a model is recognised under any name. Each
 * content is looked into once; a file that can't be read keeps its name.
 */
export class FileContents {
  readonly #facts = new Map<string, Promise<ModelFacts | undefined>>();

  /** The scan with what was found added to its files. */
  async addTo(scan: ScanReport): Promise<ScanReport> {
    const repos = await Promise.all(
      scan.repos.map(async (repo) => ({
        ...repo,
        snapshots: await Promise.all(repo.snapshots.map((snapshot) => this.#look(snapshot))),
      })),
    );
    return { ...scan, repos };
  }

  async #look(snapshot: StoredSnapshot): Promise<StoredSnapshot> {
    const named = recogniseVariants(snapshot.files).flatMap(({ files }) => files);
    const recognised = new Set(named.map(({ path }) => path));
    const unclear = snapshot.files.filter(({ path }) => !recognised.has(path));
    const looked = await Promise.all(
      unclear.map(async (file) => ({ file, facts: await this.#factsOf(file, snapshot.path) })),
    );
    const facts = new Map(looked.map((one) => [one.file.path, one.facts]));
    const names = contentNames(
      snapshot.files.map(({ path }) => ({ path, facts: facts.get(path) ?? { kind: 'unknown' } })),
    );
    const files = snapshot.files.map((file): StoredFile => {
      const knownAs = names.get(file.path);
      const tensorFiles = facts.get(file.path)?.tensorFiles;
      return {
        ...file,
        ...(knownAs === undefined ? {} : { knownAs }),
        ...(tensorFiles === undefined ? {} : { tensorFiles }),
      };
    });
    return { ...snapshot, files };
  }

  #factsOf({ path, storageId }: StoredFile, folder: string): Promise<ModelFacts | undefined> {
    const found =
      this.#facts.get(storageId) ?? readModelFacts(`${folder}/${path}`).catch(() => undefined);
    this.#facts.set(storageId, found);
    return found;
  }
}
