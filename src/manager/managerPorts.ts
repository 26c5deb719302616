import type { Clock } from '../base/clock';
import type { Logger } from '../base/logger';
import type { Sentence } from '../base/sentence';
import type { Catalog } from '../catalog';
import type { DownloadEngine, TransferSettings } from '../download';
import type { HubClient, TokenSource } from '../hub';
import type { ModelStore } from '../store';
import type { NetworkSettings } from '../transport';

/** What a person has set, read anew whenever it is needed. */
export interface ManagerSettings {
  readonly transfer: TransferSettings;
  readonly network: NetworkSettings;
}

/** Everything the manager needs from outside. */
export interface ManagerPorts {
  readonly catalog: Catalog;
  /** A client for an endpoint; the configured one when it is absent. */
  readonly hub: (endpoint?: string) => HubClient;
  readonly token: TokenSource;
  readonly engine: DownloadEngine;
  readonly store: ModelStore;
  readonly settings: () => Promise<ManagerSettings>;
  /** Says a sentence in the person's language. */
  readonly localise: (text: Sentence) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly userAgent: string;
  /** A name that no other download has. */
  readonly newDownloadId: () => string;
  /** `hf:` ids that were asked for before: hints for naming what a scan finds, never a statement that it is there. */
  readonly knownIds: KnownModelIds;
}

/** Remembers which `hf:` ids a person asked for. */
export interface KnownModelIds {
  list(): Promise<readonly string[]>;
  add(modelId: string): Promise<void>;
}
