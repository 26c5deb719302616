import type { ModelStore } from '../cache';
import type { SharedDownloads } from '../windows';
import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import type { LocalizedMessage } from '../common/localizedMessage';
import type { DownloadEngine, TransferSettings } from '../download';
import type { NetworkSettings } from '../http';
import type { TokenSource } from '../hub';
import type { AdviceDependencies } from './modelAdvice';
import type { SpeechDependencies } from './speechDependencies';

/** What a person has set, read anew whenever it is needed. */
export interface ManagerSettings {
  readonly transfer: TransferSettings;
  readonly network: NetworkSettings;
}

/** Everything the manager needs from outside. */
export interface ManagerDependencies extends SpeechDependencies, AdviceDependencies {
  readonly token: TokenSource;
  readonly engine: DownloadEngine;
  readonly store: ModelStore;
  /** What the windows on this cache know of each other's downloads. */
  readonly windows: SharedDownloads;
  readonly settings: () => Promise<ManagerSettings>;
  /** Says a sentence in the person's language. */
  readonly localise: (text: LocalizedMessage) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly userAgent: string;
  /** A name that no other download has. */
  readonly newDownloadId: () => string;
  /** `hf:` ids that were asked for before: hints for naming what a scan finds, never a statement that it is there. */
  readonly knownIds: KnownModelIds;
  /** Other hub caches on this machine, whose files need not be downloaded. */
  readonly otherCaches: readonly string[];
}

/** Remembers which `hf:` ids a person asked for. */
export interface KnownModelIds {
  list(): Promise<readonly string[]>;
  add(modelId: string): Promise<void>;
}
