/**
 * hub: a client of the Hugging Face Hub (docs/hub-protocol.md sections 1 to 3). It turns a repository and a revision
 * into a commit and its files with size and digest, makes the addresses of the files' bytes, and turns the Hub's
 * refusals into typed errors. It moves no file bytes, writes nothing and knows no model.
 *
 *     resolveRevision, listFiles, whoAmI      createHubClient.ts, listTree.ts: what is asked, and how the answer is read
 *       -> askHub                               JSON or an error; retries; a wrong token is left out once
 *         -> exchange                             one question: redirects (http/request), the whole body, one line of log
 *       -> refusalError                         status and headers of a refusal -> AsrError
 *
 * Where a person has set mirrors, mirroredHub.ts is a client over several clients: they are asked in order, without a
 * token, when the hub can't be reached.
 *
 * Every answer is data from outside: it has a size limit, is checked field by field, and a listing with one entry that
 * makes no sense is refused whole. The token is read for every request and sent to the endpoint's own origin only.
 *
 * It uses http/ for requests and common/ for the clock, the log and errors. Addresses are made in hubAddress.ts and
 * nowhere else. A listing's retry rule is `retryDelayMs` in askHub.ts.
 */
export type { HubClient, HubClientOptions, TokenSource } from './hubClient';
export { createHubClient } from './createHubClient';
export { createMirroredHub } from './mirroredHub';
export type { StatedKind } from './statedKind';
export { searchHub, type FoundRepository, type HubSearch, type HubSearchPage } from './search';
