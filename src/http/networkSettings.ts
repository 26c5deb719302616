/**
 * The line's settings as plain values, so that they can be handed to a worker: `vscode/` reads them from `http.proxy`,
 * `http.noProxy`, `http.proxyAuthorization`, `http.proxyStrictSSL`, `http.systemCertificates` and the environment.
 */
export interface NetworkSettings {
  /** Address of an HTTP proxy (`http://` or `https://`, credentials allowed); absent: connect directly. */
  readonly proxyUrl?: string;
  /** The value of a `Proxy-Authorization` header, when the person configured one. */
  readonly proxyAuthorization?: string;
  /** Host patterns that bypass the proxy, in `NO_PROXY`'s notation. */
  readonly noProxy: readonly string[];
  /** False accepts any certificate, of the proxy and of servers, as `http.proxyStrictSSL` does. */
  readonly strictTls: boolean;
  /** More certificate authorities, PEM, beside Node's own. */
  readonly extraCertificates: readonly string[];
  /** Trust what this machine trusts too, where Node's own list does not do (`http.systemCertificates`); absent: no. */
  readonly systemCertificates?: boolean;
}

/** A direct line with the certificates that Node brings. */
export const directNetwork: NetworkSettings = {
  noProxy: [],
  strictTls: true,
  extraCertificates: [],
};
