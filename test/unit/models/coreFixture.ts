import path from 'node:path';
import { englishText } from '../../../src/common/localizedMessage';
import { silentLogger } from '../../../src/common/logger';
import { directNetwork } from '../../../src/http';
import type { ModelManager } from '../../../src/models';
import { createManager, type ManagerInputs } from '../../../src/models/createManager';

/** Where a core under test lies, and whom it asks. */
export interface CorePlace {
  /** The extension's own storage. */
  readonly storagePath: string;
  /** The folder with the bundled transfer worker. */
  readonly distPath: string;
  readonly hubUrl: string;
  readonly otherCaches?: readonly string[];
  /** `asr.cache.directory`; absent: below the storage. */
  readonly cacheDirectory?: string;
  readonly additionalCatalogs?: readonly string[];
}

/** The whole core over real rooms, sockets and files; only the editor is missing. */
export function startCore(place: CorePlace, overrides: Partial<ManagerInputs> = {}): ModelManager {
  const known: string[] = [];
  return createManager({
    storagePath: place.storagePath,
    distPath: place.distPath,
    settings: () => ({
      endpoint: place.hubUrl,
      cacheDirectory: place.cacheDirectory ?? '',
      additionalCatalogs: place.additionalCatalogs ?? [],
      threads: 1,
      maxConnections: 4,
      stallTimeoutMs: 5_000,
      maxRetries: 1,
      maxBytesPerSecond: 0,
    }),
    network: () => Promise.resolve(directNetwork),
    token: () => Promise.resolve(undefined),
    localise: englishText,
    logger: silentLogger,
    fetch: globalThis.fetch,
    userAgent: 'test',
    knownIds: {
      list: () => Promise.resolve(known),
      add: (id) => {
        if (!known.includes(id)) known.push(id);
        return Promise.resolve();
      },
    },
    measurements: { get: () => undefined, put: () => Promise.resolve() },
    otherCaches: place.otherCaches ?? [],
    env: {},
    clipPath: path.join('media', 'clip.wav'),
    ...overrides,
  });
}
