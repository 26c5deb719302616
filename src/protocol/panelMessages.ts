import type { ModelDownloadProgress } from './downloadProgress';
import { defined } from './defined';
import type {
  PackedCatalog,
  PanelDetails,
  PanelFailure,
  PanelHubResults,
  PanelHubSearch,
  PanelSnapshot,
} from './panelSnapshot';

/** Actions on one model, named by its id. */
const modelActions = [
  'download',
  'resume',
  'retry',
  'discardPartial',
  'load',
  'update',
  'verify',
  'repair',
  'delete',
  'reveal',
  'copyPath',
  'openLicence',
  'openModelPage',
  'askHub',
] as const;

/** Actions on one download, named by its id. */
const downloadActions = ['cancel', 'pause', 'takeOver', 'dismiss', 'copyDetails'] as const;

/** Actions that need no name. */
const plainActions = [
  'unload',
  'checkDownloadedModels',
  'clearCache',
  'checkForUpdates',
  'updateAll',
  'revealCache',
  'copyCachePath',
  'changeCache',
  'importModel',
  'setToken',
  'openProxySettings',
  'diagnoseConnection',
  'openSettings',
  'showLog',
] as const;

type ModelActionKind = (typeof modelActions)[number];
type DownloadActionKind = (typeof downloadActions)[number];
type PlainActionKind = (typeof plainActions)[number];

/** The actions that the page can ask for. Deleting and clearing were confirmed there already. */
export type PanelAction =
  | { readonly kind: ModelActionKind; readonly modelId: string }
  | { readonly kind: DownloadActionKind; readonly downloadId: string }
  | { readonly kind: PlainActionKind };

/** From the page to the host. */
export type PageMessage =
  /** It is ready. `held` is the serial of a snapshot that was sent ahead and has arrived. */
  | { readonly type: 'ready'; readonly held?: number }
  /** It shows one model, and needs the rest of its facts. */
  | { readonly type: 'details'; readonly modelId: string }
  /** These models are in sight and their sizes are unknown: the hub may be asked. Replaces the last such message. */
  | { readonly type: 'sizes'; readonly modelIds: readonly string[] }
  /** A search of the hub; `more`: its next page. */
  | { readonly type: 'searchHub'; readonly search: PanelHubSearch; readonly more: boolean }
  | { readonly type: 'request'; readonly id: number; readonly action: PanelAction };

/** How a request ended. `message` is worth showing ("3.1 GB given back"), where there is one. */
export type PanelResult =
  { readonly ok: { readonly message?: string } } | { readonly err: PanelFailure };

/** The push of one download's state; `percent` (0 to 100) and `total` are absent while unknown. */
export interface DownloadProgressMessage {
  readonly type: 'download_progress';
  readonly downloaded: number;
  readonly total?: number;
  readonly percent?: number;
  readonly record: ModelDownloadProgress;
}

/** The whole state, with the catalog when the page has none or an older one. */
interface SnapshotMessage {
  readonly type: 'snapshot';
  readonly snapshot: PanelSnapshot;
  readonly catalog?: PackedCatalog;
  /** Of a snapshot that was sent ahead of the page, which the page names in its "ready". */
  readonly serial?: number;
}

/** From the host to the page. */
export type HostMessage =
  | SnapshotMessage
  | { readonly type: 'details'; readonly modelId: string; readonly details: PanelDetails }
  /** The results of the hub's search by now; the sizes follow one after the other. */
  | { readonly type: 'hubResults'; readonly results: PanelHubResults }
  | { readonly type: 'failure'; readonly failure: PanelFailure }
  | { readonly type: 'response'; readonly id: number; readonly result: PanelResult }
  /** Shows a model: its download when there is one, else its row. */
  | { readonly type: 'show'; readonly modelId: string }
  | DownloadProgressMessage;

/** Longer ids than this do not exist (`hf:` ids with patterns included). */
const maxIdLength = 1024;

/** More rows are never in sight at once. */
const maxIdsInSight = 200;

/** Reads a message of the page; undefined when it is not exactly one of {@link PageMessage}. */
export function parsePageMessage(value: unknown): PageMessage | undefined {
  const message = fieldsOf(value);
  if (message === undefined) return undefined;
  if (message['type'] === 'ready') {
    const held = message['held'];
    if (held === undefined) return { type: 'ready' };
    return isCount(held) ? { type: 'ready', held } : undefined;
  }
  if (message['type'] === 'details') {
    const modelId = message['modelId'];
    return isId(modelId) ? { type: 'details', modelId } : undefined;
  }
  if (message['type'] === 'sizes') {
    const ids: unknown = message['modelIds'];
    if (!Array.isArray(ids) || ids.length > maxIdsInSight) return undefined;
    return ids.every(isId) ? { type: 'sizes', modelIds: ids } : undefined;
  }
  if (message['type'] === 'searchHub') {
    const search = parseSearch(message['search']);
    if (search === undefined) return undefined;
    return { type: 'searchHub', search, more: message['more'] === true };
  }
  if (message['type'] !== 'request') return undefined;
  const id = message['id'];
  if (!isCount(id)) return undefined;
  const action = parseAction(message['action']);
  return action === undefined ? undefined : { type: 'request', id, action };
}

/** A longer text is no search. */
const maxSearchLength = 200;

function parseSearch(value: unknown): PanelHubSearch | undefined {
  const { text, language, format, order } = fieldsOf(value) ?? {};
  const isText = (field: unknown): field is string =>
    typeof field === 'string' && field.length <= maxSearchLength;
  if (!isText(text) || (order !== 'mostDownloaded' && order !== 'newest')) return undefined;
  return {
    text,
    order,
    ...defined({
      language: isText(language) ? language : undefined,
      format: isText(format) ? format : undefined,
    }),
  };
}

function parseAction(value: unknown): PanelAction | undefined {
  const action = fieldsOf(value);
  if (action === undefined) return undefined;
  const kind = action['kind'];
  const ofModel = modelActions.find((known) => known === kind);
  if (ofModel !== undefined) {
    const modelId = action['modelId'];
    return isId(modelId) ? { kind: ofModel, modelId } : undefined;
  }
  const ofDownload = downloadActions.find((known) => known === kind);
  if (ofDownload !== undefined) {
    const downloadId = action['downloadId'];
    return isId(downloadId) ? { kind: ofDownload, downloadId } : undefined;
  }
  const plain = plainActions.find((known) => known === kind);
  return plain === undefined ? undefined : { kind: plain };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxIdLength;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return { ...value };
}

const hostTypes = [
  'snapshot',
  'details',
  'hubResults',
  'failure',
  'response',
  'show',
  'download_progress',
];

/**
 * Whether a message event carries something of the host. The frame accepts messages from the extension alone, and
 * both sides are built from this file, so the type is enough.
 */
export function isHostMessage(value: unknown): value is HostMessage {
  const message = fieldsOf(value);
  return message !== undefined && hostTypes.some((type) => type === message['type']);
}
