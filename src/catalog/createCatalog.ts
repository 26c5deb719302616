import { causeText } from '../common/asrError';
import type { Clock } from '../common/clock';
import { Emitter, type Event } from '../common/event';
import type { Logger } from '../common/logger';
import type { Transport } from '../http';
import { readBuiltInCatalog } from './builtInCatalog';
import type { Catalog, CatalogModel, CatalogProblem } from './catalogModel';
import { CatalogCopies } from './catalogCopies';
import { type ExtraCatalog, isRemote, readExtraCatalog } from './extraCatalogs';
import { parseHubModelId } from './hubModelId';
import type { CatalogText } from './readCatalogText';
import { hubModel } from './repoModels';
import { safeFirst } from './safeCopies';

interface CatalogOptions {
  /** The built-in catalog's file, read on first use. */
  readonly builtInPath: string;
  /** Paths (absolute, `~/…`, `file:`) and addresses of extra catalogs, as the settings name them now. */
  readonly additional: () => readonly string[];
  /** A folder for copies of catalogs on the network; created when first written to. */
  readonly copiesRoot: string;
  readonly transport: Transport;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything that has been read, in order, safe copies before those that can run code, and what was wrong with it. */
interface CatalogContents {
  readonly models: readonly CatalogModel[];
  readonly problems: readonly CatalogProblem[];
}

function catalogContents(builtIn: CatalogText, extras: readonly CatalogText[]): CatalogContents {
  const models = new Map(safeFirst(builtIn.models).map((model) => [model.id, model]));
  const problems = [...builtIn.problems];
  for (const extra of extras) {
    problems.push(...extra.problems);
    for (const model of safeFirst(extra.models)) {
      const taken = models.get(model.id);
      if (taken === undefined) models.set(model.id, model);
      else {
        problems.push({
          location: model.catalog.id,
          entry: model.id,
          message: `its id is already used by the catalog “${taken.catalog.name}”`,
        });
      }
    }
  }
  return { models: [...models.values()], problems };
}

const dayMs = 86_400_000;

/** The {@link Catalog}. Reads nothing before the first call; uses the network only for extra catalogs there. */
export function createCatalog(options: CatalogOptions): Catalog {
  return new LiveCatalog(options);
}

class LiveCatalog implements Catalog {
  readonly onDidChange: Event<undefined>;
  readonly #options: CatalogOptions;
  readonly #copies: CatalogCopies;
  readonly #changes: Emitter<undefined>;
  /** Read once; again only after it could not be read. */
  #builtIn: Promise<CatalogText> | undefined;
  /** Undefined until the next call needs it. */
  #contents: Promise<CatalogContents> | undefined;
  #problems: readonly CatalogProblem[] = [];
  /** When the extra catalogs were last read, milliseconds since 1970. */
  #readMs = 0;
  /** Aborted when the extra catalogs are read again. */
  #reading = new AbortController();

  constructor(options: CatalogOptions) {
    const { copiesRoot, logger } = options;
    this.#options = options;
    this.#copies = new CatalogCopies(copiesRoot, logger);
    this.#changes = new Emitter((error) =>
      logger.error(`catalog: a listener failed: ${causeText(error)}`),
    );
    this.onDidChange = this.#changes.event;
  }

  async models(): Promise<readonly CatalogModel[]> {
    if (this.#isOld()) this.#forget();
    this.#contents ??= this.#read(this.#reading.signal);
    return (await this.#contents).models;
  }

  async find(modelId: string): Promise<CatalogModel | undefined> {
    const hubId = parseHubModelId(modelId);
    if (hubId !== undefined) return hubModel(hubId);
    return (await this.models()).find((model) => model.id === modelId);
  }

  problems(): readonly CatalogProblem[] {
    return this.#problems;
  }

  reload(): void {
    this.#forget();
    this.#changes.fire(undefined);
  }

  copiesBytes(): Promise<number> {
    return this.#copies.bytes();
  }

  removeCopies(): Promise<void> {
    return this.#copies.remove();
  }

  dispose(): void {
    this.#reading.abort();
    this.#changes.dispose();
  }

  /** Has the next call read everything again. */
  #forget(): void {
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#contents = undefined;
  }

  /** Whether a catalog on the network was last asked for a day ago, or the clock was set back. */
  #isOld(): boolean {
    const sinceMs = this.#options.clock.wallMs() - this.#readMs;
    if (sinceMs >= 0 && sinceMs < dayMs) return false;
    return this.#options.additional().some(isRemote);
  }

  async #read(signal: AbortSignal): Promise<CatalogContents> {
    this.#readMs = this.#options.clock.wallMs();
    this.#builtIn ??= this.#readBuiltIn();
    const dependencies = { ...this.#options, copies: this.#copies };
    const locations = [...new Set(this.#options.additional())];
    const [builtIn, ...extras] = await Promise.all([
      this.#builtIn,
      ...locations.map((location) => readExtraCatalog(location, dependencies, signal)),
    ]);
    const texts = extras.map((extra) => extra.now);
    const first = catalogContents(builtIn, texts);
    this.#watchLater(builtIn, extras, signal);
    return this.#show(first, signal);
  }

  async #readBuiltIn(): Promise<CatalogText> {
    const { builtInPath, logger } = this.#options;
    try {
      return { models: await readBuiltInCatalog(builtInPath), problems: [] };
    } catch (error) {
      this.#builtIn = undefined;
      logger.error(`catalog: the built-in catalog can't be read: ${causeText(error)}`);
      return { models: [], problems: [{ location: builtInPath, message: causeText(error) }] };
    }
  }

  /** Replaces an extra catalog by its newer form when that comes; one change for each catalog that is different. */
  #watchLater(builtIn: CatalogText, extras: readonly ExtraCatalog[], signal: AbortSignal): void {
    const texts = extras.map((extra) => extra.now);
    for (const [index, { later }] of extras.entries()) {
      void later?.then((text) => {
        if (text === undefined || signal.aborted) return;
        texts[index] = text;
        this.#contents = Promise.resolve(this.#show(catalogContents(builtIn, texts), signal));
        this.#changes.fire(undefined);
      });
    }
  }

  /** Takes over and logs the problems of what has been read, unless it was read in vain. */
  #show(next: CatalogContents, signal: AbortSignal): CatalogContents {
    if (signal.aborted) return next;
    this.#problems = next.problems;
    for (const { location, line = 0, column = 0, entry = '', message } of next.problems) {
      const address = location.replace(/\?.*$/s, '?…');
      this.#options.logger.warn(
        `catalog: ${address}:${String(line)}:${String(column)} ${entry} ${message}`,
      );
    }
    return next;
  }
}
