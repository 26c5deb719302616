/**
 * runtime: loads a speech model and transcribes with it, in a process of its own, because the engines (sherpa-onnx,
 * whisper.cpp and transcribe.cpp) abort, exit and hang on bad files, which must not take the extension with them.
 *
 *     a model's files ── format/ ──> plan ── child/ ──> runtime process (process/)
 *       first bytes, names,           │                  engine: whisper.cpp, transcribe.cpp,
 *       metadata: engine,             │                  or sherpa-onnx (native or WebAssembly)
 *       family, parts                 │                     ▲ pieces of at most 29 s      │ text, times
 *                                     │                     │                             ▼
 *     an audio file ──────────────────┴─────────────────> audio/                    transcript/
 *                                                        WAV or ffmpeg, 16 kHz      text, srt, vtt, json
 *
 * - `createRuntime.ts`: the façade. One model at a time; checks it, loads it, queues the calls, measures.
 * - `loadability.ts`: whether a model can be loaded here: its files, the engines in this package, the memory.
 * - `machineFacts.ts`: what was found out about this machine: which engines load (`child/trialLoad.ts` tries them), which
 *   models fail on the graphics card.
 * - `format/`: what a model is and which engine loads it with which options. Reads a few kB and loads nothing.
 * - `child/`: the host's side of the process: `RuntimeProcess` (start, messages, end), `RpcClient` (calls with deadlines),
 *   `ModelSession` (a loaded model; starts another process after a cancel that the engine ignored), `exitError` (a
 *   message for each way in which the process can end).
 * - `process/`: the bundle `dist/runtimeProcess.js`. `messages.ts` has the messages in both directions, which both sides
 *   check; each engine is an adapter to the `Engine` interface.
 * - `audio/`: any file to 16 kHz mono samples as a stream, cut at pauses; one piece in memory whatever the length.
 * - `transcript/` and `snippet/`: pure functions: an engine's text as subtitles (`cues.ts`) and files of transcripts, and
 *   code that loads a model in another program.
 *
 * A new engine is an adapter in `process/`, a branch in `format/loadPlan.ts` and its packages in
 * `engineAvailability.ts`. The module may use `common`, `protocol` and the engines' packages; it does not download, and
 * knows no catalog and no cache: a model is a list of files.
 */
export { createRuntime } from './createRuntime';
export { inferFormat } from './format/inferFormat';
export { ggufRefusal } from './format/ggufArchitectures';
export { formatLoadability, modelSnippet } from './loadability';
export { codeSnippet } from './snippet/codeSnippet';
export { formatTranscript, type TranscriptFormat } from './transcript/formats';
export type { AudioTrack } from './audio/ffmpeg';
export type { ModelAbilities } from './format/abilities';
export type { MemoryVerdict } from './format/memoryNeed';
export type { CodeSnippet, EngineName, ModelFile, ModelOnDisk } from './model';
export type { Device, SpeechOptions } from './process/engine';
export type { AudioInput, TranscribeProgress } from './process/messages';
export type {
  DeviceFallback,
  LoadedModel,
  LoadOptions,
  LoadPhase,
  Runtime,
  RuntimeExit,
  RuntimeOptions,
  TranscribeOptions,
} from './runtime';
export { defaultCueLimits, type CueLimits } from './transcript/segment';
export type { Segment, Transcription } from './transcript/segment';
