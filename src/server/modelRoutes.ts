import type { LocalizedMessage } from '../common/localizedMessage';
import type { JsonObject } from '../common/json';
import type { ModelDownload, ModelManager } from '../models';
import { defined } from '../protocol/defined';
import { HttpError } from './httpError';
import { filteredModels, modelDetails } from './modelView';
import type { Routes } from './router';
import type { ServedModels } from './serverOptions';

/** The dependencies of the routes below `/api`. */
interface ModelRoutesOptions {
  readonly models: ServedModels;
  readonly localise: (text: LocalizedMessage) => string;
  readonly version: string;
}

/** The program's own name, by which a client knows what answers on a port. */
export const serverName = 'asr-model-manager';

/** The routes below `/api`, but for the push of events. */
export function modelRoutes({ models, localise, version }: ModelRoutesOptions): Routes {
  return {
    'GET /api/status': (exchange) => exchange.json({ name: serverName, version }),
    'GET /api/models/download/status': async (exchange) => {
      const manager = await models.get();
      const active = manager.activeDownload;
      exchange.json(active === undefined ? null : manager.record(active));
    },
    'POST /api/models/download/cancel': async (exchange) => {
      const download = chosen(await models.get(), await exchange.jsonBody());
      await download?.cancel();
      exchange.json({ cancelled: download !== undefined });
    },
    'POST /api/models/download/pause': async (exchange) => {
      const download = chosen(await models.get(), await exchange.jsonBody());
      await download?.pause();
      exchange.json({ paused: download !== undefined });
    },
    'POST /api/models/download/resume': async (exchange) => {
      const manager = await models.get();
      const body = await exchange.jsonBody();
      const named = idIn(body);
      const paused =
        named === undefined
          ? manager.downloads().find(({ progress }) => progress.status === 'paused')
          : manager.findDownload(named);
      if (paused !== undefined) {
        paused.resume();
        exchange.json(manager.record(paused), 202);
      } else if (named === undefined) {
        throw new HttpError(404, 'notFound', 'No download is paused. Name one as "model".');
      } else exchange.json(await begun(manager, named), 202);
    },
    'GET /api/models/downloaded': async (exchange) => {
      exchange.json(await (await models.get()).downloadedModels());
    },
    'POST /api/models/download': async (exchange) => {
      const body = await exchange.jsonBody();
      const modelId = textIn(body, 'model');
      if (modelId === undefined) {
        throw new HttpError(400, 'unsupported', 'Name the model as { "model": "…" }.');
      }
      exchange.json(await begun(await models.get(), modelId), 202);
    },
    'GET /api/models/updates': async (exchange) => {
      const { library } = await models.get();
      exchange.json(await library.checkForUpdates(undefined, exchange.signal));
    },
    'GET /api/models': async (exchange) => {
      const { query } = exchange;
      const filter = defined({
        query: query.get('query') ?? undefined,
        language: query.get('language') ?? undefined,
        format: query.get('format') ?? undefined,
        loadable: flagIn(query, 'loadable'),
        downloaded: flagIn(query, 'downloaded'),
      });
      exchange.json(await filteredModels(await models.get(), filter, localise));
    },
    'GET /api/models/{id}': async (exchange, id) => {
      const manager = await models.get();
      const { id: known } = await manager.findAny(id);
      const record = (await manager.models()).find(({ model }) => model.id === known);
      if (record !== undefined) {
        exchange.json(modelDetails(record, manager, localise));
        return;
      }
      // A repository that no catalog has and of which nothing is here: only its name is known.
      const model = await manager.findModel(id);
      const nothing = {
        model,
        state: 'notDownloaded',
        presentBytes: 0,
        paths: [],
        presentPaths: [],
        partialDigests: [],
        otherRevisions: [],
      } as const;
      exchange.json(modelDetails(nothing, manager, localise));
    },
    'DELETE /api/models/{id}': async (exchange, id) => {
      const manager = await models.get();
      const { id: known } = await manager.findAny(id);
      exchange.json(await manager.deleteModel(known));
    },
    'POST /api/models/{id}/verify': async (exchange, id) => {
      const manager = await models.get();
      const { repair } = await exchange.jsonBody();
      if (repair !== undefined && typeof repair !== 'boolean') {
        throw new HttpError(400, 'unsupported', '"repair" is true or false.');
      }
      const { id: known } = await manager.findAny(id);
      const { signal } = exchange;
      exchange.json(await manager.library.verify([known], { signal, ...defined({ repair }) }));
    },
  };
}

/** Starts or joins a download; its failure is in its record. */
async function begun(manager: ModelManager, modelId: string): Promise<unknown> {
  const download = await manager.download(modelId);
  download.finished.catch(() => undefined);
  return manager.record(download);
}

/** The download that a body names, or the active one. */
function chosen(manager: ModelManager, body: JsonObject): ModelDownload | undefined {
  const named = idIn(body);
  return named === undefined ? manager.activeDownload : manager.findDownload(named);
}

/** A download's or a model's id in a body. */
function idIn(body: JsonObject): string | undefined {
  return textIn(body, 'download') ?? textIn(body, 'model');
}

function textIn(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new HttpError(400, 'unsupported', `"${name}" is a text.`);
}

function flagIn(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new HttpError(400, 'unsupported', `"${name}" is true or false.`);
}
