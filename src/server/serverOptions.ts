import type { Clock } from '../common/clock';
import type { Event } from '../common/event';
import type { LocalizedMessage } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import type { ModelManager } from '../models';
import type { Transcriber } from './transcriber';

/** The models that a server offers; loaded by the first request that needs them. */
export interface ServedModels {
  get(): Promise<ModelManager>;
  readonly onDidChangeDownload: Event<ModelDownloadProgress>;
  readonly onDidChangeModels: Event<undefined>;
}

/** The models of a manager that is there already. */
export function servedModels(manager: ModelManager): ServedModels {
  return {
    get: () => Promise.resolve(manager),
    onDidChangeDownload: manager.onDidChangeDownload,
    onDidChangeModels: manager.onDidChangeModels,
  };
}

/** Bounds of what a client can make the server hold. */
export interface ServerLimits {
  /** Open connections; beyond it the oldest one that has shown no token is closed. */
  readonly connections: number;
  readonly headersMs: number;
  /** Time for a whole request with its body. */
  readonly requestMs: number;
  /** Time without a byte of a body. */
  readonly bodyIdleMs: number;
  readonly jsonBytes: number;
  readonly uploadBytes: number;
  /** Transcriptions at work, waiting and being uploaded. */
  readonly transcriptions: number;
  readonly eventReaders: number;
  /** A reader of events that takes nothing for so long is disconnected. */
  readonly readerIdleMs: number;
}

export const defaultLimits: ServerLimits = {
  connections: 256,
  headersMs: 10_000,
  requestMs: 600_000,
  bodyIdleMs: 30_000,
  jsonBytes: 1_000_000,
  uploadBytes: 2_000_000_000,
  transcriptions: 8,
  eventReaders: 64,
  readerIdleMs: 30_000,
};

/** The parts and settings of a server. */
export interface ServerOptions {
  readonly models: ServedModels;
  /** Default: the manager's own speech; see `managerTranscriber`. */
  readonly transcriber?: Transcriber;
  /** The model for requests that name none; empty: the loaded one. */
  readonly activeModelId?: () => string;
  readonly localise: (text: LocalizedMessage) => string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly version: string;
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** Tried first when `port` leaves the choice; another free one is taken when it is in use. */
  readonly preferredPort?: number;
  /** Default: a new random one. */
  readonly token?: string;
  readonly allowedOrigins?: () => readonly string[];
  /** A folder of ours for uploads under way; made when it is missing. */
  readonly uploadsFolder: string;
  /** Files that tell other programs the address; written for this user alone and removed at the end. */
  readonly discoveryFiles?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
}

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Stops listening, ends every connection and removes what the server has written. Settles when all of it is done. */
  dispose(): Promise<void>;
}
