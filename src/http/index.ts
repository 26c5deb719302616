/**
 * http: how bytes leave and enter this machine. One port, {@link Transport}, and its implementations: sockets of
 * our own for the worker (`sockets.ts`, a second main file, for the worker alone), and the editor's `fetch` for the
 * extension host's main thread. The only module that may import `undici`. It knows HTTP, proxies and certificates; it
 * knows no hub, no file and no model. It never follows a redirect by itself and never adds a credential: callers
 * decide both.
 */
export type { Transport, TransportBody, TransportRequest, TransportResponse } from './transport';
export { directNetwork, type NetworkSettings } from './networkSettings';
export { createFetchTransport, type Fetch } from './fetchTransport';
export { hostOf } from './failure';
export { isLoopback } from './proxyRule';
export { readJson, readText } from './readBody';
export { fromPlainError, toPlainError, type PlainError } from './plainError';
export { serveTransport } from './portServer';
export { bulkReader, type BulkReader } from './bulkReader';
