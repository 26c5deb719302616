/**
 * runtime: loads a model and transcribes with it, in a process of its own, because the engines abort, exit and hang
 * on bad files. {@link createRuntime} is the host's side: it looks at files before anything is started, forks
 * `dist/runtimeProcess.js` (`process/main.ts`), puts a deadline on every call and turns every kind of end into a
 * sentence. The process reads and cuts the audio and runs sherpa-onnx (native or WebAssembly) or whisper.cpp.
 * Formats of transcripts and code snippets for models that other programs load are pure functions beside it.
 */
export { createRuntime } from './createRuntime';
export { inferFormat } from './format/inferFormat';
export { formatLoadability, modelSnippet } from './loadability';
export { codeSnippet } from './snippet/codeSnippet';
export { formatTranscript, transcriptFormats, type TranscriptFormat } from './transcript/formats';
export type { MachineMemory, MemoryVerdict } from './format/memoryNeed';
export type { CodeSnippet, EngineName, Loadability, ModelFile, ModelOnDisk } from './model';
export type { SpeechOptions } from './process/engine';
export type { AudioInput, TranscribeProgress } from './process/messages';
export type {
  LoadedModel,
  LoadOptions,
  LoadPhase,
  Measurement,
  Runtime,
  RuntimeExit,
  RuntimeLimits,
  RuntimeOptions,
} from './runtime';
export type { Segment, Transcription } from './transcript/segment';
