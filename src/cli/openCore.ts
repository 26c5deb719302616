import path from 'node:path';
import {
  environmentToken,
  type Environment,
  hubAddress,
  otherCaches,
} from '../common/hubEnvironment';
import type { Logger } from '../common/logger';
import {
  environmentCertificates,
  environmentNoProxy,
  environmentProxy,
} from '../common/networkEnvironment';
import { parseUrl } from '../common/parseUrl';
import type { ModelManager, NetworkSettings } from '../models';
import { defined } from '../protocol/defined';
import { type OptionValues, UsageError } from './commandLine';
import { fileKnownIds } from './knownIds';
import type { CachePlace } from './place';
import { inWordsOfHere } from './wording';

/** The inputs of the core from this program. */
interface CoreInputs {
  readonly place: CachePlace;
  readonly options: OptionValues;
  /** The names that the person has given: ids among them are known. */
  readonly asked: readonly string[];
  readonly env: Environment;
  readonly home: string;
  /** The folder of the bundles. */
  readonly distPath: string;
  readonly version: string;
  readonly logger: Logger;
  /** Told once when the hub refuses the token. */
  readonly onRefusedToken: () => void;
  /** In the place of the options' endpoint: the one that `doctor` names. */
  readonly endpoint?: string;
}

const publicHub = 'https://huggingface.co';

/** Loads the core's code and opens it over the cache. Throws a {@link UsageError} for an address that is none. */
export async function openCore(inputs: CoreInputs): Promise<ModelManager> {
  const { place, options, env, home, distPath, version, logger } = inputs;
  const endpoint = addressOf(
    inputs.endpoint ?? options.text('endpoint') ?? env['HF_ENDPOINT'],
    publicHub,
  );
  const settings = {
    endpoint,
    mirrors: options.texts('mirror').map((mirror) => addressOf(mirror, '')),
    cacheDirectory: place.hubRoot,
    additionalCatalogs: options.texts('catalog').map((each) => catalogLocation(each)),
    threads: options.wholeNumber('threads', 0, 256) ?? 0,
    maxCueSeconds: 7,
    maxCueCharacters: 84,
    device: options.choice('device', ['auto', 'cpu', 'gpu']) ?? 'auto',
    maxConnections: options.wholeNumber('max-connections', 1, 64) ?? 16,
    stallTimeoutMs: 30_000,
    maxRetries: 5,
    maxBytesPerSecond: options.bytes('max-speed') ?? 0,
  } as const;
  const { createManager } = await import('../models/createManager');
  return createManager({
    storagePath: place.storagePath,
    distPath,
    settings: () => settings,
    network: () => networkOf(env, logger),
    token: async (origin) =>
      origin === new URL(endpoint).origin ? await environmentToken(env, home) : undefined,
    onRefusedToken: inputs.onRefusedToken,
    localise: inWordsOfHere,
    logger,
    userAgent: `asr-models/${version}; node/${process.versions.node}`,
    knownIds: fileKnownIds(path.join(place.storagePath, 'state', 'knownIds.json'), inputs.asked),
    otherCaches: otherCaches(env, home),
    env,
    clipPath: path.join(distPath, '..', 'media', 'clip.wav'),
  });
}

async function networkOf(env: Environment, logger: Logger): Promise<NetworkSettings> {
  return {
    ...defined({ proxyUrl: environmentProxy(env) }),
    noProxy: environmentNoProxy(env),
    strictTls: true,
    extraCertificates: await environmentCertificates(env, logger),
    systemCertificates: true,
  };
}

function addressOf(written: string | undefined, otherwise: string): string {
  const address = hubAddress(written) ?? otherwise;
  if (parseUrl(address) !== undefined) return address;
  throw new UsageError(`“${address}” is not the address of a hub. Write https://host.`);
}

/** A file of a catalog is meant from the folder that the person is in. */
function catalogLocation(text: string): string {
  return /^https?:\/\//i.test(text) ? text : path.resolve(text);
}
