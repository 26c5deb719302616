import path from 'node:path';
import { englishText } from '../../../../src/common/localizedMessage';
import { silentLogger } from '../../../../src/common/logger';
import { directNetwork } from '../../../../src/http';
import type { ModelManager } from '../../../../src/models';
import {
  createManager,
  type ManagerInputs,
  type PlainSettings,
} from '../../../../src/models/createManager';

/** The folders and the hub of a core under test: plain values, so that they can be passed to another process. */
export interface CorePlace {
  /** The extension's own storage; windows share it. */
  readonly storagePath: string;
  /** The folder with the bundled transfer worker. */
  readonly distPath: string;
  readonly hubUrl: string;
  /** `asr.hub.mirrors`. */
  readonly mirrors?: readonly string[];
  readonly otherCaches?: readonly string[];
  /** `asr.cache.directory`; absent: below the storage. */
  readonly cacheDirectory?: string;
  readonly additionalCatalogs?: readonly string[];
}

/** The settings of a core that keeps to one place, with few and fast retries. */
export function testSettings(place: CorePlace): PlainSettings {
  return {
    endpoint: place.hubUrl,
    mirrors: place.mirrors ?? [],
    cacheDirectory: place.cacheDirectory ?? '',
    additionalCatalogs: place.additionalCatalogs ?? [],
    threads: 1,
    maxCueSeconds: 7,
    maxCueCharacters: 84,
    device: 'auto',
    maxConnections: 4,
    stallTimeoutMs: 5_000,
    maxRetries: 1,
    maxBytesPerSecond: 0,
  };
}

/** The whole core of one window over real modules, sockets and files, as the editor builds it. */
export function testCore(place: CorePlace, overrides: Partial<ManagerInputs> = {}): ModelManager {
  const known = new Set<string>();
  return createManager({
    storagePath: place.storagePath,
    distPath: place.distPath,
    settings: () => testSettings(place),
    network: () => Promise.resolve(directNetwork),
    token: () => Promise.resolve(undefined),
    localise: englishText,
    logger: silentLogger,
    fetch: globalThis.fetch,
    userAgent: 'test',
    knownIds: {
      list: () => Promise.resolve([...known]),
      add: (id) => Promise.resolve(void known.add(id)),
    },
    measurements: { get: () => undefined, put: () => Promise.resolve() },
    otherCaches: place.otherCaches ?? [],
    env: {},
    clipPath: path.join('media', 'clip.wav'),
    ...overrides,
  });
}
