import { randomUUID } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { createModelStore } from '../cache';
import { createCatalog } from '../catalog';
import { systemClock } from '../common/clock';
import type { LocalizedMessage } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import { createDownloadEngine, type TransferSettings } from '../download';
import { createMainTransport, type NetworkSettings } from '../http';
import { createHubClient, type HubClient, type TokenSource } from '../hub';
import { createRuntime } from '../runtime';
import { createSharedDownloads } from '../windows';
import type { KnownModelIds } from './inventory';
import { ModelManager } from './modelManager';
import type { Measurements } from './modelSpeech';

// The editor's side loads the core by this file alone, so the lock for its own small file comes from here as well.
export { withFolderLock } from '../cache';

/** What a person has set, as plain values. */
export interface PlainSettings extends TransferSettings {
  /** The Hub's address, without a trailing slash. */
  readonly endpoint: string;
  /** Empty: below the storage folder. */
  readonly cacheDirectory: string;
  readonly additionalCatalogs: readonly string[];
  /** Threads of the runtime; 0: as many as physical cores. */
  readonly threads: number;
}

/** What the editor's side gives the core: folders, settings, the network, the person's language. */
export interface ManagerInputs {
  /** The folder that is ours (`globalStorageUri`). */
  readonly storagePath: string;
  /** The folder of the bundles: the transfer worker, the catalog's data. */
  readonly distPath: string;
  readonly settings: () => PlainSettings;
  readonly network: () => Promise<NetworkSettings>;
  readonly token: TokenSource;
  readonly localise: (text: LocalizedMessage) => string;
  readonly logger: Logger;
  /** The editor's own `fetch`, which knows its proxies. */
  readonly fetch: typeof globalThis.fetch;
  readonly userAgent: string;
  readonly knownIds: KnownModelIds;
  readonly measurements: Measurements;
  /** Other hub caches on this machine. */
  readonly otherCaches: readonly string[];
  /** The runtime's process gets this environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The bundled clip that a loaded model is measured with. */
  readonly clipPath: string;
}

/** Builds the core, in dependency order. Touches neither the network nor the cache. */
export function createManager(inputs: ManagerInputs): ModelManager {
  const { logger, userAgent } = inputs;
  const clock = systemClock;
  const transport = createMainTransport(inputs.fetch, inputs.network);
  const clients = new Map<string, HubClient>();
  const hub = (endpoint = inputs.settings().endpoint): HubClient => {
    const client =
      clients.get(endpoint) ??
      createHubClient({ endpoint, transport, token: inputs.token, clock, logger, userAgent });
    clients.set(endpoint, client);
    return client;
  };
  const { cacheDirectory } = inputs.settings();
  const store = createModelStore({
    hubRoot: cacheDirectory === '' ? path.join(inputs.storagePath, 'hub') : cacheDirectory,
    stateRoot: path.join(inputs.storagePath, 'state'),
    ownsRoot: cacheDirectory === '',
    clock,
    logger,
  });
  return new ModelManager({
    catalog: createCatalog({
      builtInPath: path.join(inputs.distPath, 'catalog', 'catalog.json'),
      additional: () => inputs.settings().additionalCatalogs,
      copiesRoot: path.join(inputs.storagePath, 'catalogs'),
      transport,
      userAgent,
      clock,
      logger,
    }),
    hub,
    token: inputs.token,
    engine: createDownloadEngine({
      workerPath: path.join(inputs.distPath, 'transferWorker.js'),
      fetch: inputs.fetch,
      clock,
      logger,
    }),
    store,
    windows: createSharedDownloads(store.stateAccess),
    settings: async () => {
      const network = await inputs.network();
      const { maxConnections, stallTimeoutMs, maxRetries, maxBytesPerSecond } = inputs.settings();
      return {
        transfer: { maxConnections, stallTimeoutMs, maxRetries, maxBytesPerSecond },
        network,
      };
    },
    localise: inputs.localise,
    clock,
    logger,
    userAgent,
    newDownloadId: randomUUID,
    knownIds: inputs.knownIds,
    otherCaches: inputs.otherCaches,
    runtime: createRuntime({
      processPath: path.join(inputs.distPath, 'runtimeProcess.js'),
      clipPath: inputs.clipPath,
      env: inputs.env,
      logger,
      clock,
    }),
    machine: () => ({ memoryBytes: totalmem(), cores: availableParallelism() }),
    measurements: inputs.measurements,
    threads: () => inputs.settings().threads,
  });
}
