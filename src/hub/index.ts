/**
 * hub: a client of the Hugging Face Hub (docs/hub-protocol.md sections 1 to 3). It turns a repository and a revision
 * into a commit and its files with size and digest, makes the addresses of the files' bytes, and turns the Hub's
 * refusals into typed errors. It moves no file bytes, writes nothing and knows no model.
 */
export type { HubClient, HubClientOptions, HubFile, HubRevision, TokenSource } from './hubClient';
export { createHubClient } from './createHubClient';
export { isRepoId } from './repoId';
