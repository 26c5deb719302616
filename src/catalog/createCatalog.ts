import { causeText } from '../common/asrError';
import type { Clock } from '../common/clock';
import { Emitter } from '../common/event';
import type { Logger } from '../common/logger';
import type { Transport } from '../http';
import { readBuiltInCatalog } from './builtInCatalog';
import { createCatalogCopies } from './catalogCopies';
import type { Catalog, CatalogModel, CatalogProblem } from './catalogModel';
import { type ExtraCatalog, readExtraCatalog } from './extraCatalogs';
import { hubModel } from './hubModel';
import { parseHubModelId } from './hubModelId';
import type { CatalogText } from './readCatalogText';
import { safeFirst } from './safeCopies';

export interface CatalogOptions {
  /** The built-in catalog's file, read on first use. */
  readonly builtInPath: string;
  /** Paths (absolute, `~/…`, `file:`) and addresses of extra catalogs, as the settings name them now. */
  readonly additional: () => readonly string[];
  /** A folder for copies of catalogs that lie on the network; created when first written to. */
  readonly copiesRoot: string;
  readonly transport: Transport;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All that has been read, in order, safe copies before those that can run code, and what was wrong with it. */
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

/** The {@link Catalog}. Reads nothing before it is first asked; asks the network only for extra catalogs there. */
export function createCatalog(options: CatalogOptions): Catalog {
  const { logger } = options;
  const changes = new Emitter<undefined>((error) =>
    logger.error(`catalog: a listener failed: ${causeText(error)}`),
  );
  const copies = createCatalogCopies(options.copiesRoot, logger);
  let builtIn: Promise<CatalogText> | undefined;
  let contents: Promise<CatalogContents> | undefined;
  let problems: readonly CatalogProblem[] = [];
  let reading = new AbortController();

  async function readBuiltIn(): Promise<CatalogText> {
    try {
      return { models: await readBuiltInCatalog(options.builtInPath), problems: [] };
    } catch (error) {
      builtIn = undefined;
      logger.error(`catalog: the built-in catalog can't be read: ${causeText(error)}`);
      return {
        models: [],
        problems: [{ location: options.builtInPath, message: causeText(error) }],
      };
    }
  }

  function put(next: CatalogContents, signal: AbortSignal): CatalogContents {
    if (signal.aborted) return next;
    problems = next.problems;
    for (const { location, line = 0, column = 0, entry = '', message } of problems) {
      const place = location.replace(/\?.*$/s, '?…');
      logger.warn(`catalog: ${place}:${String(line)}:${String(column)} ${entry} ${message}`);
    }
    return next;
  }

  /** Takes in what the network said later; one change for each catalog that is different. */
  function takeLater(own: CatalogText, extras: readonly ExtraCatalog[], signal: AbortSignal): void {
    const texts = extras.map((extra) => extra.now);
    for (const [index, { later }] of extras.entries()) {
      void later?.then((text) => {
        if (text === undefined || signal.aborted) return;
        texts[index] = text;
        contents = Promise.resolve(put(catalogContents(own, texts), signal));
        changes.fire(undefined);
      });
    }
  }

  async function fill(signal: AbortSignal): Promise<CatalogContents> {
    builtIn ??= readBuiltIn();
    const locations = [...new Set(options.additional())];
    const [own, ...extras] = await Promise.all([
      builtIn,
      ...locations.map((location) => readExtraCatalog(location, { ...options, copies }, signal)),
    ]);
    const first = catalogContents(
      own,
      extras.map((extra) => extra.now),
    );
    takeLater(own, extras, signal);
    return put(first, signal);
  }

  function models(): Promise<readonly CatalogModel[]> {
    contents ??= fill(reading.signal);
    return contents.then((filled) => filled.models);
  }

  return {
    models,
    async find(modelId) {
      const hubId = parseHubModelId(modelId);
      if (hubId === undefined) return (await models()).find((model) => model.id === modelId);
      return hubModel(hubId);
    },
    problems: () => problems,
    reload() {
      reading.abort();
      reading = new AbortController();
      contents = undefined;
      changes.fire(undefined);
    },
    copiesBytes: () => copies.bytes(),
    removeCopies: () => copies.remove(),
    onDidChange: changes.event,
    dispose() {
      reading.abort();
      changes.dispose();
    },
  };
}
