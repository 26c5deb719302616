/**
 * server: the models for other programs, over HTTP on this computer. It is off until a person turns it on
 * (`asr.server.enabled`, `asr-models serve`).
 *
 *   client ──▶ listeners ──▶ guards ──▶ router ──▶ modelRoutes    /api/models…      (what the project's users named)
 *              127.0.0.1     Host       405, 404   eventSockets   /api/events       WebSocket and Server-Sent Events
 *              and ::1       Origin                openAiRoutes   /v1/…             OpenAI's shape
 *                            token                 mcp            /mcp              agents: the tools of agentTools.ts
 *                            type                       │
 *                                                  ModelManager, TranscriptionQueue ─▶ Transcriber
 *
 * A request passes the guards before anything of it is read: a `Host` that is not loopback is a rebound name, an `Origin`
 * is a web page, and everything but `GET /api/status` needs the token. What a client makes the server hold is bounded
 * (`ServerLimits`): connections, headers, bodies, time, transcriptions, readers of events. A recording that is sent is a
 * file from its first byte (`uploads.ts`, `multipart.ts`) and is removed whatever happens. A client that goes aborts the
 * work for it, but no download: that belongs to the person.
 *
 * One model is loaded at a time. A transcription that wants another one waits until nothing is transcribed, in the editor
 * or here; a model that is not on the disk is not downloaded for it.
 *
 * `startServer` listens and writes the files by which other programs find it (`discoveryFile.ts`). `SharedServer` keeps
 * one server for all windows: the window with the lease serves, the others follow its file, and one of them takes over
 * with the same port and token when it goes.
 *
 * The module may use `models` and the vocabulary, Node, and `ws`. Its own refusals are English, for programmers; errors of
 * the core are in the person's language.
 */
export { agentTools, type AgentTool, type ToolProgress } from './agentTools';
export { readAddress, removeStale, type ServerAddress } from './discoveryFile';
export {
  defaultLimits,
  type RunningServer,
  type ServedModels,
  servedModels,
  type ServerLimits,
  type ServerOptions,
} from './serverOptions';
export {
  type ServerLease,
  type SharedAddress,
  SharedServer,
  type SharedState,
  type Succession,
} from './sharedServer';
export { startServer } from './startServer';
export {
  managerTranscriber,
  type Transcriber,
  type Transcription,
  type TranscriptionOrder,
} from './transcriber';
export type { ToolSchema } from './toolSchema';
export { TranscriptionQueue } from './transcriptionQueue';
