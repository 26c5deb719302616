import path from 'node:path';
import { englishText } from '../../../../src/common/localizedMessage';
import { silentLogger } from '../../../../src/common/logger';
import { directNetwork } from '../../../../src/http';
import type { ModelManager } from '../../../../src/models';
import { createManager } from '../../../../src/models/createManager';

/** Where a window's core works: plain values, so that another process can be told. */
export interface WindowPlace {
  /** The `globalStorageUri` that all windows share. */
  readonly storagePath: string;
  /** Has the transfer worker. */
  readonly distPath: string;
  readonly hubUrl: string;
}

/** The core of one window, as the editor builds it. */
export function openWindow({ storagePath, distPath, hubUrl }: WindowPlace): ModelManager {
  const known: string[] = [];
  return createManager({
    storagePath,
    distPath,
    settings: () => ({
      endpoint: hubUrl,
      cacheDirectory: '',
      additionalCatalogs: [],
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
    otherCaches: [],
    env: {},
    clipPath: path.join('media', 'clip.wav'),
  });
}
