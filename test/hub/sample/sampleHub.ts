import { startTestHub, type TestHub, type TestHubOptions } from '../testHub';
import { sampleCatalog } from './sampleCatalog';
import { failingFamilies } from './failingFamilies';
import { sampleFamilies } from './sampleFamilies';
import { sampleLargeBytes, sampleRepos } from './sampleRepos';

/** The token that opens the gated sample. */
export const sampleToken = 'hf_sample';
/** A token that the hub knows, but that has no access to the gated sample. */
export const sampleTokenWithoutAccess = 'hf_sample_without_access';

export interface SampleHubOptions {
  /** The hub's port, and the next one for its CDN; any free ones when they are taken or this is absent. */
  readonly port?: number;
  /** Bytes per second over all connections, 60 MB/s by default; 0: no limit. */
  readonly bytesPerSecond?: number;
  /** Size of the large model, 2 GB by default. */
  readonly largeBytes?: number;
  /** Adds the models that fail on purpose. */
  readonly failing?: boolean;
}

/** A running sample hub. */
export interface SampleHub {
  readonly hub: TestHub;
  /** The endpoint. */
  readonly url: string;
  /** The value for the setting `asr.catalog.additional`. */
  readonly catalogUrl: string;
  close(): Promise<void>;
}

const defaultBytesPerSecond = 60_000_000;

/** Starts a hub with generated models, and their catalog at `/catalog.json`. */
export async function startSampleHub(options: SampleHubOptions = {}): Promise<SampleHub> {
  const { port, bytesPerSecond = defaultBytesPerSecond, largeBytes = sampleLargeBytes } = options;
  const hubOptions: TestHubOptions = {
    repos: sampleRepos(largeBytes).map((repo) => ({ ...repo, licence: 'mit' })),
    tokens: {
      [sampleToken]: { name: 'sample-user', access: '*' },
      [sampleTokenWithoutAccess]: { name: 'sample-guest', access: [] },
    },
    pace: { bytesPerSecondTotal: bytesPerSecond },
    // A search has several pages.
    searchPageSize: 4,
  };
  const hub = await startAtPort(hubOptions, port);
  const families = [...sampleFamilies, ...(options.failing === true ? failingFamilies : [])];
  const catalog = await sampleCatalog(families, hub.url, (name) => hub.repo(name));
  const catalogUrl = hub.serve(
    '/catalog.json',
    `${JSON.stringify(catalog, undefined, 2)}\n`,
    'application/json; charset=utf-8',
  );
  return { hub, url: hub.url, catalogUrl, close: () => hub.close() };
}

async function startAtPort(options: TestHubOptions, port: number | undefined): Promise<TestHub> {
  if (port === undefined) return startTestHub(options);
  try {
    return await startTestHub({ ...options, ports: { hub: port, cdn: port + 1 } });
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!isTaken) throw error;
    return startTestHub(options);
  }
}
