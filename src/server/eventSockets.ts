import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Disposable } from '../common/disposable';
import type { EventFeed, EventSink } from './eventFeed';
import type { Exchange } from './exchange';
import { HttpError } from './httpError';

/** A socket that has more than this to send is busy. */
const busyBytes = 65_536;
/** Readers send nothing but pongs. */
const maxMessageBytes = 1_024;

/** The two ways to follow the events: WebSocket, and Server-Sent Events. */
export class EventSockets implements Disposable {
  readonly #feed: EventFeed;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });

  constructor(feed: EventFeed) {
    this.#feed = feed;
  }

  /** Makes a WebSocket of a request that the guards have let in. Throws 503 when there is no room. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#feed.checkRoom();
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#follow(webSocket));
  }

  /** Answers with a stream of Server-Sent Events that ends with the client or the server. */
  stream(exchange: Exchange): void {
    const accepted = exchange.request.headers.accept ?? '*/*';
    if (!/text\/event-stream|\*\/\*/.test(accepted)) {
      throw new HttpError(
        406,
        'unsupported',
        'Events come as a WebSocket, or with "Accept: text/event-stream" as a stream.',
      );
    }
    this.#feed.checkRoom();
    const { response } = exchange;
    openStream(response);
    const reader = this.#feed.subscribe(streamSink(response));
    response.on('drain', () => reader.flush());
    if (exchange.signal.aborted) reader.dispose();
    else exchange.signal.addEventListener('abort', () => reader.dispose(), { once: true });
  }

  dispose(): void {
    this.#server.close();
  }

  #follow(webSocket: WebSocket): void {
    let isAnswering = true;
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('pong', () => (isAnswering = true));
    const reader = this.#feed.subscribe({
      send: (text) => webSocket.send(text, () => reader.flush()),
      keepAlive: () => {
        if (!isAnswering) webSocket.terminate();
        isAnswering = false;
        webSocket.ping();
      },
      get isBusy() {
        return webSocket.bufferedAmount > busyBytes;
      },
      close: () => webSocket.terminate(),
    });
    webSocket.on('close', () => reader.dispose());
  }
}

/** Begins an answer of Server-Sent Events. */
export function openStream(response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
}

function streamSink(response: ServerResponse): EventSink {
  return {
    send: (text) => response.write(`data: ${text}\n\n`),
    keepAlive: () => response.write(': \n\n'),
    get isBusy() {
      return response.writableNeedDrain || response.writableLength > busyBytes;
    },
    close: () => response.destroy(),
  };
}
