/**
 * http: how bytes leave and enter this machine. It knows HTTP, proxies and certificates; it knows no hub, no file and
 * no model. It is the only module that may import `undici`.
 *
 * One interface, {@link Transport}: a request in, the head of its response out, whatever its status. How a request of
 * the download worker finds its way:
 *
 *     FallbackTransport      own sockets first; the editor's fetch while they can't connect to an origin
 *       RawTransport           GET with a plain length: read straight into the caller's memory (RawSocket)
 *         CompleteTransport      everything else: undici, loaded when it is first needed
 *           SocketOpener           every socket of both: direct, to a proxy, through its tunnel, TLS; of several
 *                                  addresses the first that answers (happyEyeballs)
 *       PortTransport          asks the main thread, where serveTransport answers with FetchTransport
 *
 * The main thread itself uses the editor's `fetch` (FetchTransport), and in parallel raw sockets where that fails or
 * takes long (MainTransport). Undici is reached through `sockets.ts`, the second main file, which only the worker may
 * import.
 *
 * The rules about requests stand here once, for every client of a server:
 * - request.ts: which redirects are followed, and how an answer of moderate size is read;
 * - origin.ts: what is this machine, what is secure, and which address may receive a token;
 * - retry.ts: what `Retry-After` and `RateLimit` ask for, and how waits grow;
 * - proxyRule.ts: which proxy an address goes through;
 * - failure.ts: what the platform's errors mean (`network`, `proxy`, `tls`, `stalled`).
 *
 * probe.ts tries the single steps of a connection, measured, for the connection's diagnosis.
 *
 * A transport never follows a redirect and never adds a credential: requestFollowing, or the caller, decides both.
 */
export {
  bulkReader,
  type BulkReader,
  type Transport,
  type TransportBody,
  type TransportResponse,
} from './transport';
export { directNetwork, type NetworkSettings } from './proxyRule';
export { createFetchTransport, type Fetch } from './fetchTransport';
export { createMainTransport } from './mainTransport';
export {
  hostOf,
  isLoopback,
  isSecure,
  mayCarry,
  mayHelpWithoutToken,
  type OriginToken,
} from './origin';
export { isRedirect, readText, redirectTarget, requestFollowing } from './request';
export { backoffMs, isTemporary, serverWaitMs } from './retry';
export { fromPlainError, toPlainError, type PlainError } from './plainError';
export { serveTransport } from './portTransport';
export {
  addressesOf,
  connectOnce,
  getOnce,
  measured,
  openOnce,
  proxyHostFor,
  type HostAddress,
  type Measured,
  type ProbeAnswer,
} from './probe';
