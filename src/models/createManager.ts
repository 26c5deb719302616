import { randomUUID } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { createModelStore } from '../cache';
import { createCatalog } from '../catalog';
import { causeText, toAsrError, type AsrError } from '../common/asrError';
import { systemClock } from '../common/clock';
import type { LocalizedMessage } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import { createDownloadEngine, type TransferSettings } from '../download';
import {
  createFetchTransport,
  createMainTransport,
  type NetworkSettings,
  type Transport,
} from '../http';
import {
  createHubClient,
  createMirroredHub,
  type HubClient,
  type HubClientOptions,
  searchHub,
  type TokenSource,
} from '../hub';
import { defined } from '../protocol/defined';
import { createRuntime, type Device } from '../runtime';
import { createSharedDownloads } from '../windows';
import { diagnoseConnection } from './connectionDiagnosis';
import type { KnownModelIds } from './inventory';
import { ModelManager } from './modelManager';
import type { Measurements } from './modelSpeech';

// The editor's side loads the core by this file alone, so the locks of its own state folder come from here as well.
export { folderLease, withFolderLock } from '../cache';

/** The settings of a person, as plain values. */
export interface PlainSettings extends TransferSettings {
  /** The Hub's address, without a trailing slash. */
  readonly endpoint: string;
  /** Asked in order when the endpoint can't be reached; never with a token. */
  readonly mirrors: readonly string[];
  /** Empty: below the storage folder. */
  readonly cacheDirectory: string;
  readonly additionalCatalogs: readonly string[];
  /** Threads of the runtime; 0: as many as physical cores. */
  readonly threads: number;
  readonly maxCueSeconds: number;
  readonly maxCueCharacters: number;
  /** The device that computes; `auto`: a graphics card where an engine can use one. */
  readonly device: Device;
  /** `asr.ffmpeg.path`; absent: empty. */
  readonly ffmpegPath?: string;
}

/** The inputs of the core from the editor's side: folders, settings, the network, the person's language. */
export interface ManagerInputs {
  /** The folder that is ours (`globalStorageUri`). */
  readonly storagePath: string;
  /** The folder of the bundles: the transfer worker, the catalog's data. */
  readonly distPath: string;
  readonly settings: () => PlainSettings;
  readonly network: () => Promise<NetworkSettings>;
  readonly token: TokenSource;
  readonly onRefusedToken?: (error: AsrError) => void;
  readonly localise: (text: LocalizedMessage) => string;
  readonly logger: Logger;
  /** The editor's own `fetch`, which knows its proxies; absent where there is no editor: sockets of our own do all. */
  readonly fetch?: typeof globalThis.fetch;
  readonly userAgent: string;
  readonly knownIds: KnownModelIds;
  /** Absent: loaded models are not measured. */
  readonly measurements?: Measurements;
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
  const { fetch } = inputs;
  const transport =
    fetch === undefined
      ? socketTransport(inputs.network)
      : createMainTransport(fetch, inputs.network);
  const hub = hubClients({ ...inputs, transport, clock });
  const { cacheDirectory } = inputs.settings();
  const store = createModelStore({
    hubRoot: cacheDirectory === '' ? path.join(inputs.storagePath, 'hub') : cacheDirectory,
    stateRoot: path.join(inputs.storagePath, 'state'),
    unpackWorkerPath: path.join(inputs.distPath, 'unpackWorker.js'),
    ownsRoot: cacheDirectory === '',
    clock,
    logger,
  });
  return new ModelManager({
    searchHub: (search, next, signal) => {
      const { endpoint } = inputs.settings();
      const options = { endpoint, transport, token: inputs.token, clock, logger, userAgent };
      return searchHub(options, search, next, signal);
    },
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
    ...defined({ onRefusedToken: inputs.onRefusedToken }),
    engine: createDownloadEngine({
      workerPath: path.join(inputs.distPath, 'transferWorker.js'),
      ...defined({ fetch }),
      clock,
      logger,
    }),
    store,
    diagnose: async (sample, signal) =>
      diagnoseConnection(
        {
          ...inputs.settings(),
          network: await inputs.network(),
          ...defined({ transport: fetch && createFetchTransport(fetch) }),
          hub: hub(),
          token: inputs.token,
          sample,
          clock,
          userAgent,
        },
        signal,
      ),
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
      factsPath: path.join(inputs.storagePath, 'state', 'runtime.json'),
      ffmpegPath: () => inputs.settings().ffmpegPath ?? '',
      logger,
      clock,
    }),
    machine: () => ({ memoryBytes: totalmem(), cores: availableParallelism() }),
    ...defined({ measurements: inputs.measurements }),
    threads: () => inputs.settings().threads,
    cueLimits: () => {
      const { maxCueSeconds, maxCueCharacters } = inputs.settings();
      return { maxMs: maxCueSeconds * 1000, maxCharacters: maxCueCharacters };
    },
    device: () => inputs.settings().device,
  });
}

/** Sockets of our own, loaded with the first request: the editor, whose `fetch` comes first, never loads them here. */
function socketTransport(network: () => Promise<NetworkSettings>): Transport {
  let made: Promise<Transport> | undefined;
  return {
    async request(request) {
      made ??= import('../http/sockets').then(async ({ createSocketTransport }) =>
        createSocketTransport(await network()),
      );
      return (await made).request(request);
    },
    async close() {
      await (await made)?.close();
    },
  };
}

/** Makes the client of an endpoint when it is first asked for, with the mirrors of the settings and of a catalog. */
function hubClients(
  options: Pick<ManagerInputs, 'settings' | 'token' | 'logger' | 'userAgent'> &
    Pick<HubClientOptions, 'transport' | 'clock'>,
): (endpoint?: string, mirrors?: readonly string[]) => HubClient {
  const { logger, clock } = options;
  const clients = new Map<string, HubClient>();
  return (endpoint, catalogMirrors = []) => {
    const { endpoint: configured, mirrors: ofSettings } = options.settings();
    const address = endpoint ?? configured;
    const own = address === configured ? ofSettings : [];
    const mirrors = [...new Set([...own, ...catalogMirrors])].filter((each) => each !== address);
    const key = [address, ...mirrors].join(' ');
    const known = clients.get(key);
    if (known !== undefined) return known;
    // Where there is another to ask, a hub with a problem is not waited for as long.
    const retries = mirrors.length === 0 ? {} : { maxRetries: 1 };
    const main = clientOrRefusal({ ...options, ...retries, endpoint: address });
    const others = mirrors.flatMap((mirror) => {
      try {
        const token: TokenSource = () => Promise.resolve(undefined);
        return createHubClient({ ...options, ...retries, endpoint: mirror, token });
      } catch (error) {
        logger.warn(`a mirror of the settings or of a catalog is left out: ${causeText(error)}`);
        return [];
      }
    });
    const client =
      others.length === 0 ? main : createMirroredHub({ hub: main, mirrors: others, clock, logger });
    clients.set(key, client);
    return client;
  };
}

/** The client of a hub; of an address that is none, one that answers everything with that error. */
function clientOrRefusal(options: HubClientOptions): HubClient {
  try {
    return createHubClient(options);
  } catch (error) {
    const refuse = (): Promise<never> => Promise.reject(toAsrError(error));
    return {
      endpoint: options.endpoint,
      resolveRevision: refuse,
      listFiles: refuse,
      whoAmI: refuse,
      fileUrls: () => [],
      pageUrl: () => options.endpoint,
    };
  }
}
