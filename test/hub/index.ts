/**
 * Test hub: a server on the loopback that speaks the Hugging Face Hub's protocol (docs/hub-protocol.md sections 1 to 3)
 * and misbehaves on request. Two origins: the Hub (API, resolve, small files) and the CDN that large files are
 * redirected to with signed addresses. Repositories are plain data; large files are generated while they are sent.
 * `log` has every request and promises of later ones, `faults` are the active faults, `pace` is the speed.
 */
export { startTestHub, rateLimitResetSeconds, type TestHub, type TestHubOptions } from './testHub';
export {
  bufferContent,
  contentBytes,
  generatedContent,
  hashContent,
  type GeneratedContentOptions,
  type HubContent,
} from './content';
export type { TestFile, TestRepo, TestRepoOptions } from './repository';
export type { TestToken } from './hubState';
export type { Fault } from './fault';
export type { FaultHandle, FaultTarget } from './faults';
export type { Pace } from './pace';
export type { RequestFilter, RequestLog, RequestRecord } from './requestLog';
export { startTestProxy, type TestProxy, type TestProxyOptions } from './testProxy';
export { refusedUrl } from './refusedUrl';
export { tlsFixture } from './tlsFixture';
