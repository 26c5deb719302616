import type { CatalogModel } from '../catalog';
import type { Disposable } from '../common/disposable';
import type { HubAnswers } from './hubAnswers';
import type { ManagerDependencies } from './managerDependencies';
import { matchModels } from './matchModels';
import type { ModelRecord } from './modelRecord';

/** What is on offer joined with what is on the disk; kept until somebody says that it may have changed. */
export class Inventory implements Disposable {
  readonly #dependencies: Pick<ManagerDependencies, 'catalog' | 'store' | 'knownIds' | 'logger'>;
  readonly #answers: HubAnswers;
  #records: Promise<readonly ModelRecord[]> | undefined;

  constructor(
    ports: Pick<ManagerDependencies, 'catalog' | 'store' | 'knownIds' | 'logger'>,
    answers: HubAnswers,
  ) {
    this.#dependencies = ports;
    this.#answers = answers;
  }

  records(): Promise<readonly ModelRecord[]> {
    if (this.#records !== undefined) return this.#records;
    const reading = this.#read();
    this.#records = reading;
    // A failure is told to whoever asked, and asked anew the next time.
    reading.catch(() => {
      if (this.#records === reading) this.#records = undefined;
    });
    return reading;
  }

  /** One model as the disk has it at this moment, whether or not it is remembered or on offer. */
  async lookUp(model: CatalogModel): Promise<ModelRecord | undefined> {
    const scan = await this.#dependencies.store.scan();
    return matchModels([model], scan).find((record) => record.model.id === model.id);
  }

  invalidate(): void {
    this.#records = undefined;
  }

  dispose(): void {
    this.invalidate();
  }

  async #read(): Promise<readonly ModelRecord[]> {
    const { catalog, store, knownIds, logger } = this.#dependencies;
    const [models, scan, ids] = await Promise.all([
      catalog.models(),
      store.scan(),
      knownIds.list(),
    ]);
    for (const problem of scan.problems) logger.warn(`cache: ${problem}`);
    const named = await Promise.all(ids.map((id) => catalog.find(id).catch(() => undefined)));
    const known = named.filter((model) => model !== undefined);
    const records = matchModels([...this.#answers.applyTo(models), ...known], scan);
    // A remembered id of which nothing is left is not on offer.
    return records.filter(
      ({ model, state }) => !known.includes(model) || state !== 'notDownloaded',
    );
  }
}
