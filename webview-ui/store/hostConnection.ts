import {
  type HostMessage,
  isHostMessage,
  type PageMessage,
  type PanelAction,
  type PanelResult,
} from '../../src/protocol/panelMessages';

/** The page's line to the extension host: requests with their answers, and what the host says by itself. */
export interface HostConnection {
  /** Asks for something. Always answered: a host that goes away answers nothing any more, and so does its page. */
  request(action: PanelAction): Promise<PanelResult>;
  /** Asks for the rest of what is known of one model; the answer is a push. */
  askDetails(modelId: string): void;
  /**
   * Says that the page listens. The host answers with a whole snapshot, unless the page holds one that was sent ahead
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
