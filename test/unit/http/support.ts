import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tlsFixture } from '../../hub';

/** A small server of the loopback. */
export interface SmallServer {
  readonly url: string;
  readonly port: number;
  readonly requests: http.IncomingMessage[];
  close(): Promise<void>;
}

export async function serve(handler: http.RequestListener, tls = false): Promise<SmallServer> {
  const requests: http.IncomingMessage[] = [];
  const listener: http.RequestListener = (request, response) => {
    requests.push(request);
    handler(request, response);
  };
  const server = tls
    ? https.createServer({ key: tlsFixture.key, cert: tlsFixture.certificate }, listener)
    : http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${String(port)}`,
    port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
