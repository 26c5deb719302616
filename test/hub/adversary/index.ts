/**
 * The adversary: a server that answers in every legal and illegal way (`rawServer.ts`), the table of what it says and of
 * what has to come of it (`answers.ts`), and the same for proxies (`proxies.ts`).
 */
export { adversaryCases, type AdversaryCase } from './answers';
export { proxyCases, startRawProxy, type ProxyCase } from './proxies';
export { startRawServer, type RawServer, type RawServerOptions } from './rawServer';
