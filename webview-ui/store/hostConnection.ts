import {
  type HostMessage,
  isHostMessage,
  type PageMessage,
  type PanelAction,
  type PanelResult,
} from '../../src/protocol/panelMessages';
import type { PanelHubSearch } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';

/** The page's line to the extension host: requests with their responses, and what the host pushes. */
interface HostConnection {
  /** Asks for something. Always answered: when the host goes away, so does its page. */
  request(action: PanelAction): Promise<PanelResult>;
  /** Asks for the rest of what is known of one model; the answer is a push. */
  askDetails(modelId: string): void;
  /** Has the hub asked for sizes that no catalog states; what it answers comes with the next catalog. */
  askSizes(modelIds: readonly string[]): void;
  /** Has the hub searched; what is found is pushed. */
  searchHub(search: PanelHubSearch, more: boolean): void;
  /**
   * Reports that the page is ready. The host responds with a whole snapshot, unless the page holds one that was sent ahead
   * of it and that is still true.
   */
  ready(held?: number): void;
}

/** Everything that the host says except answers to requests. */
export type HostPush = Exclude<HostMessage, { readonly type: 'response' }>;

/** Connects `post` (to the host) with `onPush`; returns the line and the function that takes what arrives. */
export function createHostConnection(
  post: (message: PageMessage) => void,
  onPush: (push: HostPush) => void,
): HostConnection & { receive(data: unknown): void } {
  const waiting = new Map<number, (result: PanelResult) => void>();
  let lastId = 0;
  return {
    request(action) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        post({ type: 'request', id, action });
      });
    },
    askDetails(modelId) {
      post({ type: 'details', modelId });
    },
    askSizes(modelIds) {
      post({ type: 'sizes', modelIds });
    },
    searchHub(search, more) {
      post({ type: 'searchHub', search, more });
    },
    ready(held) {
      post(held === undefined ? { type: 'ready' } : { type: 'ready', held });
    },
    receive(data) {
      if (!isHostMessage(data)) return;
      if (data.type !== 'response') {
        onPush(data);
        return;
      }
      waiting.get(data.id)?.(data.result);
      waiting.delete(data.id);
    },
  };
}

/**
 * Reads the texts that the host wrote into the page; undefined when that isn't a flat object of texts. Host and page
 * are built together, so the set of names needs no check beyond that.
 */
export function readStrings(json: string): PanelStrings | undefined {
  const value: unknown = JSON.parse(json);
  return isStrings(value) ? value : undefined;
}

function isStrings(value: unknown): value is PanelStrings {
  return (
    typeof value === 'object' &&
    value !== null &&
    'title' in value &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}
